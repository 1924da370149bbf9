"""Fair share: the dispatch order of a queue that has a scheduling policy.

AWS documents the parts (decayed use, weights, reservation, priority within a share) but not the formula; here a share's
claim is what it uses now plus its use averaged over the decay time, times its weight; the lowest claim goes first.
"""

from __future__ import annotations

import heapq
import math
import time
from typing import TYPE_CHECKING

from local_batch.clock import now_ms
from local_batch.json_object import Json
from local_batch.rules import objects as rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local_batch.scheduler.job import Job


class _Share:
    """One share identifier's waiting jobs and its use of vCPUs."""

    __slots__ = ("average", "heap", "running", "updated")

    def __init__(self) -> None:
        self.heap: list[tuple[int, int, int, Job]] = []
        self.running = 0.0
        self.average = 0.0
        self.updated = time.monotonic()

    def head(self) -> Job | None:
        """Return the share's next job: by scheduling priority, then by time of submission."""
        while self.heap:
            job = self.heap[0][3]
            if job.status == "RUNNABLE":
                return job
            heapq.heappop(self.heap)
        return None

    def use(self, vcpus: float, decay: float) -> None:
        """Take note of vCPUs that begin (or, below 0, end) to be used."""
        self.settle(decay)
        self.running = max(0.0, self.running + vcpus)

    def settle(self, decay: float) -> None:
        """Bring the decayed average up to now."""
        now = time.monotonic()
        kept = math.exp(-(now - self.updated) / decay)
        self.average = self.average * kept + self.running * (1 - kept)
        self.updated = now


class FairShare:
    """RUNNABLE jobs by share. ``policy`` gives the fair-share policy as it is now, ``capacity`` the queue's vCPUs."""

    def __init__(
        self, policy: Callable[[], Json], capacity: Callable[[], float], scaled: Callable[[float], float]
    ) -> None:
        self._policy = policy
        self._capacity = capacity
        self._scaled = scaled
        self._shares: dict[str, _Share] = {}
        self._chosen: _Share | None = None
        self._moved_at = 0

    def push(self, job: Job) -> None:
        """Add a job that has become RUNNABLE."""
        share = self._shares.setdefault(_name(job), _Share())
        heapq.heappush(share.heap, (-(job.submission.priority or 0), job.sequence, job.index or 0, job))

    def peek(self) -> Job | None:
        """Return the job that is next, without taking it."""
        policy = self._policy()
        active = [name for name, share in self._shares.items() if share.running or share.head()]
        used = sum(share.running for share in self._shares.values())
        for _, _, name in sorted(self._claims(policy)):
            share = self._shares[name]
            job = share.head()
            if job is not None and self._allowed(policy, share, job, used, len(active)):
                self._chosen = share
                return job
        return None

    def pop(self) -> Job:
        """Take the job that ``peek`` returned."""
        assert self._chosen is not None  # noqa: S101 - the protocol: pop follows peek
        self._moved_at = now_ms()
        return heapq.heappop(self._chosen.heap)[3]

    def started(self, job: Job) -> None:
        """Take note that a job uses capacity now."""
        self._shares.setdefault(_name(job), _Share()).use(job.submission.vcpus, self._decay(self._policy()))

    def ended(self, job: Job) -> None:
        """Take note that a job's capacity is free again."""
        self._shares.setdefault(_name(job), _Share()).use(-job.submission.vcpus, self._decay(self._policy()))

    def left(self, _job: Job) -> None:
        """Take note that a RUNNABLE job has ended before it was taken."""
        self._moved_at = now_ms()

    def at_position_since(self, job: Job) -> int:
        """Return when a job came to its present place in the order, in milliseconds since 1970.

        Every job that leaves is taken to have been before it; that its share came forward or fell back is not seen.
        """
        return max(job.runnable_at, self._moved_at)

    def front(self, limit: int) -> list[Job]:
        """Return the first jobs in dispatch order, as it would be if each started at once."""
        policy = self._policy()
        heaps = {
            name: sorted(entry for entry in share.heap if entry[3].status == "RUNNABLE")
            for name, share in self._shares.items()
        }
        order = [(claim, heaps[name][0][1], name) for claim, _, name in self._claims(policy) if heaps[name]]
        heapq.heapify(order)
        taken = dict.fromkeys(heaps, 0)
        found: list[Job] = []
        while order and len(found) < limit:
            claim, _, name = heapq.heappop(order)
            job = heaps[name][taken[name]][3]
            found.append(job)
            taken[name] += 1
            if taken[name] < len(heaps[name]):
                more = job.submission.vcpus * weight_of(policy, name)
                heapq.heappush(order, (claim + more, heaps[name][taken[name]][1], name))
        return found

    def _claims(self, policy: Json) -> Iterator[tuple[float, int, str]]:
        """Give each share's claim, the age of its next job, and its name."""
        decay = self._decay(policy)
        for name, share in self._shares.items():
            job = share.head()
            if job is not None:
                share.settle(decay)
                yield (share.running + share.average) * weight_of(policy, name), job.sequence, name

    def _allowed(self, policy: Json, share: _Share, job: Job, used: float, active: int) -> bool:
        """Say whether a job leaves free what is reserved for shares that run nothing yet."""
        reservation = int(policy.get("computeReservation") or 0)
        capacity = self._capacity()
        if not reservation or not share.running or math.isinf(capacity):
            return True
        return used + job.submission.vcpus <= capacity - (reservation / 100) ** active * capacity

    def _decay(self, policy: Json) -> float:
        return self._scaled(float(policy.get("shareDecaySeconds") or rules.DEFAULT_DECAY_SECONDS))


def weight_of(policy: Json, name: str) -> float:
    """Return a share identifier's weight: its own entry's, that of a prefix ending in ``*``, or 1."""
    for entry in policy.get("shareDistribution") or ():
        pattern = str(entry.get("shareIdentifier"))
        if pattern == name or (pattern.endswith("*") and name.startswith(pattern[:-1])):
            return float(entry.get("weightFactor", 1.0))
    return 1.0


def _name(job: Job) -> str:
    return job.submission.share or ""
