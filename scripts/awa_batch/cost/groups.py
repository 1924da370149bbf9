"""Costs of jobs added up: by queue, by submission, by a tag."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from awa_batch.cost.jobs import JobCost
from awa_batch.cost.money import NOTHING, Money

NO_TAG = "(none)"


@dataclass
class Group:
    """What the jobs of a group cost together. ``unknown`` are reasons → how many jobs are not in the sums."""

    name: str
    jobs: int = 0
    seconds: float = 0.0
    total: Money = NOTHING
    again: Money = NOTHING
    taken: Money = NOTHING
    unknown: Counter[str] = field(default_factory=Counter)

    @property
    def known(self) -> int:
        """How many jobs are in the sums."""
        return self.jobs - self.unknown.total()

    def add(self, cost: JobCost) -> None:
        """Take a job in."""
        self.jobs += 1
        self.seconds += cost.seconds
        if cost.total is None:
            self.unknown[cost.note] += 1
            return
        self.total += cost.total
        self.again += cost.again
        self.taken += cost.taken


def add_up(costs: Iterable[JobCost], key: Callable[[JobCost], str]) -> tuple[list[Group], Group]:
    """Return the groups, what costs most first, and the sum of all."""
    groups: dict[str, Group] = {}
    whole = Group("all")
    for cost in costs:
        name = key(cost)
        groups.setdefault(name, Group(name)).add(cost)
        whole.add(cost)
    return sorted(groups.values(), key=lambda one: (-one.total.high, one.name)), whole


def key_of(by: str, queues: dict[str, str]) -> Callable[[JobCost], str]:
    """Return what names a job's group: ``queue``, ``job`` (an array is one) or ``tag:KEY``.

    ``queues`` are ARN → logical name.
    """
    if by == "queue":
        return lambda cost: queues.get(cost.queue, cost.queue.rpartition("/")[2])
    if by == "job":
        return lambda cost: f"{cost.name.rpartition(':')[0] or cost.name} {cost.job_id.partition(':')[0]}"
    tag = by.removeprefix("tag:")
    return lambda cost: cost.tags.get(tag, NO_TAG)
