"""Jobs that were named: those that lag are waited for, all others refused at once."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from awa_batch.cli import there
from awa_batch.errors import NotThereError
from awa_batch.history import Submission, record

JOB = {"jobId": "", "jobName": "n", "status": "SUBMITTED", "jobQueue": "q", "jobDefinition": "d"}


class Lagging:
    """A Batch that shows each job only from the given look on."""

    def __init__(self, **from_look: int) -> None:
        self.from_look = from_look
        self.looks = 0

    def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
        self.looks += 1
        seen = [one for one in jobs if self.looks >= self.from_look.get(one, 10**6)]
        return {"jobs": [{**JOB, "jobId": one} for one in seen]}


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> list[float]:
    monkeypatch.setenv("AWA_BATCH_STATE_DIR", str(tmp_path))
    slept: list[float] = []
    monkeypatch.setattr(there.time, "sleep", slept.append)
    return slept


def look(batch: Lagging, *ids: str) -> dict[str, Any]:
    clients: Any = SimpleNamespace(batch=batch, contract=SimpleNamespace(environment="local"))
    return there.jobs_there(clients, ids)


def submitted(job_id: str, seconds_ago: float) -> None:
    record("local", Submission(job_id, "n", "q", "d:1", int((time.time() - seconds_ago) * 1000)))


def test_a_job_just_submitted_gets_a_few_seconds_to_appear(slept: list[float]) -> None:
    submitted("new", 2)
    assert set(look(Lagging(new=4), "new")) == {"new"}
    assert slept == [there.PAUSE] * 3


def test_one_that_never_appears_is_refused_after_them(slept: list[float]) -> None:
    submitted("new", 2)
    with pytest.raises(NotThereError, match="has no job new"):
        look(Lagging(), "new")
    assert slept == [there.PAUSE] * there.LOOKS


@pytest.mark.parametrize("ids", [("old",), ("other",), ("shown", "other"), ("shown:3",)])
def test_any_other_is_refused_at_once(slept: list[float], ids: tuple[str, ...]) -> None:
    submitted("old", 3600)
    submitted("shown", 1)
    with pytest.raises(NotThereError):
        look(Lagging(shown=1), *ids)
    assert slept == []
