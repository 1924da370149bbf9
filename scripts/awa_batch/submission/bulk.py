"""Submit all jobs of a run exactly once, and go on with it after whatever happened.

One thread owns the ledger: it marks jobs as sent, hands them to the senders and writes down what became of them, all
that has gathered in one commit. What stays unclear is looked up by name, many at a time, in a thread of its own while
the others go on; nothing unclear is sent again before `LOOKUP_WAITS` are over.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from awa_batch.batch.clients import refused
from awa_batch.errors import AwsError
from awa_batch.submission.ledger import Change, Entry, Ledger, State
from awa_batch.submission.lookup import find_all, look_up
from awa_batch.submission.pace import SUBMIT_RATE, Pace
from awa_batch.submission.sender import Answer, Senders
from awa_batch.submission.single import LOOKUP_WAITS, MAX_TRIES, MAX_UNREACHED

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients

STOP_AFTER = 20
"""Answers in a row without a single acceptance after which the cause is not the jobs: sending stops."""

UNREACHED_SECONDS = 60.0
THROTTLED_SECONDS = 300.0


@dataclass(frozen=True)
class Settings:
    """How a run is sent. ``rate`` is in calls a second; ``threads`` is at most botocore's 10 connections."""

    rate: float = SUBMIT_RATE
    threads: int = 8
    lookup_waits: tuple[float, ...] = LOOKUP_WAITS


@dataclass(frozen=True)
class Progress:
    """Where a run stands. ``rate`` is the pace in calls a second, ``sent_now`` what this process got accepted."""

    total: int
    counts: Counter[State]
    sent_now: int
    throttles: int
    rate: float
    seconds: float

    @property
    def left(self) -> int:
        """Jobs that are not accepted yet."""
        return self.total - self.counts["accepted"]


@dataclass
class Outcome:
    """How a run ended: ``stopped`` is why it did before all was tried, ``interrupted`` that it was told to."""

    progress: Progress
    interrupted: bool = False
    stopped: Exception | None = None
    found: int = 0


@dataclass
class _Doubt:
    """A job that may have been accepted: how many looks it had and when the next is due."""

    entry: Entry
    due: float
    looks: int = 0


@dataclass(frozen=True)
class _Looked:
    lines: tuple[int, ...]
    found: dict[int, str] = field(default_factory=dict)
    error: Exception | None = None


def adopt(clients: Clients, ledger: Ledger, prefix: str) -> int:
    """Take as accepted what AWS Batch already has of a run that this ledger has just begun; return how many.

    So a run is not doubled where its ledger was lost, or lies on another machine. Raises AwsError, also where the
    permission to look is missing: without it nothing unclear could ever be resolved, so nothing is sent.
    """
    entries = ledger.entries("planned")
    found: dict[str, str] = {}
    for name in sorted({entry.queue for entry in entries}):
        found.update(find_all(clients.batch, name, f"{prefix}*"))
    changes = [
        Change(entry.line, "accepted", found[entry.name], found=True) for entry in entries if entry.name in found
    ]
    ledger.write(changes)
    ledger.note(adopted="yes")
    return len(changes)


def submit_run(
    clients: Clients,
    ledger: Ledger,
    prefix: str,
    *,
    settings: Settings | None = None,
    stop: threading.Event | None = None,
    tell: Callable[[Progress], None] = lambda _: None,
) -> Outcome:
    """Send what the ledger has left, and return how it ended.

    ``prefix`` is what all the run's names begin with. Setting ``stop`` (from a signal handler) ends the run cleanly:
    calls under way are waited for. ``tell`` gets the progress a few times a second. Raises AwaBatchError where the
    ledger cannot be written; what AWS says is in the outcome.
    """
    return _Run(clients, ledger, prefix, settings or Settings(), stop or threading.Event(), tell).go()


