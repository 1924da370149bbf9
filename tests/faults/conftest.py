"""A faulty AWS Batch, and the toolkit's own clients led to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from scripted_batch import ScriptedBatch, lead_to

from awa_batch.batch.clients import Clients
from awa_batch.contract import Contract
from awa_batch.request import JobRequest

CONTRACT = Path(__file__).resolve().parents[1] / "data" / "contract.json"


@pytest.fixture(scope="session")
def running_server() -> Iterator[ScriptedBatch]:
    play = ScriptedBatch()
    thread = threading.Thread(target=play.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield play
    play.shutdown()
    play.server_close()
    thread.join(5)


@pytest.fixture
def server(running_server: ScriptedBatch) -> ScriptedBatch:
    """The server, with nothing played and nothing accepted yet."""
    running_server.reset()
    return running_server


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waiting between tries takes no time; returns how long each would have been."""
    done: list[float] = []

    class Clock:
        sleep = staticmethod(done.append)

        @staticmethod
        def monotonic() -> float:
            return sum(done)

    for module in ("submission.single", "batch.patience"):
        monkeypatch.setattr(f"awa_batch.{module}.time", Clock)
    return done


class QuickClients(Clients):
    """The toolkit's own clients, but a read that takes 0.8 s has timed out."""

    def make(self, service: str, config: Config | None = None) -> Any:
        quick = Config(read_timeout=0.8)
        return super().make(service, config.merge(quick) if config else quick)


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract.checked(json.loads(CONTRACT.read_text()))


@pytest.fixture(scope="session", params=["local", "dev"])
def clients(request: pytest.FixtureRequest, running_server: ScriptedBatch, contract: Contract) -> Clients:
    """The clients of ENV=local and of an account, both led to the scripted server by AWS_ENDPOINT_URL."""
    found = QuickClients(replace(contract, environment=request.param))
    with pytest.MonkeyPatch.context() as patch:
        lead_to(patch, running_server.url)
        # What botocore's own retries would be without Clients.batch_submit.
        patch.setenv("AWS_RETRY_MODE", "legacy")
        patch.setenv("AWS_MAX_ATTEMPTS", "7")
        assert (found.batch, found.batch_submit) != (None, None)  # made here, under these variables
    return found


@pytest.fixture
def job() -> JobRequest:
    return JobRequest(
        submit_job={
            "jobName": "hello-abcd2345",
            "jobQueue": "arn:aws:batch:ap-northeast-1:123456789012:job-queue/q",
            "jobDefinition": "arn:aws:batch:ap-northeast-1:123456789012:job-definition/d:3",
        },
        image="repository@sha256:0",
    )
