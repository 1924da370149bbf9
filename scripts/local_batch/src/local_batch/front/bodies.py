"""The bodies of requests: how large they may be, where a large one is kept, how deep its JSON may go."""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from werkzeug.exceptions import HTTPException

from local_batch.services.signatures import signature_of

if TYPE_CHECKING:
    Environ = dict[str, Any]

S3_BYTES = 5 << 30
"""The largest object that one PUT may bring (S3 guide, "Uploading objects": 5 GB)."""
OTHER_BYTES = 70 << 20
"""For all other services: the largest request of any, a Lambda function's 50 MB of code in base64, fits."""
IN_MEMORY = 8 << 20
"""Bytes of a body that are kept in memory; a larger one lies in a temporary file until it is answered."""
DEPTH = 200
"""How deep the JSON of a request may be nested. The deepest of AWS's own requests are far below it."""
_PIECE = 1 << 20
_DRAINED = 64 << 20
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


class TooLargeError(Exception):
    """A body above the limit. ``limit`` is in bytes; ``service`` is that of the request, "" where it names none."""

    def __init__(self, limit: int, service: str) -> None:
        super().__init__(f"The request body is larger than {limit:,} bytes, which the local AWS takes at most.")
        self.service = service


def read_body(environ: Environ, stream: Any, length: int | None) -> tuple[BinaryIO, int]:
    """Read a whole body and return it, at its start, with its size in bytes; ``length`` None: until it ends.

    Raises TooLargeError, for a length that is announced before anything is kept.
    """
    # Not from a form's fields: they are in the body.
    service = signature_of({**environ, "CONTENT_TYPE": ""}).service
    limit = S3_BYTES if service == "s3" else OTHER_BYTES
    if length is not None and length > limit:
        _drain(stream)
        raise TooLargeError(limit, service)
    # Closed by whoever answers.
    body = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, prefix="local-batch-body-")  # noqa: SIM115
    size = 0
    while piece := stream.read(_PIECE):
        size += len(piece)
        if size > limit:
            body.close()
            _drain(stream)
            raise TooLargeError(limit, service)
        body.write(piece)
    body.seek(0)
    return cast("BinaryIO", body), size


def _drain(stream: Any) -> None:
    """Read some of what still comes: a client that is cut off while it sends does not see the answer."""
    left = _DRAINED
    with contextlib.suppress(OSError, ValueError, HTTPException):  # it has gone already, or sends nonsense
        while left > 0 and (piece := stream.read(min(_PIECE, left))):
            left -= len(piece)


def is_too_deep(environ: Environ) -> bool:
    """Whether a request's JSON is nested deeper than `DEPTH`: parsers would run into Python's own bound."""
    if int(environ.get("CONTENT_LENGTH") or 0) > OTHER_BYTES or signature_of(environ).service == "s3":
        return False
    body = environ["wsgi.input"]
    text = body.read()
    body.seek(0)
    if text.count(b"[") + text.count(b"{") <= DEPTH:
        return False
    depth = 0
    for token in _TOKENS.finditer(text):
        first = token[0][:1]
        if first in b"[{":
            depth += 1
            if depth > DEPTH:
                return True
        elif first in b"]}":
            depth -= 1
    return False


def is_no_object(environ: Environ) -> bool:
    """Whether a request of a JSON service (those that name the operation in a header) has a body that is none."""
    if (
        not str(environ.get("CONTENT_TYPE", "")).startswith("application/x-amz-json-")
        or "HTTP_X_AMZ_TARGET" not in environ
    ):
        return False
    body = environ["wsgi.input"]
    text = body.read()
    body.seek(0)
    try:
        # No text is an object without members: several SDKs send none.
        return bool(text.strip()) and not isinstance(json.loads(text), dict)
    except ValueError:  # UnicodeDecodeError too
        return True
