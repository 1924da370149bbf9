"""container/offline/make-base-images.sh: stand-ins that serve as the real images do."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from awa_batch.images import registry
from awa_batch.images.base_names import base_names
from awa_batch.images.docker_engine import Engine
from awa_batch.images.push import push_image
from awa_batch.images.registry import clean_registry, registry_status, start_registry, stop_registry
from tests.image.conftest import ROOT
from tests.needs import missing

SCRIPT = ROOT / "container/offline/make-base-images.sh"
LABEL = "awa-batch.stand-in"


def make(engine: Engine, *args: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SCRIPT), *args], env={**os.environ, "DOCKER": str(engine.command), **variables},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def name(engine: Engine) -> Iterator[str]:
    """A name for an image that no registry has; the image is removed afterwards."""
    made = f"127.0.0.1:9/awa-batch-test-{uuid.uuid4().hex[:8]}"
    yield made
    for image in subprocess.run(
        [str(engine.command), "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", made],
        capture_output=True, text=True, check=True,
    ).stdout.split():  # fmt: skip
        subprocess.run([str(engine.command), "image", "rm", image], capture_output=True, check=True)


def label(engine: Engine, image: str) -> str:
    done = subprocess.run(
        [str(engine.command), "image", "inspect", "--format", f'{{{{index .Config.Labels "{LABEL}"}}}}', image],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def uv_version() -> str:
    return base_names(ROOT)["UV_IMAGE"].tag


def uv_program() -> str:
    import uv

    return str(uv.find_uv_bin())


def test_uv_from_its_wheel_is_where_the_dockerfile_takes_it_from(engine: Engine, name: str) -> None:
    image = f"{name}:{uv_version()}"
    done = make(engine, "uv", UV_IMAGE=image, UV=uv_program())
    assert done.returncode == 0, done.stderr
    assert label(engine, image) == "uv-wheel"
    assert "is there already" in make(engine, "uv", UV_IMAGE=image, UV=uv_program()).stdout
    docker = str(engine.command)
    container = subprocess.run(
        [docker, "create", image, "x"], capture_output=True, text=True, check=True
    ).stdout.strip()
    try:
        subprocess.run([docker, "cp", f"{container}:/uv", "-"], stdout=subprocess.DEVNULL, check=True)
    finally:
        subprocess.run([docker, "rm", container], capture_output=True, check=True)


def test_uv_of_another_version_is_refused(engine: Engine, name: str) -> None:
    done = make(engine, "uv", UV_IMAGE=f"{name}:0.0.1", UV=uv_program())
    assert done.returncode == 1
    assert done.stderr.splitlines()[0].endswith("not 0.0.1.")


@pytest.mark.parametrize(
    ("args", "variables", "what", "code"),
    [
        (("pyhton",), {}, "Unknown argument: pyhton.", 2),
        (("uv",), {"UV": "/no/such/uv", "UV_IMAGE": "127.0.0.1:9/none:1"}, "There is no uv program at /no/such/uv.", 1),
        (("python",), {"PYTHON_IMAGE": "127.0.0.1:9/python:3.13-slim-bookworm"}, "is not based on Debian trixie.", 2),
        (("uv",), {"DOCKER": "/no/such/docker"}, "No container engine answers /no/such/docker.", 1),
    ],
)
def test_refusals_say_what_and_what_to_do(
    engine: Engine, args: tuple[str, ...], variables: dict[str, str], what: str, code: int
) -> None:
    done = make(engine, *args, **variables)
    assert done.returncode == code
    first, second = done.stderr.splitlines()
    assert what in first
    assert second.startswith("  ")


def test_a_registry_in_a_container_keeps_its_port_and_its_images(
    engine: Engine, name: str, tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("docker-registry") is None:
        missing("no docker-registry program to make a registry image of")
    image = f"{name}:2"
    done = make(engine, "registry", REGISTRY_IMAGE=image)
    assert done.returncode == 0, done.stderr
    monkeypatch.setattr(registry, "PROGRAMS", ("no-such-registry",))
    monkeypatch.setattr(registry, "IMAGES", (image,))
    try:
        address = start_registry(tmp_path, engine, print)
        assert registry_status(tmp_path, engine).how.startswith("container ")
        first = push_image(engine, tiny, f"{address}/awa-batch-local/test", "x", say=print)
        assert stop_registry(tmp_path)
        assert not registry_status(tmp_path, engine).running
        assert start_registry(tmp_path, engine, print) == address
        said: list[str] = []
        again = push_image(engine, tiny, f"{address}/awa-batch-local/test", "x", say=said.append)
        assert again == first
        assert said == [f"{address}/awa-batch-local/test:x is there already: nothing to push"]
    finally:
        clean_registry(tmp_path)
    running = subprocess.run(
        [str(engine.command), "ps", "--all", "--filter", f"ancestor={image}", "--quiet"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert running.stdout == ""
