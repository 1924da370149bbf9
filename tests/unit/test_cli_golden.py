"""What commands print, held as it was: AWS's answers are recorded, times are fixed.

AWA_TEST_GOLDEN=write writes the expected files anew: read the difference before you commit it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from observe_support import FakeLogs, attempt, detail
from toolkit_support import DATA

from awa_batch.aws import Clients
from awa_batch.cli.main import main
from awa_batch.history import Submission, record

GOLDEN = Path(__file__).parent / "golden"
SECOND = 1000
START = 1_700_000_000_000


def recorded() -> dict[str, dict[str, Any]]:
    """Return the jobs of this play by their id."""
    failed = {
        "attempts": [
            attempt("f/1", 1, None),
            attempt("f/2", 137, "OutOfMemoryError: Container killed due to memory usage"),
        ],
        "statusReason": "Essential container in task exited",
        "container": {
            "exitCode": 137,
            "reason": "OutOfMemoryError: Container killed due to memory usage",
            "logStreamName": "f/2",
        },
        "startedAt": START + 61 * SECOND,
        "stoppedAt": START + 95 * SECOND,
    }
    array = {"size": 3, "statusSummary": {"SUCCEEDED": 1, "FAILED": 2, "RUNNING": 0}}
    jobs = [
        detail("good", "SUCCEEDED", attempts=[attempt("g/1", 0)], container={"exitCode": 0, "logStreamName": "g/1"},
               startedAt=START + 2 * SECOND, stoppedAt=START + 7 * SECOND),
        detail("bad", "FAILED", **failed),
        detail("waiting", "RUNNABLE"),
        detail("array", "FAILED", arrayProperties=array, statusReason="Array Child Job failed"),
        detail("array:0", "SUCCEEDED", attempts=[attempt("a/0", 0)], arrayProperties={"index": 0}),
        detail("array:1", "FAILED", attempts=[attempt("a/1", 3)], container={"exitCode": 3},
               arrayProperties={"index": 1}),
        detail("array:2", "FAILED", attempts=[attempt("a/2", 4)], container={"exitCode": 4},
               arrayProperties={"index": 2}),
    ]  # fmt: skip
    return {job["jobId"]: job for job in jobs}


class Recorded:
    """AWS Batch that has these jobs."""

    def __init__(self) -> None:
        self.jobs = recorded()

    def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
        return {"jobs": [self.jobs[job_id] for job_id in jobs if job_id in self.jobs]}

    def get_paginator(self, name: str) -> Any:
        assert name == "list_jobs"
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        if parent := asked.get("arrayJobId"):
            found = [
                job
                for key, job in self.jobs.items()
                if key.startswith(f"{parent}:") and job["status"] == asked["jobStatus"]
            ]
        else:
            found = [job for key, job in self.jobs.items() if ":" not in key and asked["jobQueue"] == job["jobQueue"]]
        yield {"jobSummaryList": found}


def written() -> FakeLogs:
    logs = FakeLogs()
    logs.write("g/1", "begin", "end", at=START + 3 * SECOND)
    logs.write("f/1", "first try", at=START + 3 * SECOND)
    logs.write("f/2", "second try", "reading 4 GB", at=START + 65 * SECOND)
    logs.write("a/0", "child of Tokyo", at=START + 10)
    logs.write("a/1", "child of Osaka", "no such file", at=START + 5)
    logs.write("a/2", "child of Nagoya", at=START + 15)
    return logs


CASES: dict[str, tuple[int, list[str]]] = {
    "status": (0, ["status", "--hours", "1000000"]),
    "status-failed": (0, ["status", "--failed"]),
    "status-array-failed": (0, ["status", "array", "--failed"]),
    "status-named": (0, ["status", "good", "@last"]),
    "status-json": (0, ["status", "bad", "-o", "json"]),
    "status-none": (2, ["status", "nothing"]),
    "status-watch": (1, ["status", "--watch", "good", "array"]),
    "logs": (0, ["logs", "bad", "-t"]),
    "logs-tail": (0, ["logs", "bad", "--tail", "1"]),
    "logs-attempt": (0, ["logs", "bad", "--attempt", "1"]),
    "logs-attempt-none": (2, ["logs", "bad", "--attempt", "3"]),
    "logs-array": (0, ["logs", "array"]),
    "logs-array-failed": (0, ["logs", "array", "--failed"]),
    "logs-child": (0, ["logs", "array:1"]),
    "logs-waiting": (0, ["logs", "waiting"]),
    "logs-follow": (137, ["logs", "bad", "--follow"]),
    "attach": (3, ["attach", "array"]),
    "attach-last": (137, ["attach", "--no-log"]),
}


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWA_BATCH_CONTRACT", str(DATA / "contract.json"))
    monkeypatch.setenv("AWA_BATCH_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    made = {"batch": Recorded(), "logs": written()}
    monkeypatch.setattr(Clients, "make", lambda _self, service, _config=None: made[service])
    record(
        "local",
        Submission("bad", "job-bad", "awa-batch-local-ec2-high-priority", "awa-batch-local-ec2-sample:3", START),
    )


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("play")
def test_output_is_as_it_was(case: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, words = CASES[case]
    monkeypatch.setattr(sys, "argv", ["awa-batch", *words])
    with pytest.raises(SystemExit) as left:
        main()
    captured = capsys.readouterr()
    output = (
        f"$ awa-batch {' '.join(words)}\n{captured.out}--- stderr\n{captured.err}--- exit code {left.value.code or 0}\n"
    )
    assert (left.value.code or 0) == code, output
    file = GOLDEN / f"out-{case}.txt"
    if os.environ.get("AWA_TEST_GOLDEN") == "write":
        file.write_text(output)
    assert output == file.read_text()
