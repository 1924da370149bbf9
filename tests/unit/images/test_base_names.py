"""The base images' one file: what may stand in it, and the digests that registries tell of it."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from awa_batch.errors import ToolError, UsageError
from awa_batch.images import base_names as module
from awa_batch.images.base_names import BaseName, base_name, base_names, pin_base_images
from awa_batch.images.context import BASE_IMAGES
from awa_batch.images.dockerfiles import arguments, dockerfile, image_names
from awa_batch.images.registry_api import RegistryApi

ROOT = Path(__file__).resolve().parents[3]
MANIFEST = b'{"schemaVersion": 2, "manifests": []}'
DIGEST = f"sha256:{hashlib.sha256(MANIFEST).hexdigest()}"
OTHER = f"sha256:{'0' * 64}"


class Registry(ThreadingHTTPServer):
    """Answers as a registry that wants a token: `said` is the digest that it claims, `tokens` what it was asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.said: str | None = DIGEST
        self.token = "the-token"
        self.realm = f"{self.url}/token"
        self.tokens: list[tuple[dict[str, list[str]], str]] = []
        self.given: list[str] = []

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"


class _Handler(BaseHTTPRequestHandler):
    server: Registry

    def do_GET(self) -> None:
        url, password = urlsplit(self.path), self.headers.get("Authorization", "")
        if url.path == "/token":
            self.server.tokens.append((parse_qs(url.query), password))
            self._answer(200, f'{{"token": "{self.server.token}"}}'.encode())
        elif password != "Bearer the-token":
            self.server.given.append(password)
            challenge = f'Bearer realm="{self.server.realm}",service="s",scope="repository:a/b:pull"'
            self._answer(401, b"{}", {"WWW-Authenticate": challenge})
        elif url.path == "/v2/a/b/manifests/1.2":
            self._answer(200, MANIFEST, {"Docker-Content-Digest": self.server.said} if self.server.said else {})
        else:
            self._answer(404, b"{}")

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def registry() -> Iterator[Registry]:
    server = Registry()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def _no_docker_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))


