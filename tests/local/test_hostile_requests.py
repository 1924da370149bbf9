"""Requests that no client of AWS's makes: each is answered with what is wrong, or the connection ends."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from batch_support import LocalBatch

HOST = b"Host: 127.0.0.1:%(port)d\r\n"
KEY = (
    b"Authorization: AWS4-HMAC-SHA256 Credential=%(key)s/20261126/ap-northeast-1/%(service)s/aws4_request, "
    b"SignedHeaders=host, Signature=0\r\n"
)


def batch(path: bytes, body: bytes, *headers: bytes, method: bytes = b"POST") -> bytes:
    """Return a request with the server's own access key."""
    more = b"".join(header + b"\r\n" for header in headers)
    return (
        method + b" " + path + b" HTTP/1.1\r\n" + HOST + KEY + more
        + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body.replace(b"%", b"%%")
    )  # fmt: skip


def service(target: bytes, body: bytes) -> bytes:
    """The same for a service whose operation stands in a header."""
    return batch(b"/", body, b"X-Amz-Target: " + target).replace(b"application/json", b"application/x-amz-json-1.1")


START = b"POST /v1/describejobs HTTP/1.1\r\n" + HOST
CASES: dict[str, tuple[bytes, set[int]]] = {
    # What is no HTTP. 0: the connection ends without an answer.
    "nothing": (b"\r\n\r\n", {0, 400}),
    "bytes": (b"\x00\xff\xfe\r\n\r\n", {0, 400}),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", {0, 400}),
    "a word": (b"GET\r\n\r\n", {0, 400}),
    "another version": (b"GET / HTTP/9.9\r\n" + HOST + b"\r\n", {0, 400, 403, 505}),
    "a version that is none": (b"GET / HTTP/one\r\n\r\n", {0, 400}),
    "an unknown method": (b"FOO / HTTP/1.1\r\n" + HOST + b"\r\n", {400, 403, 405, 501}),
    "CONNECT": (b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n", {400, 403, 405, 501}),
    "a long line": (b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", {0, 400, 403, 414}),
    "a long header": (START + b"X-A: " + b"a" * 200_000 + b"\r\n\r\n", {0, 400, 431}),
    "many headers": (START + b"".join(b"X-%d: a\r\n" % number for number in range(5000)) + b"\r\n", {0, 400, 431}),
    "a header without a colon": (START + b"nothing\r\nContent-Length: 2\r\n\r\n{}", {400, 403}),
    "a header with NUL": (START + b"X-A: a\x00b\r\nContent-Length: 2\r\n\r\n{}", {400, 403}),
    # Two readings of one request.
    "no host": (b"POST /v1/describejobs HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", {400, 403}),
    "two hosts": (START + b"Host: evil.example\r\nContent-Length: 2\r\n\r\n{}", {400, 403}),
    "two lengths": (START + KEY + b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}", {400, 403}),
    "a length and chunks": (
        START + KEY + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        {200, 400, 411, 501},
    ),
    "chunks without a size": (START + KEY + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", {0, 400, 411, 501}),
    "an unknown coding": (START + KEY + b"Transfer-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", {400, 411, 501}),
    "an address of another server": (b"POST http://evil.example/v1/x HTTP/1.1\r\n" + HOST + b"\r\n", {400, 403}),
    # Bodies.
    "no JSON": (batch(b"/v1/describejobs", b"{"), {400}),
    "a list": (batch(b"/v1/describejobs", b"[]"), {400}),
    "null": (batch(b"/v1/describejobs", b"null"), {400}),
    "a number": (batch(b"/v1/submitjob", b"5"), {400}),
    "not UTF-8": (batch(b"/v1/describejobs", b'{"jobs": ["\xff"]}'), {400}),
    "NaN": (batch(b"/v1/listjobs", b'{"maxResults": NaN}'), {400}),
    "5,000 digits": (batch(b"/v1/listjobs", b'{"jobQueue": "q", "maxResults": ' + b"9" * 5000 + b"}"), {400}),
    "a lone surrogate": (batch(b"/v1/submitjob", b'{"jobName": "\\ud800", "jobQueue": "q"}'), {400}),
    "wrong types": (batch(b"/v1/submitjob", b'{"jobName": {}, "jobQueue": 1, "jobDefinition": []}'), {400}),
    "no JSON, another service": (service(b"Logs_20140328.DescribeLogGroups", b"{"), {400}),
    "a list, another service": (service(b"AmazonSSM.GetParameter", b"[]"), {400}),
    "an unknown operation": (service(b"AmazonSSM.Nothing", b"{}"), {400, 404, 501}),
    # Paths.
    "an unknown path": (batch(b"/v1/nothing", b"{}"), {400, 403, 404}),
    "another method": (batch(b"/v1/submitjob", b"", method=b"GET"), {400, 403, 404, 405}),
    "a way out": (batch(b"/../../../../etc/passwd", b"", method=b"GET"), {400, 403, 404}),
    "a way out, hidden": (batch(b"/v1/%%2e%%2e/%%2e%%2e/etc/passwd", b"", method=b"GET"), {400, 403, 404}),
    "NUL in the path": (batch(b"/v1/%%00", b"{}"), {400, 403, 404}),
    "not UTF-8 in the path": (batch(b"/v1/%%ff", b"{}"), {400, 403, 404}),
    # Who asks.
    "no signature": (START + b"Authorization: AWS4-HMAC-SHA256 x\r\nContent-Length: 2\r\n\r\n{}", {400, 403}),
    "no key": (START + b"Authorization: AWS4-HMAC-SHA256 Credential=\r\nContent-Length: 2\r\n\r\n{}", {400, 403}),
    "a password": (START + b"Authorization: Basic YTpi\r\nContent-Length: 2\r\n\r\n{}", {400, 403}),
    "a key twice": (
        b"GET /b/k?X-Amz-Credential=%(key)s&X-Amz-Credential=AKIAEVIL%%2F2026%%2Fr%%2Fs3%%2Faws4_request HTTP/1.1\r\n"
        + HOST + b"\r\n", {400, 403, 404},  # who knows the key is let in
    ),
}  # fmt: skip


def answer(aws: LocalBatch, request: bytes) -> bytes:
    """Send bytes as they are, and return what comes back until the server ends the connection or is silent."""
    keys = aws.keys.access_key_id.encode()
    name = b"ssm" if b"AmazonSSM" in request else b"logs" if b"Logs_" in request else b"batch"
    said = request % {b"port": aws.server.port, b"key": keys, b"service": name}
    found = b""
    with socket.create_connection(("127.0.0.1", aws.server.port), timeout=20) as connection:
        try:
            connection.sendall(said)
            connection.shutdown(socket.SHUT_WR)
            while len(found) < 1_000_000 and (part := connection.recv(65536)):
                found += part
        except OSError:
            pass  # it has heard enough
    return found


@pytest.mark.parametrize("case", CASES)
def test_it_is_answered_and_nothing_falls(process_aws: LocalBatch, case: str) -> None:
    request, wanted = CASES[case]
    log = process_aws.state_dir / "server.log"
    before = log.stat().st_size if log.exists() else 0
    found = answer(process_aws, request)
    status = re.match(rb"HTTP/1\.[01] (\d+)", found)
    assert (int(status[1]) if status else 0) in wanted, found[:400]
    assert b"Traceback" not in found
    assert b"root:" not in found
    said = log.read_bytes()[before:] if log.exists() else b""
    assert b"Traceback" not in said, said[-2000:].decode(errors="replace")
    assert process_aws.batch.describe_job_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200
