"""A threaded HTTP/1.1 server for a WSGI application: keep-alive, whole bodies read first, many connections at once."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import gc
import json
import logging
import socket
import threading
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException
from werkzeug.serving import WSGIRequestHandler
from werkzeug.wsgi import LimitedStream

from local_batch.errors import Given, UsageError
from local_batch.front.bodies import TooLargeError, read_body
from local_batch.services.moto_gate import HEADERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]

IDLE_SECONDS = 120
COLLECT_BYTES = 64 << 20
"""Bytes that requests and answers bring between two looks for garbage."""
_WITHOUT_BODY = {204, 304}


class Handler(WSGIRequestHandler):
    """One connection. werkzeug's handler builds the WSGI environment; reading and answering are ours.

    werkzeug closes the connection after each answer because it cannot tell whether the application read the body; here
    the body is read whole before the application sees the request, so connections are kept.
    """

    server: WsgiServer  # type: ignore[assignment]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    timeout = IDLE_SECONDS

    def handle(self) -> None:
        """Answer requests until the peer goes."""
        with contextlib.suppress(ConnectionError, TimeoutError, BrokenPipeError):
            self.close_connection = True
            self.handle_one_request()
            while not self.close_connection:
                self.handle_one_request()

    def handle_one_request(self) -> None:
        """Read one request and answer it."""
        self.raw_requestline = self.rfile.readline(65537)
        if len(self.raw_requestline) > 65536:
            self.requestline = self.request_version = self.command = ""
            self.send_error(414)
            self.wfile.flush()
            return
        if not self.raw_requestline:
            self.close_connection = True
            return
        if self.parse_request():
            self._answer()
        self.wfile.flush()

    def handle_expect_100(self) -> bool:
        """Tell a client that waits for it (boto3's uploads do) to send the body."""
        self.send_response_only(100)
        self.end_headers()
        self.wfile.flush()
        return True

    def finish(self) -> None:
        """Close the connection quietly."""
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def _answer(self) -> None:
        environ = self.make_environ()
        stream, length = environ["wsgi.input"], None
        if not environ.get("wsgi.input_terminated"):
            text = str(environ.get("CONTENT_LENGTH") or 0)
            if not (text.isascii() and text.isdecimal()):
                self.send_error(400, "Bad Content-Length")
                return
            length = int(text)
            stream = LimitedStream(stream, length)
        try:
            body, size = read_body(environ, stream, length)
        except TooLargeError as error:
            self.close_connection = True
            self._send("413 Request Entity Too Large", *_too_large(error))
            return
        except (ValueError, OSError, HTTPException):  # a chunk that is none, or a peer that went away
            self.close_connection = True
            self.send_error(400, "Bad request body")
            return
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ.pop("wsgi.input_terminated", None)
        environ["wsgi.input"] = body
        environ["CONTENT_LENGTH"] = str(size)
        environ[HEADERS] = self.headers.items()
        with body:
            answered = self._answer_whole(environ)
        joined = "uploadId=" in self.path and self.command == "POST"  # the parts of an upload, however large
        if self.server.carried.add(size + answered) or joined:
            del environ, body, stream
            _give_back()

    def _answer_whole(self, environ: dict[str, Any]) -> int:
        """Hand a request whose body is there to the application, send its answer, and return that one's bytes."""
        status, headers = "500 Internal Server Error", list[tuple[str, str]]()

        def start_response(new: str, pairs: list[tuple[str, str]], _exc: object = None) -> Callable[[bytes], object]:
            nonlocal status, headers
            status, headers = new, pairs
            return lambda _: None

        result = self.server.app(environ, start_response)
        try:
            payload = b"".join(result)
        finally:
            if hasattr(result, "close"):
                result.close()
        self._send(status, headers, payload)
        return len(payload)

    def _send(self, status: str, headers: list[tuple[str, str]], payload: bytes) -> None:
        code, _, words = status.partition(" ")
        number = int(code)
        lines = [f"HTTP/1.1 {number} {words}"]
        given = {name.lower() for name, _ in headers}
        lines += [f"{name}: {value}" for name, value in headers if name.lower() != "connection"]
        without_body = self.command == "HEAD" or number in _WITHOUT_BODY
        if "content-length" not in given and number not in _WITHOUT_BODY:
            lines.append(f"Content-Length: {len(payload)}")
        if "date" not in given:
            lines.append(f"Date: {self.date_time_string()}")
        if self.close_connection:
            lines.append("Connection: close")
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
        if not without_body:
            self.wfile.write(payload)
        self.wfile.flush()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write no line for each request."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's names
        """Write no line for a broken request either."""


def _too_large(error: TooLargeError) -> tuple[list[tuple[str, str]], bytes]:
    """Return the headers and the body of the answer to a body that is too large, in the service's own form."""
    if error.service == "s3":
        text = f"<Error><Code>EntityTooLarge</Code><Message>{error}</Message></Error>"
        return [("Content-Type", "application/xml")], text.encode()
    kind = "RequestEntityTooLargeException"
    answer = json.dumps({"__type": kind, "message": str(error)})
    return [("Content-Type", "application/json"), ("x-amzn-ErrorType", kind)], answer.encode()


def _give_back() -> None:
    """Give memory back to the system.

    moto's and werkzeug's objects of a request refer to each other: all that they hold of a large upload would stay
    until Python's collector, which counts objects and not bytes, happens to look at its oldest generation. And glibc
    keeps what is freed in the heaps of threads.
    """
    gc.collect()
    with contextlib.suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


class Carried:
    """Counts the bytes of requests and answers, to tell when memory is worth giving back."""

    def __init__(self, bound: int = COLLECT_BYTES) -> None:
        self._bound = bound
        self._bytes = 0

    def add(self, count: int) -> bool:
        """Count, and return whether a look is worth it. Threads may lose a count to each other."""
        self._bytes += count
        if self._bytes < self._bound:
            return False
        self._bytes = 0
        return True


class WsgiServer(ThreadingHTTPServer):
    """Serves one application on one address."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024
    allow_reuse_address = True
    multithread = True
    multiprocess = False
    ssl_context = None

    def __init__(self, host: str, port: int, app: WsgiApp) -> None:
        self.app = app
        self.carried = Carried()
        super().__init__((host, port), Handler)

    def server_bind(self) -> None:
        """Bind without asking a name server for this host's name."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    @property
    def port(self) -> int:
        """The port that is served."""
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - socketserver's names
        """Log what went wrong in a handler, and go on."""
        logging.getLogger(__name__).exception("request from %s failed", client_address)

    def serve_in_background(self) -> None:
        """Serve from a thread of its own."""
        name = f"http {self.server_address}"
        threading.Thread(target=self.serve_forever, args=(0.1,), name=name, daemon=True).start()


def listen(app: WsgiApp, hosts: list[str], port: int) -> list[WsgiServer]:
    """Bind one port on every address. ``port`` 0 means any that is free on all of them. Raises UsageError."""
    for _ in range(20):
        servers: list[WsgiServer] = []
        try:
            for host in hosts:
                servers.append(WsgiServer(host, servers[0].port if servers else port, app))
        except OSError as error:
            for server in servers:
                server.server_close()
            if error.errno in {errno.EADDRINUSE, errno.EACCES} and (port or not servers):
                words = "is taken" if error.errno == errno.EADDRINUSE else "is not allowed for this user"
                raise UsageError(
                    f" {words} on {hosts[len(servers)]}.",
                    option=Given("port", port),
                    fix="Give none to take any free port.",
                ) from None
            if error.errno != errno.EADDRINUSE:
                raise UsageError(
                    f"The local AWS cannot listen on {hosts[len(servers)]}: {error.strerror}.",
                    fix="Check this machine's network settings.",
                ) from None
        else:
            return servers
    raise UsageError("No port is free on all of " + ", ".join(hosts) + ".", fix="Give one that is free.")
