"""The ledger: all or nothing at the start, each change on disk when it returns, and never two at once."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from awa_batch.contract import Contract
from awa_batch.errors import AwaBatchError, UsageError
from awa_batch.job import JobSpec
from awa_batch.submission.jobfile import JobFile
from awa_batch.submission.ledger import Change, Ledger, ledger_file
from awa_batch.submission.plan import Planned, plan


@pytest.fixture
def planned(contract: Contract) -> list[Planned]:
    file = JobFile(Path("jobs.jsonl"), "0" * 64, {line: JobSpec() for line in (1, 2, 4)})
    return plan(contract, file, "r", queue=None, definition="ec2-sample")


@pytest.fixture
def ledger(tmp_path: Path, planned: list[Planned]) -> Ledger:
    made = Ledger(tmp_path / "r.sqlite", "r")
    made.begin(planned, run="r", sha256="0")
    return made


def copy(ledger: Ledger) -> list[tuple[int, str, str | None]]:
    """What another process would find on the disk now."""
    with sqlite3.connect(ledger.path) as other:
        return other.execute("SELECT line, state, job_id FROM job ORDER BY line").fetchall()


def test_a_ledger_lies_by_environment_and_run(tmp_path: Path) -> None:
    assert ledger_file(tmp_path, "dev", "nightly") == tmp_path / "ledger" / "dev" / "nightly.sqlite"


def test_it_is_its_owners_alone(planned: list[Planned], tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with Ledger(ledger_file(tmp_path / "state", "local", "private"), "private") as made:
            made.begin(planned, run="private", sha256="0")
            made.hold()
            seen = [tmp_path / "state", *(tmp_path / "state").rglob("*")]
            assert {path.suffix for path in seen} >= {".lock", ".open"}
            assert [path for path in seen if path.stat().st_mode & 0o077] == []
    finally:
        os.umask(before)


def test_every_request_is_in_it_before_any_is_handed_out(ledger: Ledger, planned: list[Planned]) -> None:
    assert copy(ledger) == [(1, "planned", None), (2, "planned", None), (4, "planned", None)]
    sent = ledger.write([], claim=2)
    assert [job.request for job in sent] == [dict(entry.request.submit_job) for entry in planned[:2]]
    assert copy(ledger) == [(1, "sent", None), (2, "sent", None), (4, "planned", None)]


def test_changes_and_claims_are_one_commit(ledger: Ledger) -> None:
    ledger.write([], claim=1)
    (job,) = ledger.write([Change(1, "accepted", "id-1")], claim=1)
    assert job.entry.line == 2
    assert copy(ledger) == [(1, "accepted", "id-1"), (2, "sent", None), (4, "planned", None)]
    assert ledger.counts() == {"accepted": 1, "sent": 1, "planned": 1}


def test_a_change_that_cannot_be_leaves_all_as_it_was(ledger: Ledger) -> None:
    before = copy(ledger)
    with pytest.raises(AwaBatchError, match="cannot be used"):
        ledger.write([Change(1, "refused"), Change(2, "accepted", None)], claim=3)
    assert copy(ledger) == before


def test_a_beginning_that_fails_leaves_nothing(tmp_path: Path, planned: list[Planned]) -> None:
    with Ledger(tmp_path / "r.sqlite", "r") as ledger:
        with pytest.raises(AwaBatchError, match="UNIQUE"):
            ledger.begin([*planned, planned[0]], run="r")
        assert (ledger.about(), ledger.entries()) == ({}, [])


def test_what_was_lost_is_kept_with_the_job(ledger: Ledger) -> None:
    ledger.write([], claim=1)
    ledger.write([Change(1, "planned", lost=2)])
    (job,) = ledger.write([], claim=1)
    assert (job.entry.line, job.entry.lost) == (1, 2)


def test_it_is_on_the_disk_as_sqlite_can(ledger: Ledger) -> None:
    assert ledger._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert ledger._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_second_one_is_locked_out_until_the_first_is_closed(ledger: Ledger) -> None:
    with pytest.raises(UsageError, match="is being submitted by process"):
        Ledger(ledger.path, "r")
    ledger.close()
    with Ledger(ledger.path, "r") as again:
        assert again.about()["sha256"] == "0"


def test_a_later_version_is_left_alone(ledger: Ledger) -> None:
    ledger._db.execute("PRAGMA user_version = 2")
    ledger.close()
    with pytest.raises(AwaBatchError, match="has version 2"):
        Ledger(ledger.path, "r")
    with pytest.raises(AwaBatchError, match="has version 2"):  # and not locked
        Ledger(ledger.path, "r")


def test_a_file_that_is_no_ledger_is_told(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    path.write_bytes(b"x" * 5000)
    with pytest.raises(AwaBatchError, match=r"r.sqlite cannot be used: file is not a database"):
        Ledger(path, "r")
