"""Pushes by a real engine to a real registry: what is told, what is skipped, what breaks off."""

from __future__ import annotations

import contextlib
import http.server
import io
import json
import os
import subprocess
import tarfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from awa_batch.errors import UsageError
from awa_batch.images.build import BuiltImage, build_image
from awa_batch.images.docker_engine import Engine, find_builder
from awa_batch.images.indexes import push_index
from awa_batch.images.platforms import ARCHITECTURES, PlatformUnavailableError, check_buildable, tag_for
from awa_batch.images.push import PushRefusedError, push_image
from awa_batch.images.push_progress import LayerProgress
from awa_batch.images.registry import clean_registry, start_registry, stop_registry
from awa_batch.images.registry_api import RegistryApi
from tests.image.conftest import ROOT
from tests.needs import missing


@contextlib.contextmanager
def image_of(engine: Engine, size: int) -> Iterator[str]:
    """An image with one file of random bytes, which no compression makes smaller."""
    name = f"awa-batch-test-{uuid.uuid4().hex[:8]}:random"
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as files:
        entry = tarfile.TarInfo("random")
        entry.size = size
        files.addfile(entry, io.BytesIO(os.urandom(size)))
    docker = str(engine.command)
    subprocess.run([docker, "import", "-", name], input=archive.getvalue(), capture_output=True, check=True)
    try:
        yield name
    finally:
        subprocess.run([docker, "image", "rm", name], capture_output=True, check=True)


def test_layers_are_told_and_what_is_there_is_not_pushed_again(engine: Engine, address: str) -> None:
    repository = f"{address}/{uuid.uuid4().hex[:8]}/pushed"
    with image_of(engine, 3 << 20) as image:
        told: list[LayerProgress] = []
        first = push_image(engine, image, repository, "x", pushing=told.append, say=print)
        assert [one.state for one in told][-1] == "pushed"
        assert max(one.done for one in told) >= 3 << 20
        told.clear()
        said: list[str] = []
        assert push_image(engine, image, repository, "x", pushing=told.append, say=said.append) == first
        assert (told, said) == ([], [f"{repository}:x is there already: nothing to push"])
        # Under another tag its manifest alone is sent.
        assert push_image(engine, image, repository, "y", pushing=told.append, say=said.append) == first
        assert said[-1] == f"Pushed {repository}: 0 of 1 layers were new"


def test_a_tag_of_another_image_is_not_moved(engine: Engine, address: str) -> None:
    repository = f"{address}/{uuid.uuid4().hex[:8]}/kept"
    with image_of(engine, 100) as one, image_of(engine, 100) as other:
        first = push_image(engine, one, repository, "x", move=False, say=print)
        assert push_image(engine, one, repository, "x", move=False, say=print) == first
        with pytest.raises(UsageError, match=r"kept:x is there already and is another image \(sha256:"):
            push_image(engine, other, repository, "x", move=False, say=print)
        assert f"{repository}@{RegistryApi(repository).digest('x')}" == first
        assert push_image(engine, other, repository, "x", say=print) != first  # ENV=local's tags are


