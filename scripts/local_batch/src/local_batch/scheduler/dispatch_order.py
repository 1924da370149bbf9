"""The RUNNABLE jobs of a queue in the order in which they are dispatched."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from typing import TYPE_CHECKING, Protocol

from local_batch.clock import now_ms

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

    def left(self, job: Job) -> None:
        """Take note that a RUNNABLE job has ended before it was taken."""

    def front(self, limit: int) -> list[Job]:
        """Return the first jobs in dispatch order."""

    def at_position_since(self, job: Job) -> int:
        """Return when a job came to its present place in the order, in milliseconds since 1970."""


class Fifo:
    """First in, first out: by time of submission, an array's children by index. A retried job keeps its place."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Job]] = []
        self._last = (0, 0)
        self._moves: list[tuple[tuple[int, int], int]] = []
        """Where jobs came or left, and when: all behind such a place moved then. Both grow from entry to entry, as what
        happens at a place tells nothing new once something has happened before it."""

    def push(self, job: Job) -> None:
        """Add a job that has become RUNNABLE."""
        key = _key(job)
        heapq.heappush(self._heap, (*key, job))
        if key > self._last:
            self._last = key  # behind all others: nobody moves
        else:
            self._moved(key)

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
        job = heapq.heappop(self._heap)[2]
        self._moves.clear()  # it was before all others
        self._moved(_key(job))
        return job

    def _moved(self, key: tuple[int, int]) -> None:
        now = now_ms()
        while self._moves and self._moves[-1][0] >= key:
            self._moves.pop()
        if not self._moves or self._moves[-1][1] < now:
            self._moves.append((key, now))

    def started(self, job: Job) -> None:
        """Nothing: the order does not depend on what runs."""

    def ended(self, job: Job) -> None:
        """Nothing: the order does not depend on what runs."""

    def left(self, job: Job) -> None:
        """Take note that a RUNNABLE job has ended before it was taken."""
        self._moved(_key(job))

    def at_position_since(self, job: Job) -> int:
        """Return when a job came to its present place in the order, in milliseconds since 1970."""
        place = bisect_left(self._moves, (_key(job), 0))
        return max(job.runnable_at, self._moves[place - 1][1] if place else 0)

    def front(self, limit: int) -> list[Job]:
        """Return the first jobs in dispatch order."""
        found: list[Job] = []
        # nsmallest over a heap of 10,000 costs a few milliseconds; a snapshot asks rarely.
        for entry in heapq.nsmallest(limit + 100, self._heap, key=lambda entry: entry[:2]):
            if entry[2].status == "RUNNABLE" and len(found) < limit:
                found.append(entry[2])
        return found


def _key(job: Job) -> tuple[int, int]:
    return job.sequence, job.index or 0