def clone(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "clone" / BASE_IMAGES
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return tmp_path / "clone"


def quiet(_line: object) -> None:
    return None


# ------------------------------------------------------------------ the file


def test_this_repositorys_names_are_all_pinned_or_none_is() -> None:
    """`base_names` refuses a mixture; what the Dockerfiles take is named there, and nowhere else."""
    bases = base_names(ROOT)
    assert {bool(one.digest) for one in bases.values()} in ({True}, {False})
    for name in image_names(ROOT):
        path = dockerfile(ROOT, name)
        wanted = arguments(path) & {"PYTHON_IMAGE", "UV_IMAGE", "GIT_IMAGE"}
        assert wanted - {"GIT_IMAGE"} <= set(bases), name
        for argument in wanted:
            assert f"ARG {argument}\n" in path.read_text(), f"{path} names an image itself"


def test_a_name_beside_pinned_ones_must_be_pinned(tmp_path: Path) -> None:
    root = clone(tmp_path, f"# base\nA=python:3\nB=x.example/uv:1@{DIGEST}\n")
    with pytest.raises(UsageError) as caught:
        base_names(root)
    assert caught.value.what == f"{BASE_IMAGES}: A without a digest beside others that have one."
    assert "make pin" in caught.value.fix


@pytest.mark.parametrize(
    "line",
    ["PYTHON_IMAGE", "python=python:3", 'A="python:3"', "A=python", "A=python:3@sha256:12", "A = python:3", "A="],
)
def test_a_line_that_is_none_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(UsageError) as caught:
        base_names(clone(tmp_path, f"# one\n\n{line}\n"))
    assert BASE_IMAGES in caught.value.what
    assert caught.value.fix


def test_a_port_is_no_tag() -> None:
    assert base_name("127.0.0.1:5000/a/b:1", "A") == BaseName("127.0.0.1:5000/a/b:1")
    assert base_name(f"a:1@{DIGEST}", "A").reference == f"a:1@{DIGEST}"
    with pytest.raises(UsageError, match="not an image with a tag"):
        base_name("127.0.0.1:5000/a/b", "A")


# ------------------------------------------------------------------ asking


def test_digests_are_written_behind_the_tags_and_renewed(tmp_path: Path, registry: Registry) -> None:
    text = f"# why\nA={registry.host}/a/b:1.2\n\n# too\nB={registry.host}/a/b:1.2@{OTHER}\n"
    root = clone(tmp_path, text)
    changed = pin_base_images(root, quiet)
    pinned = f"{registry.host}/a/b:1.2@{DIGEST}"
    assert {argument: one.reference for argument, one in changed.items()} == {"A": pinned, "B": pinned}
    assert (root / BASE_IMAGES).read_text() == f"# why\nA={pinned}\n\n# too\nB={pinned}\n"
    assert set(base_names(root)) == {"A", "B"}
    assert pin_base_images(root, quiet) == {}


def test_a_token_is_asked_for_as_the_registry_says(registry: Registry) -> None:
    assert RegistryApi(f"{registry.host}/a/b", ("me", "secret")).digest("1.2") == DIGEST
    ((asked, password),) = registry.tokens
    assert asked == {"service": ["s"], "scope": ["repository:a/b:pull"]}
    assert password == f"Basic {base64.b64encode(b'me:secret').decode()}"


def test_a_password_goes_nowhere_unencrypted(registry: Registry) -> None:
    registry.realm = "http://elsewhere.example/token"
    with pytest.raises(Exception, match="answered 401"):
        RegistryApi(f"{registry.host}/a/b", ("me", "secret")).digest("1.2")
    assert registry.tokens == []


@pytest.mark.parametrize(
    ("line", "error", "what"),
    [
        ("B={host}/a/b:9", UsageError, "its registry has no such image"),
        ("B={host}/no/such:1", UsageError, "its registry has no such image"),
        ("B=127.0.0.1:1/a/b:1", ToolError, "cannot be resolved"),
    ],
)
def test_what_cannot_be_resolved_changes_nothing(
    tmp_path: Path, registry: Registry, line: str, error: type[Exception], what: str
) -> None:
    text = f"A={registry.host}/a/b:1.2\n{line.format(host=registry.host)}\n"
    root = clone(tmp_path, text)
    with pytest.raises(error) as caught:
        pin_base_images(root, quiet)
    assert what in str(caught.value)
    assert "B=" in str(caught.value)
    assert (root / BASE_IMAGES).read_text() == text


def test_a_digest_is_what_was_sent_whatever_is_said(tmp_path: Path, registry: Registry) -> None:
    root = clone(tmp_path, f"A={registry.host}/a/b:1.2\n")
    registry.said = OTHER
    with pytest.raises(ToolError, match="and sends"):
        pin_base_images(root, quiet)
    registry.said = None  # it may be left out
    assert pin_base_images(root, quiet)["A"].digest == DIGEST


@pytest.mark.parametrize(
    ("name", "repository"),
    [
        ("python", "registry-1.docker.io/library/python"),
        ("bitnami/python", "registry-1.docker.io/bitnami/python"),
        ("ghcr.io/astral-sh/uv", "ghcr.io/astral-sh/uv"),
        ("localhost:5000/uv", "localhost:5000/uv"),
    ],
)
def test_a_names_registry(name: str, repository: str) -> None:
    assert module._repository(name) == (repository, None)


def test_the_docker_configurations_password_is_used(tmp_path: Path) -> None:
    (tmp_path / "docker").mkdir()
    secret = base64.b64encode(b"me:secret").decode()
    (tmp_path / "docker/config.json").write_text(f'{{"auths": {{"mirror.example": {{"auth": "{secret}"}}}}}}')
    assert module._repository("mirror.example/python") == ("mirror.example/python", ("me", "secret"))
