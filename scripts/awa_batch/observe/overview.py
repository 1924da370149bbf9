"""The jobs of an environment's queues, looked at again and again with few calls."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from awa_batch.batch import listing
from awa_batch.batch.queues import describe_queues
from awa_batch.observe.job import ACTIVE, TERMINAL, Job
from awa_batch.observe.queries import describe, list_active

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient

RATE_OVER = 300.0
"""Seconds over which the rate of ended jobs is taken."""

OVERLAP = 60.0
"""Seconds that a look for new jobs goes back before the last one: ListJobs may show a job some moments late."""


@dataclass(frozen=True)
class QueueLine:
    """A queue: ``jobs`` counts those that have not ended by state, an array's children instead of the array."""

    name: str
    state: str
    jobs: dict[str, int]


@dataclass(frozen=True)
class Snapshot:
    """One look. ``jobs`` are in the order in which they are shown: what runs, what waits, what ended, failures first.

    ``counts`` are by state, an array's children instead of the array; of ended jobs those that were submitted in the
    time that is looked back. ``rate`` is jobs ended a minute, None where it is not known yet.
    """

    at: float
    queues: list[QueueLine]
    jobs: list[Job]
    counts: dict[str, int]
    rate: float | None


_ORDER = {
    state: place
    for place, state in enumerate(("RUNNING", "STARTING", "RUNNABLE", "PENDING", "SUBMITTED", "FAILED", "SUCCEEDED"))
}


class Overview:
    """Looks at queues (ARNs), ``seconds`` back.

    A look is five calls of ListJobs a queue for what has not ended and one for what is new, and one of DescribeJobs for
    each hundred arrays or jobs that have ended since the last look. The first one lists the whole time looked back, 100
    jobs a call.
    """

    def __init__(self, batch: BatchClient, queues: Sequence[str], seconds: float) -> None:
        self._batch = batch
        self._queues = list(queues)
        self._seconds = seconds
        self._known: dict[str, Job] = {}
        self._last: float | None = None
        self._ended: deque[tuple[float, int]] = deque()

    def look(self, now: float | None = None) -> Snapshot:
        """Look once. Raises CallError; what was known stays."""
        now = time.time() if now is None else now
        queues = describe_queues(self._batch, self._queues)
        since = now - self._seconds if self._last is None else self._last - OVERLAP
        new: dict[str, Job] = {}
        active: dict[str, Job] = {}
        for arn in self._queues:
            if arn not in queues:
                continue
            new |= {
                entry["jobId"]: Job.from_summary(entry, arn)
                for entry in listing.list_since(self._batch, arn, int(since * 1000))
            }
            active |= {job.id: job for job in list_active(self._batch, arn)}
        gone = [job_id for job_id, job in self._known.items() if not job.is_complete and job_id not in active]
        arrays = [job.id for job in (*active.values(), *new.values()) if job.is_array]
        found = self._known | new | active | describe(self._batch, dict.fromkeys([*gone, *arrays]))
        oldest = (now - self._seconds) * 1000
        self._known = {
            job_id: job
            for job_id, job in found.items()
            if not (job_id in gone and not job.is_complete and job_id not in new)  # AWS shows it no more
            and (not job.is_complete or (job.stopped_at or job.created_at or 0) >= oldest)
        }
        self._last = now
        jobs = sorted(self._known.values(), key=_place)
        counts = Counter[str]()
        for job in jobs:
            counts.update(_counted(job))
        return Snapshot(
            at=now,
            queues=[self._queue(queues[arn]["jobQueueName"], queues[arn].get("state", "")) for arn in queues],
            jobs=jobs,
            counts={state: counts[state] for state in (*ACTIVE, *TERMINAL) if counts[state]},
            rate=self._rate(now, sum(counts[state] for state in TERMINAL)),
        )

    def _queue(self, name: str, state: str) -> QueueLine:
        counts = Counter[str]()
        for job in self._known.values():
            if job.queue == name:
                counts.update({one: count for one, count in _counted(job).items() if one in ACTIVE})
        return QueueLine(name, state, dict(counts))

    def _rate(self, now: float, ended: int) -> float | None:
        """Return how many ended a minute, of those seen since the first look and not more than five minutes ago."""
        self._ended.append((now, ended))
        while now - self._ended[0][0] > RATE_OVER:
            self._ended.popleft()
        began, before = self._ended[0]
        return max(0.0, (ended - before) / (now - began) * 60) if now - began >= 1 else None


def _counted(job: Job) -> dict[str, int]:
    if not job.is_array:
        return {job.status: 1}
    return {state: count for state, count in job.array_summary.items() if count} or {job.status: job.array_size or 1}


def _place(job: Job) -> tuple[int, int, str]:
    last = job.stopped_at if job.is_complete else job.started_at
    return _ORDER.get(job.status, len(_ORDER)), -(last or job.created_at or 0), job.id
