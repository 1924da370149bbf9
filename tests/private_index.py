"""AWS CodeArtifact for tests: its two calls that give a token and an address, and the package index behind them.

moto has no CodeArtifact (5.2.5). Requests are botocore's own; what they must be is held against its model there.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import ssl
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


def wheel(name: str, version: str, module: str) -> tuple[str, bytes]:
    """Return a wheel with one module that has VALUE, by file name."""
    made = io.BytesIO()
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(made, "w") as archive:
        for path, text in {
            f"{module}.py": f"VALUE = {version!r}\n",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/RECORD": "",
        }.items():
            archive.writestr(zipfile.ZipInfo(path), text)
    return f"{name}-{version}-py3-none-any.whl", made.getvalue()


@dataclass
class PrivateIndex:
    """What is served. ``private`` needs user ``aws`` and the token, ``public`` nothing; both: file name → content."""

    url: str = ""
    token: str = "eyJ2ZXIiOjEsInRva2VuLW9mIjoiY29kZWFydGlmYWN0In0"  # in the form of a real one
    denied: bool = False
    private: dict[str, bytes] = field(default_factory=dict)
    public: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """Path of each request, ``401 `` before it where it was refused."""
    given: list[dict[str, str]] = field(default_factory=list)
    """What each call of CodeArtifact's API asked for."""


@contextmanager
def private_index(host: str, own: Path | None = None) -> Iterator[PrivateIndex]:
    """Serve it on ``host``, by https where ``own`` is its certificate with the key."""
    served = PrivateIndex()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self, code: int, body: bytes = b"", kind: str = "text/html", **headers: str) -> None:
            self.send_response(code)
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **named}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def api(self, operation: str, content: dict[str, object]) -> None:
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            served.given.append({"operation": operation, **query})
            if served.denied:
                body = json.dumps({"message": f"User: x is not authorized to perform: codeartifact:{operation}"})
                self.answer(403, body.encode(), "application/json", x_amzn_ErrorType="AccessDeniedException")
            else:
                self.answer(200, json.dumps(content).encode(), "application/json")

        def do_POST(self) -> None:
            self.api("GetAuthorizationToken", {"authorizationToken": served.token, "expiration": 4102444800})

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path == "/v1/repository/endpoint":
                self.api("GetRepositoryEndpoint", {"repositoryEndpoint": f"{served.url}/pypi/python/"})
                return
            private = path.startswith("/pypi/python/")
            right = "Basic " + base64.b64encode(f"aws:{served.token}".encode()).decode()
            if private and self.headers.get("Authorization") != right:
                served.asked.append(f"401 {path}")
                self.answer(401, WWW_Authenticate='Basic realm="x"')
                return
            served.asked.append(path)
            holds = served.private if private else served.public
            name = path.rstrip("/").rsplit("/", 1)[1]
            if name in holds:
                self.answer(200, holds[name], "application/octet-stream")
                return
            links = [
                f'<a href="{file}#sha256={hashlib.sha256(content).hexdigest()}">{file}</a>'
                for file, content in holds.items()
                if file.split("-")[0].replace("_", "-") == name
            ]
            self.answer(200 if links else 404, "\n".join(["<!DOCTYPE html><html><body>", *links]).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((host, 0), Handler)
    if own:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(own)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    served.url = f"http{'s' if own else ''}://{host}:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
