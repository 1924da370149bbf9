"""The pytest plugin: ``aws_batch`` is a local AWS Batch for each test, empty but for its two queues.

A session (with xdist: each worker) starts one server, when the first test asks for it; each test begins with a reset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local_batch.testing import BatchForTests

_HELP = {
    "aws_batch_runner": "what runs jobs of the fixture aws_batch: auto (default), docker or process",
    "aws_batch_image": "image of jobs of the fixture aws_batch that name none, in Docker",
    "aws_batch_options": "further options of the server of the fixture aws_batch, as one types them",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what may stand in a project's pytest settings."""
    parser.addini("aws_batch_runner", _HELP["aws_batch_runner"], default="auto")
    parser.addini("aws_batch_image", _HELP["aws_batch_image"], default="busybox")
    parser.addini("aws_batch_options", _HELP["aws_batch_options"], type="args", default=[])


@pytest.fixture(scope="session")
def aws_batch_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Start the session's server (a ``BatchForTests`` that nothing resets), and stop it with its jobs at the end."""
    from local_batch import testing

    runner = str(request.config.getini("aws_batch_runner"))
    image = str(request.config.getini("aws_batch_image"))
    options = [str(word) for word in request.config.getini("aws_batch_options")]
    with testing.started(tmp_path_factory.mktemp("aws-batch"), runner, options, image) as batch:
        yield batch


@pytest.fixture
def aws_batch(aws_batch_server: BatchForTests, monkeypatch: pytest.MonkeyPatch) -> BatchForTests:
    """Give the local AWS Batch, as empty as a new one; every AWS client that the test makes goes there."""
    aws_batch_server.reset()
    aws_batch_server.direct_clients(monkeypatch)
    return aws_batch_server


@pytest.fixture
def batch_client(aws_batch: BatchForTests) -> Any:
    """Give boto3's client of Batch."""
    return aws_batch.client("batch")


@pytest.fixture
def logs_client(aws_batch: BatchForTests) -> Any:
    """Give boto3's client of CloudWatch Logs, where the output of jobs is."""
    return aws_batch.client("logs")


@pytest.fixture
def time_scale(aws_batch: BatchForTests) -> Any:
    """Give a function that has Batch's minutes pass as many times as fast, until the test ends."""
    return aws_batch.set_time_scale
