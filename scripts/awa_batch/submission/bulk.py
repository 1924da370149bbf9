"""Submit all jobs of a run exactly once, and go on with it after whatever happened.

One thread owns the ledger: it marks jobs as sent, hands them to the senders and writes down what became of them, all
that has gathered in one commit. What stays unclear is looked up by name (`reconcile`) while the others go on; nothing
unclear is sent again before the time to look for it is over.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from awa_batch.batch.failures import CallError
from awa_batch.batch.listing import ids_by_name
from awa_batch.batch.patience import Outage
from awa_batch.submission.breaker import CircuitBreaker
from awa_batch.submission.care import Care
from awa_batch.submission.ledger import Change, Entry, Ledger, State
from awa_batch.submission.pace import SUBMIT_RATE, Pace
from awa_batch.submission.reconcile import LookupResult, Reconciler, beginnings
from awa_batch.submission.single import MAX_TRIES
from awa_batch.submission.submit_threads import Answer, SubmitThreads

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients


_OUTAGE_TOLD = 2.0
"""Seconds after which an outage is told."""

_PAGES_TOLD = 50
"""Calls of ListJobs after which a look at the start says that it is still going on."""


@dataclass(frozen=True)
class Settings(Care):
    """How a run is sent. ``rate`` is in calls a second; ``threads`` is at most botocore's 10 connections."""

    rate: float = SUBMIT_RATE
    threads: int = 8


@dataclass(frozen=True)
class Progress:
    """Where a run stands. ``rate`` is the pace in calls a second, ``sent_now`` what this process got accepted."""

    total: int
    counts: Counter[State]
    sent_now: int
    throttles: int
    rate: float
    seconds: float
    outage: str = ""  # what AWS or the SDK says, while nothing is accepted because of an outage

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
    not_sent_again: tuple[Entry, ...] = ()  # left unclear because nothing may be doubled


