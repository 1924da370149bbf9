"""What has become of each job of a run, on disk before the call that makes it."""

from __future__ import annotations

import contextlib
import difflib
import json
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from awa_batch.errors import AwaBatchError, UsageError
from awa_batch.files import HeldError, is_locked, lock, private_folder
from awa_batch.paths import state_dir
from awa_batch.submission.plan import Planned, check_run_name
from awa_batch.text import Command, Field

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import SubmitJobRequestTypeDef

State = Literal["planned", "sent", "accepted", "refused", "unclear"]
"""planned: to be sent; AWS Batch does not have it, as far as several looks can tell
sent: on its way; after a kill the same as unclear
accepted: AWS Batch has it
refused: AWS said no; the next start sends it again
unclear: perhaps accepted; to be looked up before it is sent again"""

Loss = Literal["", "ledger", "notes"]
"""What is missing of what a former process wrote down: nothing, the whole ledger, or its latest notes."""

VERSION = 1
_SCHEMA = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE job (
  line INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, queue TEXT NOT NULL, request TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('planned', 'sent', 'accepted', 'refused', 'unclear')),
  job_id TEXT, found INTEGER NOT NULL DEFAULT 0, lost INTEGER NOT NULL DEFAULT 0, error TEXT,
  CHECK ((state = 'accepted') = (job_id IS NOT NULL))
);
CREATE INDEX job_state ON job (state, line);
"""


@dataclass(frozen=True)
class Entry:
    """One job of a run. ``lost`` counts the tries whose answer was lost; ``found`` tells that it was found by name."""

    line: int
    name: str
    queue: str
    state: State
    job_id: str | None = None
    found: bool = False
    lost: int = 0
    error: str | None = None

    @property
    def was_resent(self) -> bool:
        """Whether it was sent again after a lost answer that was never found: there may be two of it."""
        return self.lost > 1 or (self.lost == 1 and self.state == "accepted" and not self.found)


@dataclass(frozen=True)
class Change:
    """What became of the job of ``line``, to be written over its entry: its state, and id or error where it has one.

    ``found``: its id was found by its name after a lost answer; ``lost`` is how many answers to its calls were lost.
    """

    line: int
    state: State
    job_id: str | None = None
    found: bool = False
    lost: int = 0
    error: str | None = None


@dataclass(frozen=True)
class ToSend:
    """An entry with its request, marked as sent."""

    entry: Entry
    request: SubmitJobRequestTypeDef


def ledger_file(state: Path, environment: str, run: str) -> Path:
    """Return where a run's ledger lies: one file per environment and run, so that a lock is one run's."""
    return state / "ledger" / environment / f"{run}.sqlite"


class Ledger:
    """A run's ledger, open and locked. Used by one thread; every write is on the disk when it returns."""

    def __init__(self, path: Path, run: str) -> None:
        """Open or make the ledger. Raises UsageError where another process has it, AwaBatchError where it is broken."""
        self.path = path
        self.run = run
        private_folder(path.parent)
        was_begun = path.with_suffix(".lock").exists()
        self._lock = _lock(path.with_suffix(".lock"), run)
        self._open_mark = path.with_suffix(".open")
        self.was_cut_off = self._open_mark.exists()
        """Whether the last process that sent from this ledger ended without closing it (a kill, a power cut)."""
        self.loss = _loss(path, was_begun=was_begun, was_cut_off=self.was_cut_off)
        self._is_held = False
        try:
            with self._sqlite_errors():
                _make_private(path)
                self._db = sqlite3.connect(path, isolation_level=None)
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = FULL")  # a power cut takes nothing back that was answered
                self._make_or_check()
        except BaseException:
            os.close(self._lock)
            raise

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close and unlock. The lock's file stays: without it two processes could lock two files of one name."""
        if self._is_held:  # first the mark: a kill between the two must not look like a loss
            with contextlib.suppress(OSError):
                self._open_mark.unlink(missing_ok=True)
        self._db.close()
        os.close(self._lock)

    def about(self) -> dict[str, str]:
        """Return what was written down of the run when it began."""
        with self._sqlite_errors():
            return dict(self._db.execute("SELECT key, value FROM about"))

    def hold(self) -> None:
        """Mark the ledger as one that is sent from, until it is closed.

        SQLite keeps the latest commits in a file of its own (``-wal``) until then. The write here sees to it that this
        file is there and not empty: where the mark is found without it, commits are missing (`loss`).
        Raises AwaBatchError.
        """
        with self._sqlite_errors():
            with self._transaction():
                facts = ("held_at", time.strftime("%Y-%m-%d %H:%M:%S"))
                self._db.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", facts)
            try:
                file = os.open(self._open_mark, os.O_WRONLY | os.O_CREAT, 0o600)
                os.fsync(file)
                os.close(file)
            except OSError as error:
                raise sqlite3.OperationalError(str(error)) from error
        self._is_held = True

    def begin(self, planned: Iterable[Planned], **facts: str) -> None:
        """Take all of a run's requests and the facts about it, in one transaction: all or nothing."""
        rows = (
            (entry.line, entry.request.job_name, entry.request.job_queue, json.dumps(entry.request.submit_job))
            for entry in planned
        )
        facts["begun_at"] = time.strftime("%Y-%m-%d %H:%M:%S")
        with self._sqlite_errors(), self._transaction():
            self._db.executemany(
                "INSERT INTO job (line, name, queue, request, state) VALUES (?, ?, ?, ?, 'planned')", rows
            )
            self._db.executemany("INSERT INTO about VALUES (?, ?)", facts.items())

    def counts(self) -> Counter[State]:
        """Return how many jobs are in which state."""
        with self._sqlite_errors():
            return Counter(dict(self._db.execute("SELECT state, count(*) FROM job GROUP BY state")))

    def entries(self, *states: State) -> list[Entry]:
        """Return the jobs in these states (all without any), in the order of the file."""
        with self._sqlite_errors():
            return _entries(self._db, *states)

    def write(self, changes: Sequence[Change], claim: int = 0) -> list[ToSend]:
        """Write ``changes`` and mark the next ``claim`` planned jobs as sent, in one commit; return those to send."""
        if not changes and not claim:
            return []
        with self._sqlite_errors(), self._transaction():
            self._db.executemany(
                "UPDATE job SET state = ?, job_id = ?, found = ?, lost = ?, error = ? WHERE line = ?",
                [(c.state, c.job_id, c.found, c.lost, c.error, c.line) for c in changes],
            )
            rows = self._db.execute(
                "SELECT line, name, queue, lost, request FROM job WHERE state = 'planned' ORDER BY line LIMIT ?",
                (claim,),
            ).fetchall()
            self._db.executemany("UPDATE job SET state = 'sent' WHERE line = ?", [(row[0],) for row in rows])
        return [
            ToSend(Entry(line, name, queue, "sent", lost=lost), json.loads(request))
            for line, name, queue, lost, request in rows
        ]

    def _make_or_check(self) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version == 0:
            with self._transaction():
                for statement in _SCHEMA.split(";"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {VERSION}")
        elif version != VERSION:
            raise AwaBatchError(
                f"The ledger {self.path} has version {version}; this toolkit writes {VERSION}.",
                fix=(
                    "Finish the run with the toolkit that began it, or take another ",
                    Field("run"),
                    " name for a new one.",
                ),
            )

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextlib.contextmanager
    def _sqlite_errors(self) -> Iterator[None]:
        """Raise AwaBatchError for what SQLite raises."""
        try:
            yield
        except sqlite3.Error as error:
            raise AwaBatchError(
                f"The ledger {self.path} cannot be used: {error}.",
                fix="Check the free space and the permissions there; then the same command goes on where it was.",
            ) from error


def read_run(environment: str, run: str) -> list[Entry]:
    """Return the jobs of a run without locking it, also while it is being submitted.

    Raises UsageError for a run that this clone does not know, AwaBatchError where its ledger is broken.
    """
    check_run_name(run)
    folder = state_dir()
    path = ledger_file(folder, environment, run)
    if not path.is_file():
        known = sorted(file.stem for file in path.parent.glob("*.sqlite"))
        near = difflib.get_close_matches(run, known, n=1)
        raise UsageError(
            Field("run", run),
            f": this clone has begun no such run in {environment}.",
            fix=(
                (f"Did you mean {near[0]!r}? " if near else "") + f"There are: {', '.join(known[-10:])}."
                if known
                else ("Begin one: ", Command("submit", Field("from"), "FILE", Field("run"), "NAME"), ".")
            ),
        )
    try:
        with contextlib.closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as db:
            return _entries(db)
    except sqlite3.Error as error:
        raise AwaBatchError(f"The ledger {path} cannot be read: {error}.", fix="Check its permissions.") from error


def is_being_submitted(environment: str, run: str) -> bool:
    """Return whether a process of this machine holds the run's lock."""
    return is_locked(ledger_file(state_dir(), environment, run).with_suffix(".lock"))


def _make_private(path: Path) -> None:
    """Have the database be its owner's alone; SQLite makes the files beside it (-wal, -shm) with its mode."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise sqlite3.OperationalError(str(error)) from error


def _loss(path: Path, *, was_begun: bool, was_cut_off: bool) -> Loss:
    """Tell what is missing, by the files beside a ledger; its lock is held, so nobody is changing them."""
    try:
        is_there = path.stat().st_size > 0
    except FileNotFoundError:
        is_there = False
    if not is_there:
        return "ledger" if was_begun else ""
    latest = path.with_name(f"{path.name}-wal")
    return "notes" if was_cut_off and not (latest.is_file() and latest.stat().st_size) else ""


def _entries(db: sqlite3.Connection, *states: State) -> list[Entry]:
    marks = ", ".join("?" * len(states))
    where = f"WHERE state IN ({marks})" if states else ""
    rows = db.execute(
        f"SELECT line, name, queue, state, job_id, found, lost, error FROM job {where} ORDER BY line",  # noqa: S608
        states,
    ).fetchall()
    return [
        Entry(line, name, queue, state, job_id, bool(found), lost, error)
        for line, name, queue, state, job_id, found, lost, error in rows
    ]


def _lock(path: Path, run: str) -> int:
    """Lock the run for this process, until it ends however it ends; return the open file."""
    try:
        return lock(path, wait=False)
    except HeldError as error:
        raise UsageError(
            Field("run", run),
            f" is being submitted by process {error.pid}.",
            fix="Let it finish, or stop it with Ctrl-C; the same command then goes on where it was.",
        ) from None
