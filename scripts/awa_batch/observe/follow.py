"""Follow jobs: their changes of state and their log lines, as they come."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

from awa_batch.errors import AwsError
from awa_batch.observe.job import Job
from awa_batch.observe.log_reader import LogLine, LogReader
from awa_batch.observe.queries import describe
from awa_batch.observe.watch import Watching, watch
from awa_batch.text import Command, Text

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient
    from mypy_boto3_logs import CloudWatchLogsClient

MOST_CHILDREN = 200
"""Children of an array whose logs are followed: each has streams of its own, and GetLogEvents has a quota."""

READS_PER_SECOND = 10.0
"""How many streams of an array are read a second: GetLogEvents has a quota of 25 calls a second for the account."""


@dataclass(frozen=True)
class Event:
    """Something new of ``job``: a line of its log, a ``note`` for the user, or a new status or count of an array."""

    job: Job
    line: LogLine | None = None
    note: Text | None = None


def follow(
    batch: BatchClient,
    logs: CloudWatchLogsClient,
    ids: Sequence[str],
    *,
    log_tick: float = 2.0,
    settle: float = 3.0,
    since: int | None = None,
    tail: int | None = None,
    pause: Callable[[float], None] | None = None,
    **watching: Unpack[Watching],
) -> Iterator[Event]:
    """Yield events until every job has ended and its log is drained.

    Of an array, the lines of its first 200 children come with the child as their job; those of one reading are in the
    order of their time. Logs are read every ``log_tick`` seconds, also between two ticks of the watching. CloudWatch
    shows a line some moments after it was written: after a job's end its streams are read again every ``settle``
    seconds until a reading brings nothing (0: they are complete at once, as on the local AWS). A log that cannot be
    read becomes a note, once: it never hides how the job ends. Of what is there at the beginning, ``since`` (epoch
    milliseconds) leaves out what is older, ``tail`` all but the last lines (of an array, of each child). ``pause`` and
    ``watching`` go to `watch`. Raises what `watch` raises.
    """
    pause = pause or (lambda seconds: time.sleep(seconds))
    seen: dict[str, Job] = {}
    ended: set[str] = set()
    reading = _Reading(batch, logs, since, tail, READS_PER_SECOND if settle else None)
    for jobs in watch(batch, ids, pause=pause, between=log_tick, **watching):
        for job_id in dict.fromkeys(ids):
            job = jobs.get(job_id)
            if job is None or job_id in ended:
                continue
            before = seen.get(job_id)
            seen[job_id] = job
            if before is None and (job.array_size or 0) > MOST_CHILDREN:
                shown = f"The logs of the first {MOST_CHILDREN} of {job.array_size} children are shown; of any other: "
                yield Event(job, note=(shown, Command("logs", f"{job_id}:INDEX")))
            if not job.is_complete and (before is None or _state(before) != _state(job)):
                yield Event(job)
            yield from reading.lines(job, fresh=job is not before)
            if job.is_complete:
                ended.add(job_id)
                if settle:
                    yield from _drain(reading, job, settle, pause)
                yield Event(job)


def _state(job: Job) -> tuple[str, dict[str, int]]:
    return job.status, job.array_summary


def streams(job: Job) -> list[str]:
    """Return the log streams of every attempt, in order."""
    names = [attempt.log_stream for attempt in job.attempts] + [job.log_stream]
    return list(dict.fromkeys(name for name in names if name))


class _Reading:
    """The streams that are read, and where each stopped."""

    def __init__(
        self,
        batch: BatchClient,
        logs: CloudWatchLogsClient,
        since: int | None,
        tail: int | None,
        rate: float | None,
    ) -> None:
        self._batch = batch
        self._logs = logs
        self._since = since
        self._tail = tail
        self._readers: dict[tuple[str, str], LogReader] = {}
        self._met: set[str] = set()  # jobs whose log was looked at: what comes from then on is all shown
        self._children: dict[str, dict[str, Job]] = {}
        self._rate = rate
        self._due: dict[str, float] = {}  # when an array's children may be read again
        self._noted = False

    def lines(self, job: Job, *, fresh: bool = True) -> Iterator[Event]:
        """Yield the job's new lines; of an array, its children's, which are described anew where ``fresh``."""
        if not job.is_array:
            yield from self._guarded(job, self._of(job))
            return
        if fresh:
            try:
                self._describe_children(job)
            except AwsError as error:
                yield from self._note(job, error)
        if not job.is_complete and time.monotonic() < self._due.get(job.id, 0.0):
            return
        events: list[Event] = []
        children = self._children.get(job.id, {}).values()
        for child in children:
            events += self._guarded(child, self._of(child))
        if self._rate:
            self._due[job.id] = time.monotonic() + sum(len(streams(child)) for child in children) / self._rate
        yield from sorted(events, key=lambda event: event.line.timestamp if event.line else 0)

    def _describe_children(self, job: Job) -> None:
        """Ask for the children that have not ended; those that have keep their streams."""
        known = self._children.setdefault(job.id, {})
        ids = [f"{job.id}:{index}" for index in range(min(job.array_size or 0, MOST_CHILDREN))]
        known.update(describe(self._batch, [one for one in ids if one not in known or not known[one].is_complete]))

    def _of(self, job: Job) -> Iterator[Event]:
        new = job.id not in self._met
        self._met.add(job.id)
        last: list[Event] = []
        for stream in streams(job):
            reader = self._readers.get((job.id, stream))
            if reader is None:
                reader = LogReader(self._logs, job.log_group, stream, since=self._since)
                self._readers[job.id, stream] = reader
                if new and self._tail is not None:
                    last += [Event(job, line) for line in reader.tail(self._tail)]
                    continue
            for line in reader.read():
                yield Event(job, line)
        yield from last[-self._tail :] if self._tail else ()

    def _guarded(self, job: Job, events: Iterator[Event]) -> Iterator[Event]:
        try:
            yield from events
        except AwsError as error:
            yield from self._note(job, error)

    def _note(self, job: Job, error: AwsError) -> Iterator[Event]:
        if not self._noted:
            self._noted = True
            yield Event(job, note=("The log cannot be read: ", *error.problem))


def _drain(reading: _Reading, job: Job, settle: float, pause: Callable[[float], None]) -> Iterator[Event]:
    while True:
        pause(settle)
        late = list(reading.lines(job))
        yield from late
        if not any(event.line for event in late):
            return
