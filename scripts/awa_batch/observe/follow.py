"""Follow jobs: their changes of state and their log lines, as they come."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from awa_batch.errors import AwsError
from awa_batch.observe.job import Job
from awa_batch.observe.listing import describe
from awa_batch.observe.logs import LogLine, LogReader
from awa_batch.observe.watch import watch

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient
    from mypy_boto3_logs import CloudWatchLogsClient

MOST_CHILDREN = 200
"""Children of an array whose logs are followed: each has streams of its own, and GetLogEvents has a quota."""


@dataclass(frozen=True)
class Event:
    """Something new of ``job``: a line of its log, a ``note`` for the user, or a new status or count of an array."""

    job: Job
    line: LogLine | None = None
    note: str | None = None


def follow(
    batch: BatchClient,
    logs: CloudWatchLogsClient,
    ids: Sequence[str],
    *,
    timeout: float | None = None,
    first_tick: float = 1.0,
    last_tick: float = 5.0,
    settle: float = 3.0,
    since: int | None = None,
    pause: Callable[[float], None] | None = None,
    **watching: Any,
) -> Iterator[Event]:
    """Yield events until every job has ended and its log is drained.

    Of an array, the lines of its first 200 children come with the child as their job; those of one tick are in the
    order of their time. CloudWatch shows a line some moments after it was written: after a job's end its streams are
    read again every ``settle`` seconds until a reading brings nothing (0: they are complete at once, as on the local
    AWS). A log that cannot be read becomes a note, once: it never hides how the job ends. ``since`` (epoch
    milliseconds) leaves out what is older. ``pause`` and ``watching`` go to `watch`. Raises what `watch` raises.
    """
    pause = pause or (lambda seconds: time.sleep(seconds))
    shown: dict[str, tuple[str, dict[str, int]]] = {}
    ended: set[str] = set()
    reading = _Reading(batch, logs, since)
    for jobs in watch(batch, ids, timeout=timeout, first_tick=first_tick, last_tick=last_tick, pause=pause, **watching):
        for job_id in ids:
            job = jobs.get(job_id)
            if job is None or job_id in ended:
                continue
            state = (job.status, job.array_summary)
            fresh = shown.get(job_id) != state
            if job_id not in shown and (job.array_size or 0) > MOST_CHILDREN:
                note = f"The logs of the first {MOST_CHILDREN} of {job.array_size} children are shown; "
                yield Event(job, note=f"{note}of any other: awa-batch logs {job_id}:INDEX")
            shown[job_id] = state
            if fresh and not job.is_complete:
                yield Event(job)
            yield from reading.lines(job)
            if job.is_complete:
                ended.add(job_id)
                if settle:
                    yield from _drain(reading, job, settle, pause)
                yield Event(job)


def read_log(logs: CloudWatchLogsClient, job: Job) -> Iterator[LogLine]:
    """Yield all lines that the job's attempts have written until now, attempt by attempt."""
    for stream in streams(job):
        yield from LogReader(logs, job.log_group, stream).read()


def streams(job: Job) -> list[str]:
    """Return the log streams of every attempt, in order."""
    names = [attempt.log_stream for attempt in job.attempts] + [job.log_stream]
    return list(dict.fromkeys(name for name in names if name))


class _Reading:
    """The streams that are read, and where each stopped."""

    def __init__(self, batch: BatchClient, logs: CloudWatchLogsClient, since: int | None) -> None:
        self._batch = batch
        self._logs = logs
        self._since = since
        self._readers: dict[tuple[str, str], LogReader] = {}
        self._done: set[str] = set()  # children that had ended when they were read for the last time
        self._noted = False

    def lines(self, job: Job) -> Iterator[Event]:
        """Yield the job's new lines; of an array, its children's."""
        if not job.is_array:
            yield from self._guarded(job, self._of(job))
            return
        open_ids = [
            f"{job.id}:{index}"
            for index in range(min(job.array_size or 0, MOST_CHILDREN))
            if f"{job.id}:{index}" not in self._done
        ]
        try:
            children = describe(self._batch, open_ids)
        except AwsError as error:
            yield from self._note(job, error)
            return
        events: list[Event] = []
        for child in children.values():
            events += self._guarded(child, self._of(child))
            if child.is_complete and job.is_complete:
                self._done.add(child.id)
        yield from sorted(events, key=lambda event: event.line.timestamp if event.line else 0)

    def again(self, job: Job) -> list[Event]:
        """Return what came since, of all streams that are known."""
        self._done.clear()
        return list(self.lines(job))

    def _of(self, job: Job) -> Iterator[Event]:
        for stream in streams(job):
            reader = self._readers.get((job.id, stream))
            if reader is None:
                reader = LogReader(self._logs, job.log_group, stream, since=self._since)
                self._readers[job.id, stream] = reader
            for line in reader.read():
                yield Event(job, line)

    def _guarded(self, job: Job, events: Iterator[Event]) -> Iterator[Event]:
        try:
            yield from events
        except AwsError as error:
            yield from self._note(job, error)

    def _note(self, job: Job, error: AwsError) -> Iterator[Event]:
        if not self._noted:
            self._noted = True
            yield Event(job, note=f"The log cannot be read: {error.what}")


def _drain(reading: _Reading, job: Job, settle: float, pause: Callable[[float], None]) -> Iterator[Event]:
    while True:
        pause(settle)
        late = reading.again(job)
        yield from late
        if not any(event.line for event in late):
            return