class _Run:
    def __init__(
        self,
        clients: Clients,
        ledger: Ledger,
        prefix: str,
        settings: Settings,
        stop: threading.Event,
        tell: Callable[[Progress], None],
    ) -> None:
        self._reader = clients.batch
        self._ledger = ledger
        self._prefix = prefix
        self._settings = settings
        self._stop = stop
        self._tell = tell
        self._pace = Pace(settings.rate)
        self._halt = threading.Event()  # set for the senders, by whatever ends the run
        self._answers: queue.SimpleQueue[Answer | _Looked | BaseException] = queue.SimpleQueue()
        self._senders = Senders(clients.batch_submit, self._pace, self._answers, self._halt, settings.threads)  # type: ignore[arg-type]
        self._flying = 0
        self._looking = False
        self._next_look = 0.0
        self._stopped: Exception | None = None
        self._counts = ledger.counts()
        self._total = sum(self._counts.values())
        self._began = self._last_accepted = time.monotonic()
        self._told = 0.0
        self._sent_now = self._found = 0
        self._failed_in_a_row = self._unreached_in_a_row = 0
        self._answered = False
        self._throttles_then = 0
        self._doubts: dict[int, _Doubt] = {}
        self._take_over()

    def go(self) -> Outcome:
        try:
            while True:
                if self._stop.is_set() or self._stopped:
                    self._halt.set()
                self._look()
                claimed = self._write([], claim=self._room())
                waiting = (self._doubts or self._looking) and not self._halt.is_set()
                if not (self._flying or claimed or waiting):
                    break
                self._take()
                self._check_throttled()
                self._report()
        finally:
            self._halt.set()
            self._senders.end()
        self._report(last=True)
        interrupted = self._stop.is_set() and self._stopped is None and self._progress().left > 0
        return Outcome(self._progress(), interrupted, self._stopped, self._found)

    def _take_over(self) -> None:
        """Begin with what a former process left: what it was sending is unclear, what AWS refused is tried again."""
        changes = [
            self._doubt(entry, "unclear" if entry.state == "unclear" else "sent", 1, entry.error)
            for entry in self._ledger.entries("sent", "unclear")
        ]
        changes += [
            self._moved("refused", Change(entry.line, "planned", lost=entry.lost))
            for entry in self._ledger.entries("refused")
        ]
        self._write(changes)

    # -- sending ---------------------------------------------------------------------------------------------------

    def _room(self) -> int:
        """Return how many jobs to hand out: enough that no sender waits for a commit, few enough to be unclear."""
        return 0 if self._halt.is_set() else max(0, 4 * self._settings.threads - self._flying)

    def _write(self, changes: list[Change], claim: int = 0) -> int:
        """Write changes down, then hand out what was claimed in the same commit; return how many that is."""
        to_send = self._ledger.write(changes, claim if self._counts["planned"] else 0)
        for job in to_send:
            self._senders.send(job)
        self._flying += len(to_send)
        self._counts["planned"] -= len(to_send)
        self._counts["sent"] += len(to_send)
        return len(to_send)

    def _moved(self, was: State, change: Change) -> Change:
        """Count a change of state; counting in the ledger at each would be a scan of it."""
        self._counts[was] -= 1
        self._counts[change.state] += 1
        return change

    def _take(self) -> None:
        """Wait for something to happen, and write down all that has."""
        due = max(self._next_look, min((doubt.due for doubt in self._doubts.values()), default=math.inf))
        timeout = min(0.2, max(0.001, due - time.monotonic())) if not self._looking else 0.2
        changes: list[Change] = []
        try:
            changes += self._taken(self._answers.get(timeout=timeout))
            while True:
                changes += self._taken(self._answers.get_nowait())
        except queue.Empty:
            pass
        self._write(changes, claim=self._room() if changes else 0)

    def _taken(self, event: Answer | _Looked | BaseException) -> list[Change]:
        if isinstance(event, BaseException):
            raise event
        return self._looked(event) if isinstance(event, _Looked) else [self._answer(event)]

    def _answer(self, answer: Answer) -> Change:
        self._flying -= 1
        entry, outcome = answer.entry, answer.outcome
        if outcome == "accepted":
            self._sent_now += 1
            self._answered = True
            self._went_well()
            return self._moved("sent", Change(entry.line, "accepted", answer.job_id, lost=entry.lost))
        if outcome == "unsent":
            return self._moved("sent", Change(entry.line, "planned", lost=entry.lost))
        self._watch(answer)
        error = str(answer.error)
        if outcome == "lost":
            return self._doubt(entry, "sent", entry.lost + 1, error)
        if not entry.lost:
            refused_it = outcome == "refused" and _is_of_the_job(answer.error)
            change = Change(entry.line, "refused", error=error) if refused_it else Change(entry.line, "planned")
            return self._moved("sent", change)
        if outcome == "refused":  # of what was lost before, nobody can tell: it stays as it is until the next start
            return self._moved("sent", Change(entry.line, "unclear", lost=entry.lost, error=error))
        return self._doubt(entry, "sent", entry.lost, error, once=True)

    def _went_well(self) -> None:
        self._failed_in_a_row = self._unreached_in_a_row = 0
        self._last_accepted = time.monotonic()
        self._throttles_then = self._pace.throttles

    def _watch(self, answer: Answer) -> None:
        """Stop the run where what fails is not this job but everything."""
        error = answer.error
        assert error is not None  # noqa: S101
        silent = time.monotonic() - self._last_accepted
        doing = f"submitting {answer.entry.name}"
        if answer.outcome == "unreached":
            self._unreached_in_a_row += 1
            enough = silent > UNREACHED_SECONDS if self._answered else self._unreached_in_a_row >= MAX_UNREACHED
            if enough:
                self._end(refused(error, doing))
            else:
                self._pace.slow_down(time.monotonic())
            return
        self._answered = True
        self._unreached_in_a_row = 0
        if answer.outcome == "refused" and not _is_of_the_job(error):
            self._end(refused(error, doing))
            return
        self._failed_in_a_row += answer.outcome != "throttled"
        if self._failed_in_a_row >= STOP_AFTER:
            self._end(AwsError(f"{STOP_AFTER} jobs in a row were not accepted: {error}", fix="Run `awa-batch doctor`."))

    def _check_throttled(self) -> None:
        silent = time.monotonic() - self._last_accepted
        if silent > THROTTLED_SECONDS and self._pace.throttles > self._throttles_then:
            self._end(
                AwsError(
                    f"AWS has throttled every call for {silent:.0f} s.",
                    fix="Something else uses up the account's 50 submissions a second: find it, or go on later.",
                )
            )

    def _end(self, error: Exception) -> None:
        if self._stopped is None:
            self._stopped = error
        self._halt.set()

    # -- looking ---------------------------------------------------------------------------------------------------

    def _doubt(self, entry: Entry, was: State, lost: int, error: str | None, *, once: bool = False) -> Change:
        """Put a job among those to be looked up: as often as it takes, or ``once`` where that has been done before."""
        waits = self._settings.lookup_waits
        doubtful = Entry(entry.line, entry.name, entry.queue, "unclear", lost=lost, error=error)
        self._doubts[entry.line] = _Doubt(doubtful, time.monotonic() + waits[0], len(waits) - 1 if once else 0)
        return self._moved(was, Change(entry.line, "unclear", lost=lost, error=error))

    def _look(self) -> None:
        """Start a look for the jobs that are due, unless one is under way."""
        now = time.monotonic()
        due = [doubt.entry for doubt in self._doubts.values() if doubt.due <= now]
        if self._looking or not due or now < self._next_look or self._halt.is_set():
            return
        self._looking = True
        self._next_look = now + self._settings.lookup_waits[0]  # those that come due meanwhile share the next one
        lines = tuple(entry.line for entry in due)

        def work() -> None:
            try:
                self._answers.put(_Looked(lines, look_up(self._reader, self._prefix, due)))
            except AwsError as error:
                self._answers.put(_Looked(lines, error=error))
            except BaseException as error:
                self._answers.put(error)

        threading.Thread(target=work, daemon=True).start()

    def _looked(self, looked: _Looked) -> list[Change]:
        self._looking = False
        if looked.error is not None:
            self._end(looked.error)
            return []
        changes = []
        for line in looked.lines:
            doubt = self._doubts[line]
            entry = doubt.entry
            if job_id := looked.found.get(line):
                change = Change(line, "accepted", job_id, found=True, lost=entry.lost)
                changes.append(self._moved("unclear", change))
                self._found += 1
                self._went_well()
                del self._doubts[line]
                continue
            doubt.looks += 1
            if doubt.looks < len(self._settings.lookup_waits):
                doubt.due = time.monotonic() + self._settings.lookup_waits[doubt.looks]
                continue
            del self._doubts[line]
            if entry.lost < MAX_TRIES:
                changes.append(self._moved("unclear", Change(line, "planned", lost=entry.lost)))
        return changes

    # -- telling ---------------------------------------------------------------------------------------------------

    def _progress(self) -> Progress:
        return Progress(
            self._total,
            Counter(self._counts),
            self._sent_now,
            self._pace.throttles,
            self._pace.rate,
            time.monotonic() - self._began,
        )

    def _report(self, *, last: bool = False) -> None:
        now = time.monotonic()
        if last or now - self._told >= 0.2:
            self._told = now
            self._tell(self._progress())


def _is_of_the_job(error: Any) -> bool:
    """Whether a refusal is about this request, not about the credentials or the permission of all."""
    code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
    return code in {"ClientException", "ValidationException"}
