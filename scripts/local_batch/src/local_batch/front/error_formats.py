"""An error in the format of the service that a request is for: JSON, CBOR, and the XML of queries, of EC2 and of S3."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.sax.saxutils import escape

from local_batch.services.signatures import signature_of

if TYPE_CHECKING:
    from collections.abc import Callable

Environ = dict[str, Any]
Pair = tuple[str, str]

_REST_XML = {"cloudfront", "route53"}


class Words(NamedTuple):
    """Code and message of one error: what services that speak JSON, others, and S3 call it."""

    json: Pair
    query: Pair
    s3: Pair
    ec2: Pair | None = None
    """Where EC2 calls it otherwise than other services of its kind."""

    @classmethod
    def same(cls, code: str, message: str) -> Words:
        """Return an error that all services call alike."""
        return cls((code, message), (code, message), (code, message))


class Answer(NamedTuple):
    """A whole answer of HTTP."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes

    def send(self, start_response: Callable[..., Any]) -> list[bytes]:
        """Answer a WSGI request."""
        start_response(self.status, self.headers)
        return [self.body]


def answer(environ: Environ, words: Words, status: str = "403 Forbidden") -> Answer:
    """Return an error as the service that the request is for would send it."""
    request_id = str(uuid.uuid4())
    service = signature_of(environ).service
    kind = str(environ.get("CONTENT_TYPE") or "")
    path = str(environ["PATH_INFO"])
    headers = [("x-amzn-RequestId", request_id)]
    if str(environ.get("HTTP_SMITHY_PROTOCOL", "")).startswith("rpc-v2-cbor"):
        code, message = words.json
        body = b"\xa2" + b"".join(map(_cbor, ("__type", code, "message", message)))
        return Answer(
            status, [*headers, ("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")], body
        )
    if environ.get("HTTP_X_AMZ_TARGET"):
        code, message = words.json
        kind = kind if kind.startswith("application/x-amz-json") else "application/x-amz-json-1.1"
        text = json.dumps({"__type": code, "message": message})
        return Answer(status, [*headers, ("Content-Type", kind), ("x-amzn-ErrorType", code)], text.encode())
    xml = [*headers, ("Content-Type", "text/xml")]
    if service == "ec2":
        code, message = map(escape, words.ec2 or words.query)
        error = f"<Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
        return Answer(status, xml, f"<Response>{error}<RequestID>{request_id}</RequestID></Response>".encode())
    is_query = kind.startswith("application/x-www-form-urlencoded") or "Action=" in environ.get("QUERY_STRING", "")
    if service in _REST_XML or (is_query and service != "s3"):
        code, message = map(escape, words.query)
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        text = f"<ErrorResponse>{error}<RequestId>{request_id}</RequestId></ErrorResponse>"
        return Answer(status, xml, text.encode())
    if service == "s3" or (not service and not path.startswith(("/v1/", "/_batch/"))):
        # What is not signed at all and no call of Batch is for S3, as anonymous requests are.
        code, message = map(escape, words.s3)
        error = f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{request_id}</RequestId></Error>"
        s3 = [("x-amz-request-id", request_id), ("Content-Type", "application/xml")]
        return Answer(status, s3, f'<?xml version="1.0" encoding="UTF-8"?>\n{error}'.encode())
    code, message = words.json
    json_headers = [*headers, ("Content-Type", "application/json"), ("x-amzn-ErrorType", code)]
    return Answer(status, json_headers, json.dumps({"message": message}).encode())


def _cbor(text: str) -> bytes:
    """Return a text in CBOR (RFC 8949, major type 3)."""
    data = text.encode()
    size = len(data)
    return (bytes([0x60 | size]) if size < 24 else b"\x79" + size.to_bytes(2, "big")) + data
