"""Follow jobs: their changes of state and their log lines, as they come."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from awa_batch.observe.job import Job
from awa_batch.observe.logs import LogLine, LogReader
from awa_batch.observe.watch import watch

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient
    from mypy_boto3_logs import CloudWatchLogsClient


@dataclass(frozen=True)
class Event:
    """Something new of ``job``: a line of its log, or (``line`` None) a new status or another count of an array."""

    job: Job
    line: LogLine | None = None


def follow(
    batch: BatchClient,
    logs: CloudWatchLogsClient,
    ids: Sequence[str],
    *,
    timeout: float | None = None,
    first_tick: float = 1.0,
    last_tick: float = 5.0,
    settle: float = 3.0,
) -> Iterator[Event]:
    """Yield events until every job has ended and its log is drained.

    CloudWatch shows a line some moments after it was written: after a job's end its streams are read again every
    ``settle`` seconds until a reading brings nothing (0: they are complete at once, as on the local AWS).
    Raises what `watch` raises.
    """
    shown: dict[str, tuple[str, dict[str, int]]] = {}
    readers: dict[tuple[str, str], LogReader] = {}
    ended: dict[str, Job] = {}
    for jobs in watch(batch, ids, timeout=timeout, first_tick=first_tick, last_tick=last_tick):
        for job_id in ids:
            job = jobs.get(job_id)
            if job is None or job_id in ended:
                continue
            state = (job.status, job.array_summary)
            fresh = shown.get(job_id) != state
            shown[job_id] = state
            if fresh and not job.is_complete:
                yield Event(job)
            yield from _lines(logs, job, readers)
            if job.is_complete:
                ended[job_id] = job
                if settle:
                    yield from _drain(logs, job, readers, settle)
                yield Event(job)


def read_log(logs: CloudWatchLogsClient, job: Job) -> Iterator[LogLine]:
    """Yield all lines that the job's attempts have written until now, attempt by attempt."""
    for stream in _streams(job):
        yield from LogReader(logs, job.log_group, stream).read()


def _streams(job: Job) -> list[str]:
    """Return the log streams of every attempt, in order."""
    names = [attempt.log_stream for attempt in job.attempts] + [job.log_stream]
    return list(dict.fromkeys(name for name in names if name))


def _lines(logs: CloudWatchLogsClient, job: Job, readers: dict[tuple[str, str], LogReader]) -> Iterator[Event]:
    for stream in _streams(job):
        reader = readers.setdefault((job.id, stream), LogReader(logs, job.log_group, stream))
        for line in reader.read():
            yield Event(job, line)


def _drain(
    logs: CloudWatchLogsClient, job: Job, readers: dict[tuple[str, str], LogReader], settle: float
) -> Iterator[Event]:
    while True:
        time.sleep(settle)
        late = list(_lines(logs, job, readers))
        yield from late
        if not late:
            return