class Refusing(http.server.BaseHTTPRequestHandler):
    """A registry that takes no sign-in, in ECR's words."""

    def do_GET(self) -> None:
        message = "Your authorization token has expired. Reauthenticate and try again."
        said = json.dumps({"errors": [{"code": "DENIED", "message": message}]}).encode()
        self.send_response(200 if self.path == "/v2/" else 403)
        self.send_header("Content-Type", "application/json")
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _bound(port: int) -> http.server.ThreadingHTTPServer:
    """Listen on a port that a process which was just ended may still have for a moment."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return http.server.ThreadingHTTPServer(("127.0.0.1", port), Refusing)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


@contextlib.contextmanager
def refusing(port: int) -> Iterator[int]:
    server = _bound(port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_sign_in_that_has_expired_is_told_in_two_lines(engine: Engine, tiny: str) -> None:
    if not engine.is_native:
        missing("an engine that shares this machine's network")
    with refusing(0) as port, pytest.raises(PushRefusedError) as caught:
        push_image(engine, tiny, f"127.0.0.1:{port}/x", "x", auth={"username": "AWS", "password": "old"}, say=print)
    error = caught.value
    assert error.exit_code == 3
    assert len(str(error).splitlines()) == 2
    assert "old" not in str(error)
    subprocess.run([str(engine.command), "image", "rm", f"127.0.0.1:{port}/x:x"], capture_output=True, check=True)


def test_a_registry_that_stops_half_way_holds_no_image_and_takes_it_later(engine: Engine, tmp_path: Path) -> None:
    if not engine.is_native:
        missing("an engine that shares this machine's network")
    address = start_registry(tmp_path, engine, print)
    repository, port = f"{address}/broken/latest", int(address.rsplit(":", 1)[1])
    stopped, states = contextlib.ExitStack(), list[str]()

    def stop(progress: LayerProgress) -> None:
        if progress.state == "pushing" and progress.done > 1 << 20 and "stopped" not in states:
            states.append("stopped")
            stop_registry(tmp_path, engine)
            stopped.enter_context(refusing(port))  # else the engine would try again for a minute
        states.append(progress.state)

    try:
        with image_of(engine, 96 << 20) as image:
            with stopped, pytest.raises(PushRefusedError):
                push_image(engine, image, repository, "x", pushing=stop, say=print)
            assert "stopped" in states
            assert start_registry(tmp_path, engine, print) == address
            assert RegistryApi(repository).tags() == []
            reference = push_image(engine, image, repository, "x", say=print)
            assert reference == f"{repository}@{RegistryApi(repository).digest('x')}"
    finally:
        clean_registry(tmp_path, engine)


def test_no_credentials_are_written_anywhere(
    engine: Engine, tiny: str, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("DOCKER_HOST", engine.endpoint)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("DOCKER_CONFIG", str(home / ".docker"))
    push_image(
        engine, tiny, f"{address}/signed/in", "x", auth={"username": "AWS", "password": "secret-word"}, say=print
    )
    assert list(home.rglob("*")) == []


def test_images_for_two_processors_have_one_name(engine: Engine, address: str) -> None:
    """As a host of either would pull it; this one is an image's first platform."""
    repository, docker = f"{address}/{uuid.uuid4().hex[:8]}/both", str(engine.command)
    own = f"linux/{engine.architecture}"
    assert own in ARCHITECTURES
    with image_of(engine, 100) as one, image_of(engine, 100) as two:
        images = {
            platform: push_image(engine, image, repository, tag_for("x", (platform,)), say=print).rpartition("@")[2]
            for platform, image in ((own, one), *((each, two) for each in ARCHITECTURES if each != own))
        }
        api = RegistryApi(repository)
        digest = push_index(api, "x-multi", images)
        assert push_index(api, "x-again", images) == digest == api.digest("x-multi")
        subprocess.run([docker, "pull", "--quiet", f"{repository}@{digest}"], capture_output=True, check=True)
        ids = [
            subprocess.run(
                [docker, "image", "inspect", "--format", "{{.Id}}", name], capture_output=True, text=True, check=True
            ).stdout
            for name in (f"{repository}@{digest}", one, two)
        ]
        assert ids[0] == ids[1] != ids[2]
        assert api.facts("x-multi").digest == digest
        index = json.loads(api.manifest(digest)[0])
        assert {entry["platform"]["architecture"]: entry["digest"] for entry in index["manifests"]} == {
            platform.partition("/")[2]: image for platform, image in images.items()
        }


def test_a_processor_that_this_engine_cannot_emulate_is_refused(
    engine: Engine, tmp_path: Path, built: dict[str, BuiltImage]
) -> None:
    assert built
    foreign = next(one for one in ARCHITECTURES if not engine.runs(one))
    with contextlib.suppress(PlatformUnavailableError):
        check_buildable(engine, find_builder(engine), (foreign,))
        pytest.skip(f"this engine emulates {foreign}")
    with pytest.raises(PlatformUnavailableError, match=f"linux/{engine.architecture} alone"):
        build_image("test", root=ROOT, engine=engine, state_dir=tmp_path, say=print, platform=foreign)
    assert list(tmp_path.iterdir()) == []