def adopt(clients: Clients, ledger: Ledger, prefix: str, tell: Callable[[str], None] = lambda _: None) -> int:
    """Take as accepted what AWS Batch has of a run and its ledger does not know; return how many.

    So a run is not doubled where its ledger is older than the truth (a backup, a copy, a crash that took its latest
    notes), was lost, or lies on another machine. ``tell`` gets what this costs; a run with nothing left costs nothing.
    Raises CallError, also where the permission to look is missing: without it nothing unclear could ever be resolved,
    so nothing is sent.
    """
    entries = ledger.entries()
    left = [entry for entry in entries if entry.state != "accepted"]
    if not left:
        return 0
    pages = 0

    def count() -> None:
        nonlocal pages
        pages += 1
        if pages % _PAGES_TOLD == 0:
            tell(f"Still asking AWS Batch what it has of this run: {pages} calls so far.")

    found: dict[str, str] = {}
    for queue_arn, beginning in beginnings(prefix, entries):
        found.update(ids_by_name(clients.batch, queue_arn, f"{beginning}*", count))
    changes = [
        Change(entry.line, "accepted", found[entry.name], found=True, lost=entry.lost)
        for entry in left
        if entry.name in found
    ]
    ledger.write(changes)
    calls = "1 call" if pages == 1 else f"{pages} calls"
    tell(f"AWS Batch was asked what it has of this run ({calls}): {len(changes) or 'nothing'} that was not known here.")
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
        self._ledger = ledger
        self._settings = settings
        self._stop = stop
        self._tell = tell
        self._pace = Pace(settings.rate)
        self._halt = threading.Event()  # set for the senders, by whatever ends the run
        self._events: queue.SimpleQueue[Answer | LookupResult | BaseException] = queue.SimpleQueue()
        self._threads = SubmitThreads(clients.batch_submit, self._pace, self._events.put, self._halt, settings.threads)
        self._reconciler = Reconciler(clients.batch, prefix, settings.lookup_waits, self._events.put)
        bound = clients.contract.target.watch_intervals.outage_bound
        patience = bound if settings.patience is None else settings.patience
        self._breaker = CircuitBreaker(lambda: self._pace.throttles, patience)
        self._looks = Outage(patience)
        self._in_flight = 0
        self._stopped: Exception | None = None
        self._counts = ledger.counts()
        self._total = sum(self._counts.values())
        self._began = time.monotonic()
        self._reported_at = 0.0
        self._sent_now = self._found = 0
        self._lost_here: Counter[int] = Counter()  # line → tries lost by this process
        self._not_sent_again: list[Entry] = []
        self._resume()

    def go(self) -> Outcome:
        try:
            while True:
                if self._stop.is_set() or self._stopped:
                    self._halt.set()
                if not self._halt.is_set():
                    self._reconciler.look_up_due()
                claimed = self._write([], claim=self._room())
                unclear = (self._reconciler or self._reconciler.is_looking) and not self._halt.is_set()
                held = self._breaker.is_holding and self._counts["planned"] > 0 and not self._halt.is_set()
                if not (self._in_flight or claimed or unclear or held):
                    break
                self._handle_events()
                self._end(self._breaker.throttled_too_long())
                self._report()
        finally:
            self._halt.set()
            self._threads.end()
        self._report(last=True)
        interrupted = self._stop.is_set() and self._stopped is None and self._progress().left > 0
        return Outcome(self._progress(), interrupted, self._stopped, self._found, tuple(self._not_sent_again))

    def _resume(self) -> None:
        """Begin with what a former process left: what it was sending is unclear, what AWS refused is tried again."""
        changes = [
            self._mark_unclear(entry, lost=entry.lost + 1 if entry.state == "sent" else entry.lost, error=entry.error)
            for entry in self._ledger.entries("sent", "unclear")
        ]
        if self._settings.never_double:  # what another start has given up to look for
            changes += [
                self._mark_unclear(entry, lost=entry.lost, error=entry.error)
                for entry in self._ledger.entries("planned")
                if entry.lost
            ]
        changes += [
            self._counted("refused", Change(entry.line, "planned", lost=entry.lost))
            for entry in self._ledger.entries("refused")
        ]
        self._write(changes)

    # -- the ledger ------------------------------------------------------------------------------------------------

    def _room(self) -> int:
        """Return how many jobs to hand out: enough that no sender waits for a commit, few enough to be unclear."""
        if self._halt.is_set():
            return 0
        return self._breaker.room(max(0, 4 * self._settings.threads - self._in_flight), self._in_flight)

    def _write(self, changes: list[Change], claim: int = 0) -> int:
        """Write changes down, then hand out what was claimed in the same commit; return how many that is."""
        to_send = self._ledger.write(changes, claim if self._counts["planned"] else 0)
        for job in to_send:
            self._threads.send(job)
        self._in_flight += len(to_send)
        self._counts["planned"] -= len(to_send)
        self._counts["sent"] += len(to_send)
        return len(to_send)

    def _counted(self, was: State, change: Change) -> Change:
        """Count a change of state; counting in the ledger at each would be a scan of it."""
        self._counts[was] -= 1
        self._counts[change.state] += 1
        return change

    def _mark_unclear(self, entry: Entry, *, lost: int, error: str | None, once: bool = False) -> Change:
        """Have a job looked up: as often as it takes, or ``once`` where that has been done before."""
        self._reconciler.add(replace(entry, state="unclear", lost=lost, error=error), once=once)
        return self._counted(entry.state, Change(entry.line, "unclear", lost=lost, error=error))

    # -- what happens ----------------------------------------------------------------------------------------------

    def _handle_events(self) -> None:
        """Wait for something to happen, and write down all that has."""
        timeout = 0.2
        if not self._reconciler.is_looking:
            timeout = min(timeout, max(0.001, self._reconciler.next_due() - time.monotonic()))
        changes: list[Change] = []
        try:
            changes += self._changes_of(self._events.get(timeout=timeout))
            while True:
                changes += self._changes_of(self._events.get_nowait())
        except queue.Empty:
            pass
        self._write(changes, claim=self._room() if changes else 0)

    def _changes_of(self, event: Answer | LookupResult | BaseException) -> list[Change]:
        if isinstance(event, BaseException):
            raise event
        return self._on_lookup(event) if isinstance(event, LookupResult) else [self._on_answer(event)]

    def _on_answer(self, answer: Answer) -> Change:
        self._in_flight -= 1
        entry = answer.entry
        if answer.outcome == "accepted":
            self._sent_now += 1
            self._breaker.accepted()
            return self._counted("sent", Change(entry.line, "accepted", answer.job_id, lost=entry.lost))
        if answer.outcome == "unsent":
            return self._counted("sent", Change(entry.line, "planned", lost=entry.lost))
        assert answer.error is not None  # noqa: S101 - every other outcome has one
        return self._on_failure(entry, answer.error)

    def _on_failure(self, entry: Entry, error: CallError) -> Change:
        self._end(self._breaker.failed(error))
        if error.failure == "unreached" and self._stopped is None:
            self._pace.slow_down(time.monotonic())
        if error.failure == "lost":
            self._lost_here[entry.line] += 1
            return self._mark_unclear(entry, lost=entry.lost + 1, error=error.said)
        if not entry.lost:
            is_refused = error.failure == "refused" and error.is_of_the_request
            change = Change(entry.line, "refused", error=error.said) if is_refused else Change(entry.line, "planned")
            return self._counted("sent", change)
        if error.failure == "refused":  # of what was lost before, nobody can tell: it stays so until the next start
            return self._counted("sent", Change(entry.line, "unclear", lost=entry.lost, error=error.said))
        return self._mark_unclear(entry, lost=entry.lost, error=error.said, once=True)

    def _on_lookup(self, result: LookupResult) -> list[Change]:
        if result.error is None:
            self._looks.ended()
        elif not self._looks.goes_on(result.error):
            self._end(result.error)
        changes = []
        for entry, job_id in self._reconciler.settle(result):
            if job_id:
                change = Change(entry.line, "accepted", job_id, found=True, lost=entry.lost)
                changes.append(self._counted("unclear", change))
                self._found += 1
                self._breaker.accepted()
            elif self._settings.never_double:
                self._not_sent_again.append(entry)
            elif self._lost_here[entry.line] < MAX_TRIES:
                changes.append(self._counted("unclear", Change(entry.line, "planned", lost=entry.lost)))
        return changes

    def _end(self, error: Exception | None) -> None:
        """End the run because of ``error``, where there is one; the first one is told."""
        if error is not None:
            self._stopped = self._stopped or error
            self._halt.set()

    # -- telling ---------------------------------------------------------------------------------------------------

    def _progress(self) -> Progress:
        return Progress(
            self._total,
            Counter(self._counts),
            self._sent_now,
            self._pace.throttles,
            self._pace.rate,
            time.monotonic() - self._began,
            self._breaker.outage(at_least=_OUTAGE_TOLD),
        )

    def _report(self, *, last: bool = False) -> None:
        now = time.monotonic()
        if last or now - self._reported_at >= 0.2:
            self._reported_at = now
            self._tell(self._progress())
