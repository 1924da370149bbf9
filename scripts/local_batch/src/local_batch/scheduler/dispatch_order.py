"""The RUNNABLE jobs of a queue in the order in which they are dispatched."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from local_batch.scheduler.job import Job


class DispatchOrder(Protocol):
    """Jobs that wait for capacity. Jobs that have left RUNNABLE meanwhile (cancelled) are skipped."""

    def push(self, job: Job) -> None:
        """Add a job that has become RUNNABLE."""

    def peek(self) -> Job | None:
        """Return the job that is next, without taking it."""

    def pop(self) -> Job:
        """Take the job that ``peek`` returned."""

    def started(self, job: Job) -> None:
        """Take note that a job uses capacity now."""

    def ended(self, job: Job) -> None:
        """Take note that a job's capacity is free again."""

    def front(self, limit: int) -> list[Job]:
        """Return the first jobs in dispatch order."""


class Fifo:
    """First in, first out: by time of submission, an array's children by index. A retried job keeps its place."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Job]] = []

    def push(self, job: Job) -> None:
        """Add a job that has become RUNNABLE."""
        heapq.heappush(self._heap, (job.sequence, job.index or 0, job))

    def peek(self) -> Job | None:
        """Return the job that is next, without taking it."""
        while self._heap:
            job = self._heap[0][2]
            if job.status == "RUNNABLE":
                return job
            heapq.heappop(self._heap)
        return None

    def pop(self) -> Job:
        """Take the job that ``peek`` returned."""
        return heapq.heappop(self._heap)[2]

    def started(self, job: Job) -> None:
        """Nothing: the order does not depend on what runs."""

    def ended(self, job: Job) -> None:
        """Nothing: the order does not depend on what runs."""

    def front(self, limit: int) -> list[Job]:
        """Return the first jobs in dispatch order."""
        found: list[Job] = []
        # nsmallest over a heap of 10,000 costs a few milliseconds; a snapshot asks rarely.
        for entry in heapq.nsmallest(limit + 100, self._heap, key=lambda entry: entry[:2]):
            if entry[2].status == "RUNNABLE" and len(found) < limit:
                found.append(entry[2])
        return found
