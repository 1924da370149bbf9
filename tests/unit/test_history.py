"""The history of submissions, and the references to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from awa_batch.errors import UsageError
from awa_batch.history import Submission, recent, record, resolve
from awa_batch.history.file import history_file


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWA_BATCH_STATE_DIR", str(tmp_path))


def made(number: int, **more: object) -> Submission:
    return Submission(f"id-{number}", f"job-{number}", "queue", "definition:1", 1_700_000_000_000 + number, **more)  # type: ignore[arg-type]


def test_the_newest_comes_first_and_no_more_than_asked_for() -> None:
    for number in range(5):
        record("local", made(number, array_size=number or None))
    assert [entry.job_id for entry in recent("local", 3)] == ["id-4", "id-3", "id-2"]
    assert recent("local", 1) == [made(4, array_size=4)]
    assert len(recent("local", 100)) == 5


def test_a_long_history_is_read_from_its_end() -> None:
    for number in range(2_000):
        record("local", made(number))
    assert history_file("local").stat().st_size > 2 * 64 * 1024
    assert [entry.job_id for entry in recent("local", 2_000)] == [f"id-{number}" for number in range(1_999, -1, -1)]


def test_environments_are_kept_apart() -> None:
    record("dev", made(1))
    assert recent("local", 1) == []


def test_a_broken_line_is_passed_over_and_a_newer_field_too() -> None:
    record("local", made(1))
    with history_file("local").open("a") as file:
        file.write('{"job_id": \n[]\n{"job_id": "half"}\n{"later": 1, "job_id": "id-2", "job_name": "job-2",')
        file.write(' "queue": "queue", "definition": "definition:1", "submitted_at": 1700000000002}\n')
    assert recent("local", 9) == [made(2), made(1)]


def test_a_history_that_cannot_be_written_does_not_fail_the_submission(tmp_path: Path) -> None:
    (tmp_path / "history").write_text("a file where the folder would be")
    with pytest.raises(OSError, match="history"):
        history_file("local").parent.mkdir(parents=True, exist_ok=True)
    record("local", made(1))
    assert (tmp_path / "history").read_text() == "a file where the folder would be"


def test_references() -> None:
    for number in range(3):
        record("local", made(number))
    arn = "arn:aws:batch:ap-northeast-1:123456789012:job/plain-id:4"
    assert resolve("local", [arn]) == ["plain-id:4"]
    assert resolve("local", ["@last", "@1", "@3:7", "plain-id"]) == ["id-2", "id-2", "id-0:7", "plain-id"]


@pytest.mark.parametrize("text", ["@", "@0", "@lats", "@last:", "@last:x", "@-1"])
def test_a_malformed_reference_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a reference") as refused:
        resolve("local", [text])
    assert "@last" in refused.value.fix


@pytest.mark.parametrize("text", ["", " "])
def test_an_empty_id_is_refused_and_no_default(text: str) -> None:
    record("local", made(1))
    with pytest.raises(UsageError, match="job_id is empty"):
        resolve("local", [text])


def test_a_reference_too_far_back_tells_how_many_there_are() -> None:
    with pytest.raises(UsageError, match="has submitted no jobs to local"):
        resolve("local", ["@last"])
    record("local", made(1))
    with pytest.raises(UsageError, match="has submitted 1 job to local"):
        resolve("local", ["@2"])
