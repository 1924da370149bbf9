"""What a request says of who signed it and for which service. Signatures themselves are not computed."""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import parse_qs

Environ = dict[str, Any]

_CREDENTIAL = re.compile(r"\bCredential\s*=\s*([^,\s]+)")
_FORM_FIELD = re.compile(rb'name="?(?:x-amz-credential|AWSAccessKeyId)"?\r?\n\r?\n([^\r\n]+)', re.IGNORECASE)
_FORM_BYTES = 64 << 10
"""How far into a form its fields are looked for; S3 wants the file to be the last of them."""


class Signature(NamedTuple):
    """The access key, service and region that a request was signed with; each is "" where there is none."""

    access_key: str = ""
    service: str = ""
    region: str = ""


def signature_of(environ: Environ) -> Signature:
    """Read the Authorization header, or the query of a presigned URL, or the fields of a form for S3."""
    if header := str(environ.get("HTTP_AUTHORIZATION") or ""):
        if found := _CREDENTIAL.search(header):
            return _of_scope(found[1])
        kind, _, rest = header.partition(" ")
        # Signature version 2, which only S3 has left: AWS KEY:SIGNATURE.
        return Signature(rest.partition(":")[0].strip(), "s3") if kind == "AWS" else Signature()
    query = str(environ.get("QUERY_STRING") or "")
    if "X-Amz-Credential=" in query:
        return _of_scope(parse_qs(query).get("X-Amz-Credential", [""])[0])
    if "AWSAccessKeyId=" in query:
        return Signature(parse_qs(query).get("AWSAccessKeyId", [""])[0], "s3")
    if str(environ.get("CONTENT_TYPE") or "").startswith("multipart/form-data"):
        body = environ["wsgi.input"]
        start = body.read(_FORM_BYTES)
        body.seek(0)
        if field := _FORM_FIELD.search(start):
            return _of_scope(field[1].decode("utf-8", "replace"), "s3")
    return Signature()


def _of_scope(scope: str, service: str = "") -> Signature:
    """Read KEY/DATE/REGION/SERVICE/aws4_request, or the same without a region where a key signs for all of them."""
    parts = scope.split("/")
    if len(parts) >= 5:
        return Signature(parts[0], parts[-2].lower(), parts[-3])
    return Signature(parts[0], parts[-2].lower() if len(parts) == 4 else service)
