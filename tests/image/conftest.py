"""A real engine, a real registry, the real images: built once for this tier."""

from __future__ import annotations

import io
import subprocess
import tarfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from awa_batch.images.base_images import BaseImageUnavailableError
from awa_batch.images.build import BuiltImage, build_image
from awa_batch.images.docker_engine import BuilderUnavailableError, Engine, engine_status
from awa_batch.images.pipeline import LOCAL_PREFIX
from awa_batch.images.push import push_image
from awa_batch.images.registry import RegistryUnavailableError, clean_registry, start_registry
from tests.git_server import certificate
from tests.needs import missing

ROOT = Path(__file__).resolve().parents[2]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def engine() -> Engine:
    status = engine_status(5)
    if status.engine is None:
        missing(f"no container engine: {status.reason}")
    return status.engine


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("state")
    yield folder
    clean_registry(folder, engine)


@pytest.fixture(scope="session")
def address(state: Path, engine: Engine) -> str:
    try:
        return start_registry(state, engine, print)
    except RegistryUnavailableError as error:
        missing(error.what)


@pytest.fixture(scope="session")
def built(state: Path, engine: Engine) -> dict[str, BuiltImage]:
    try:
        images = {
            name: build_image(name, root=ROOT, engine=engine, state_dir=state, say=print) for name in ("latest", "test")
        }
    except (BaseImageUnavailableError, BuilderUnavailableError) as error:
        missing(error.what)
    return images


@pytest.fixture(scope="session")
def pushed(built: dict[str, BuiltImage], address: str, engine: Engine) -> dict[str, str]:
    return {
        name: push_image(engine, image.reference, f"{address}/{LOCAL_PREFIX}/{name}", image.revision, say=print)
        for name, image in built.items()
    }


@pytest.fixture
def tiny(engine: Engine) -> Iterator[str]:
    """An image of a few bytes, for what is about registries and not about our images."""
    name = f"awa-batch-test-{uuid.uuid4().hex[:8]}:tiny"
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as files:
        files.addfile(tarfile.TarInfo("empty"), io.BytesIO())
    docker = str(engine.command)
    subprocess.run([docker, "import", "-", name], input=archive.getvalue(), capture_output=True, check=True)
    yield name
    subprocess.run([docker, "image", "rm", name], capture_output=True, check=True)


@pytest.fixture(scope="session")
def run(engine: Engine) -> Run:
    """Return `docker run` as Fargate with a read-only root runs a job: no capabilities, only /tmp to write to."""

    def run(
        image: str, *command: str, options: tuple[str, ...] = (), **variables: str
    ) -> subprocess.CompletedProcess[str]:
        given = [part for name, value in variables.items() for part in ("--env", f"{name}={value}")]
        hardened = ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
        return subprocess.run(
            [str(engine.command), "run", "--rm", *hardened, *options, *given, image, *command],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


@pytest.fixture(scope="session")
def host(engine: Engine) -> str:
    """This machine's address as containers of a build see it."""
    from local_batch.runners.docker_runner import bridge_gateway, connect

    if not engine.is_native:
        missing("an engine that shares this machine's network")
    address = bridge_gateway(connect())
    if address is None:
        missing("the engine has no bridge to this machine")
    return address


@pytest.fixture(scope="session")
def ca(tmp_path_factory: pytest.TempPathFactory, host: str) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("ca"), host)
