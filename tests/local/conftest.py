"""Servers that the tests of this folder share: one on the process runner, one on Docker where an engine answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from batch_support import IMAGES, LocalBatch, started

from tests.needs import missing


def _engine_trouble() -> str | None:
    """Return why no container can be run here, or None."""
    from docker.errors import DockerException

    from local_batch.runners.docker_runner import connect

    try:
        client = connect()
        if not client.images(name=IMAGES["docker"]):
            return f"the engine has no image {IMAGES['docker']}"
    except DockerException as error:
        return f"no Docker engine answers: {error}"
    return None


@pytest.fixture(scope="session")
def process_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBatch]:
    """A server whose jobs are processes."""
    with started(tmp_path_factory.mktemp("process"), "process") as aws:
        yield aws


@pytest.fixture(scope="session")
def docker_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBatch]:
    """A server whose jobs are containers. Without an engine: a failure where CI=true, else a skip with the reason."""
    if trouble := _engine_trouble():
        missing(trouble)
    with started(tmp_path_factory.mktemp("docker"), "docker") as aws:
        yield aws


@pytest.fixture(params=["process", "docker"])
def aws(request: pytest.FixtureRequest) -> LocalBatch:
    """Each server in turn: what a test with this fixture proves holds on both runners."""
    found: LocalBatch = request.getfixturevalue(f"{request.param}_aws")
    return found
