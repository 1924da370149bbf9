"""Between the clients of an account and the local AWS: passes every request on and keeps what it asked for.

The command that a request was made for is told by the client itself: ``marks`` are variables that Terraform's provider,
its backend and botocore put into the User-Agent.
"""

from __future__ import annotations

import http.client
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit, urlunsplit

_MARK = re.compile(r"awa-test-([a-z-]+)")
_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/")
_OF_ONE_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass(frozen=True)
class Request:
    """One request: ``command`` is the word given to `marks`, ``target`` the header that names a JSON call."""

    command: str
    service: str
    region: str
    method: str
    path: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Recorder:
    """A recorder that listens. ``requests`` grows in the order in which they came."""

    url: str
    requests: list[Request] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """Requests that were answered with 5xx or not at all, a line each: clients make those again."""


def marks(command: str) -> dict[str, str]:
    """Return variables with which a command's clients say whose they are."""
    return {"TF_APPEND_USER_AGENT": f"awa-test-{command}", "AWS_SDK_UA_APP_ID": f"awa-test-{command}"}


@contextmanager
def recording(endpoint_url: str) -> Iterator[Recorder]:
    """Listen in front of an endpoint, on a free port of the same host."""
    there = urlsplit(endpoint_url)
    assert there.hostname is not None
    recorder = Recorder("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # An answer in one piece, as the local AWS itself gives it: of one in two the provider's client sometimes loses
        # the second on a busy machine, and makes the request again.
        wbufsize = 1 << 16
        disable_nagle_algorithm = True

        def _pass(self) -> None:
            body = self._body()
            headers = {name.lower(): value for name, value in self.headers.items()}
            scope = _SCOPE.search(headers.get("authorization", ""))
            mark = _MARK.search(headers.get("user-agent", ""))
            recorder.requests.append(
                Request(
                    command=mark[1] if mark else "",
                    service=scope["service"] if scope else "",
                    region=scope["region"] if scope else "",
                    method=self.command,
                    path=self.path,
                    target=headers.get("x-amz-target", ""),
                    headers=headers,
                    body=body,
                )
            )
            onward = {name: value for name, value in headers.items() if name not in {*_OF_ONE_HOP, "expect"}}
            connection = http.client.HTTPConnection(str(there.hostname), there.port, timeout=300)
            try:
                # http.client counts the body by itself; without one AWS's clients send the length 0 all the same.
                connection.request(self.command, self.path, body, {**onward, "content-length": str(len(body))})
                answer = connection.getresponse()
                text = answer.read()
            except (OSError, http.client.HTTPException) as error:
                recorder.failed.append(f"{self.command} {self.path} {body[:80]!r}: {error!r}")
                raise
            finally:
                connection.close()
            if answer.status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
                recorder.failed.append(f"{self.command} {self.path} {body[:80]!r}: {answer.status} {text[:300]!r}")
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in _OF_ONE_HOP:
                    self.send_header(name, value)
            length = answer.getheader("content-length") if self.command == "HEAD" else str(len(text))
            if length is not None and answer.status != http.HTTPStatus.NO_CONTENT:
                self.send_header("Content-Length", length)
            self.end_headers()
            self.wfile.write(text)
            self.wfile.flush()

        def _body(self) -> bytes:
            if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            pieces = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return b"".join(pieces)

        do_DELETE = do_GET = do_HEAD = do_PATCH = do_POST = do_PUT = _pass  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Print nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        request_queue_size = 128
        """terraform opens many connections at once."""

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that has gone is no matter of the test's; it is told where a command fails."""
            recorder.failed.append(f"{client_address}: {sys.exception()!r}")

    with Server((there.hostname, 0), Handler) as server:
        recorder.url = urlunsplit(there._replace(netloc=f"{there.hostname}:{server.server_address[1]}"))
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield recorder
        finally:
            server.shutdown()
            thread.join()
