"""The local AWS that a file's clients use, and the environment that leads them there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_batch.testing import BatchForTests, started
from tests.clients.support import need_engine


@pytest.fixture(scope="module")
def aws(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BatchForTests]:
    """A server of the file's own.

    In the file, ``RUNNER`` is "docker" where the jobs of its client must be containers; ``SERVER`` has the options that
    the client needs beside these.
    """
    options = ["--max-vcpus", "4", *getattr(request.module, "SERVER", ())]
    runner = getattr(request.module, "RUNNER", "process")
    if runner == "docker":
        need_engine()
    with started(tmp_path_factory.mktemp("aws"), runner, options) as batch:
        yield batch


@pytest.fixture
def env(aws: BatchForTests, tmp_path: Path) -> dict[str, str]:
    """The environment of a client, at home in a folder of its own."""
    aws.reset()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_", "PYTHON"))}
    return {**kept, **aws.variables(), "HOME": str(tmp_path), "NO_PROXY": "127.0.0.1,localhost", "NO_COLOR": "1"}
