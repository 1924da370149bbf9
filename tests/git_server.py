"""Git servers as companies have them: https with a token and the company's own CA, ssh with a key."""

from __future__ import annotations

import asyncio
import base64
import datetime
import ipaddress
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import asyncssh
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(folder: Path, host: str) -> tuple[Path, Path]:
    """Write a company's CA, and a certificate by it for an IP address with its key; return both files."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("A company's own CA", "its git server")
    ]
    now = datetime.datetime.now(datetime.UTC)
    made = []
    for is_ca, key, name in zip((True, False), keys, names, strict=True):
        form = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(names[0])
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        )
        if not is_ca:
            address = x509.IPAddress(ipaddress.ip_address(host))
            form = form.add_extension(x509.SubjectAlternativeName([address]), critical=False)
        made.append(form.sign(keys[0], hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    private = keys[1].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "ca.pem").write_bytes(made[0])
    (folder / "server.pem").write_bytes(made[1] + private)
    return folder / "ca.pem", folder / "server.pem"


@dataclass
class HttpsServer:
    """Serves the repositories below ``folder``; those named in ``tokens`` (path → token) to who has the token alone."""

    folder: Path
    url: str = ""
    tokens: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Path and password of each request."""


@contextmanager
def https_server(folder: Path, host: str, own: Path) -> Iterator[HttpsServer]:
    """Serve the repositories below ``folder``; ``own`` is the server's certificate with its key."""
    served = HttpsServer(folder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            name = parts.path.lstrip("/").split("/")[0]
            kind, _, given = self.headers.get("Authorization", "").partition(" ")
            password = base64.b64decode(given).decode().partition(":")[2] if kind == "Basic" else ""
            served.asked.append((name, password))
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if name in served.tokens and served.tokens[name] != password:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="git"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            done = subprocess.run(
                ["git", "http-backend"],
                input=body,
                capture_output=True,
                check=True,
                env={
                    "PATH": "/usr/bin:/bin",
                    "GIT_PROJECT_ROOT": str(served.folder),
                    "GIT_HTTP_EXPORT_ALL": "1",
                    "GIT_CONFIG_COUNT": "1",
                    "GIT_CONFIG_KEY_0": "safe.directory",
                    "GIT_CONFIG_VALUE_0": "*",
                    "PATH_INFO": parts.path,
                    "QUERY_STRING": parts.query,
                    "REQUEST_METHOD": self.command,
                    "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                    "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                    "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                    "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                },
            )
            head, _, answer = done.stdout.partition(b"\r\n\r\n")
            lines = [line.partition(": ") for line in head.decode().split("\r\n")]
            status = next((value for key, _, value in lines if key == "Status"), "200 OK")
            self.send_response(int(status.split()[0]))
            for key, _, value in lines:
                if key != "Status":
                    self.send_header(key, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((host, 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    served.url = f"https://{host}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class SshServer:
    """Serves repositories by ssh. ``known_hosts`` is its line there, ``key`` the file of the key that is let in."""

    url: str
    known_hosts: str
    key: Path


@contextmanager
def ssh_server(folder: Path, host: str, keys: Path) -> Iterator[SshServer]:
    """Serve the repositories below ``folder`` to whoever has the key that is written below ``keys``."""
    own, user = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    key = keys / "id_ed25519"
    user.write_private_key(str(key))
    key.chmod(0o600)
    allowed = asyncssh.import_authorized_keys(user.export_public_key().decode())
    loop = asyncio.new_event_loop()

    async def serve(process: asyncssh.SSHServerProcess[bytes]) -> None:
        command, _, path = (process.command or "").partition(" ")
        if command != "git-upload-pack":
            process.exit(1)
            return
        child = subprocess.Popen(
            ["git", "-c", "safe.directory=*", "upload-pack", str(folder / path.strip("'/"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        await process.redirect(stdin=child.stdin, stdout=child.stdout, stderr=child.stderr)
        await process.stdout.drain()
        process.exit(await loop.run_in_executor(None, child.wait))
        await process.wait_closed()

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            host, 0, server_host_keys=[own], authorized_client_keys=allowed, process_factory=serve, encoding=None
        )

    async def stop(acceptor: asyncssh.SSHAcceptor) -> None:
        acceptor.close()
        await acceptor.wait_closed()

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    acceptor = asyncio.run_coroutine_threadsafe(start(), loop).result(30)
    port = acceptor.get_port()
    public = own.export_public_key().decode().strip()
    try:
        yield SshServer(f"ssh://git@{host}:{port}", f"[{host}]:{port} {public}\n", key)
    finally:
        asyncio.run_coroutine_threadsafe(stop(acceptor), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()
