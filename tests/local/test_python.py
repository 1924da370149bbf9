"""The examples of the documents run as they stand, on a real local Batch, and the library prints nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from offered import ROOT, Offered

from awa_batch.api import JobFailedError, NotThereError, TimedOutError, connect

if TYPE_CHECKING:
    from batch_support import LocalBatch


@pytest.fixture
def offered(process_aws: LocalBatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Offered:
    found = Offered(process_aws, tmp_path, "true")
    for name, value in found.env.items():
        if name.startswith(("AWA_BATCH", "AWS_")):
            monkeypatch.setenv(name, value)
    return found


def examples() -> list[tuple[str, str]]:
    return [
        (f"{name}-{number}", block)
        for name in ("README.md", "docs/python.md")
        for number, block in enumerate(re.findall(r"(?ms)^```python\n(.*?)^```", (ROOT / name).read_text()))
        if "connect" in block
    ]


@pytest.mark.parametrize(("name", "block"), examples(), ids=lambda value: value if len(value) < 30 else "")
@pytest.mark.usefixtures("offered")
def test_an_example_of_the_documents_runs(name: str, block: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(block, name, "exec"), {})
    captured = capsys.readouterr()
    assert captured.out  # what the example itself prints
    assert captured.err == ""


def test_there_is_an_example_in_each() -> None:
    assert {name.partition("-")[0] for name, _ in examples()} == {"README.md", "docs/python.md"}


def test_a_jobs_whole_life_without_a_word(offered: Offered, capsys: pytest.CaptureFixture[str]) -> None:
    batch = connect("local")
    slow = batch.submit("ec2-sample", ["sleep", "600"], name="slow")
    with pytest.raises(TimedOutError):
        slow.wait(timeout=0.5)
    slow.cancel()
    assert slow.wait(timeout=60).status == "FAILED"
    assert slow.why().verdict == "CANCELLED"
    changes: list[str] = []
    failing = batch.submit("ec2-sample", ["sh", "-c", "echo broken; exit 7"])
    with pytest.raises(JobFailedError, match="exit code 7"):
        failing.wait(timeout=60, check=True, on_change=lambda job: changes.append(job.status))
    assert changes[-1] == "FAILED"
    again = failing.retry()
    assert again is not None
    assert again.wait(timeout=60).exit_code == 7
    assert [line.message for line in again.logs()] == ["broken"]
    assert again.usage().attempts == 1
    first, second = (batch.submit("ec2-sample", ["true"], once="key") for _ in range(2))
    assert first.id == second.id
    array = batch.submit("ec2-sample", ["sh", "-c", "echo $AWS_BATCH_JOB_ARRAY_INDEX"], array=3)
    assert array.wait(timeout=60, check=True).is_array
    assert sorted((line.index, line.message) for line in array.logs()) == [(0, "0"), (1, "1"), (2, "2")]
    assert array.usage().attempts == 3
    assert {job.id for job in batch.jobs()} >= {slow.id, failing.id, again.id, array.id}
    assert len(batch.queues()) == 2
    with pytest.raises(NotThereError):
        batch.job("0f3cbd9e-14c2-4b5e-9d53-6c9b7a6f1d10").status()
    assert capsys.readouterr() == ("", "")


def test_a_run_is_exactly_once_however_often_it_is_called(offered: Offered) -> None:
    batch = connect("local")
    jobs = [{"command": ["true"]} for _ in range(30)]
    first = batch.submit_run("from-python", jobs, definition="ec2-sample", rate=1000)
    again = batch.submit_run("from-python", jobs, definition="ec2-sample", rate=1000)
    assert first.complete
    assert [job.id for job in first.jobs] == [job.id for job in again.jobs]
    assert len({job.id for job in first.jobs}) == 30
