"""What jobs used and what they cost: the one place where the report gets it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from awa_batch.batch.failures import CallError
from awa_batch.batch.jobs import array_size
from awa_batch.cost import Machines, Rates, costs_of, prices_of
from awa_batch.usage import measured_of

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import JobDetailTypeDef

    from awa_batch.batch.clients import Clients
    from awa_batch.report.rows import Row

MOST_MEASURED = 2_000
"""Jobs of which the lines are looked for that say what they used: a call for each hundred, the first ones alone."""


@dataclass(frozen=True)
class Figures:
    """Of one job: the most memory it had (MiB), the cores it used on average, what it cost (US dollars).

    ``cost`` is what it cost at most, ``least_cost`` at least, where the type of its instance is not known. None is what
    nobody measured or what has no known price: the report shows it as missing, never as 0.
    """

    memory: float | None = None
    cores: float | None = None
    cost: float | None = None
    least_cost: float | None = None


class Figuring:
    """Asks for the figures of jobs, some at a time. ``now`` (epoch seconds) ends what still runs."""

    def __init__(self, clients: Clients, now: float) -> None:
        self._clients, self._now = clients, now
        self._rates = Rates(prices_of(clients.contract.environment, clients.contract.region))
        self._machines: Machines | None = Machines(clients)
        self._left = MOST_MEASURED

    def of(self, details: Iterable[JobDetailTypeDef]) -> dict[str, Figures]:
        """Return id → figures of those jobs of which any are known, for up to 100 jobs at a time.

        Raises CallError where AWS does not answer; what it does not permit is missing.
        """
        jobs = [detail for detail in details if array_size(detail) is None]
        used, costs = self._used(jobs), self._costs(jobs)
        return {
            job_id: Figures(*used.get(job_id, (None, None)), *costs.get(job_id, (None, None)))
            for job_id in dict.fromkeys([*used, *costs])
        }

    def _costs(self, jobs: list[JobDetailTypeDef]) -> dict[str, tuple[float, float]]:
        if self._machines is None:
            return {}
        try:
            found = costs_of(jobs, self._rates, self._machines, self._now)
        except CallError as error:
            if not error.code:
                raise
            self._machines = None
            return {}
        return {one.job_id: (round(one.total.high, 6), round(one.total.low, 6)) for one in found if one.total}

    def _used(self, jobs: list[JobDetailTypeDef]) -> dict[str, tuple[float | None, float | None]]:
        some = [one for one in jobs if one.get("stoppedAt")][: self._left]
        self._left -= len(some)
        try:
            found = measured_of(self._clients, some) if some else []
        except CallError as error:
            if not error.code:
                raise
            self._left = 0
            return {}
        return {
            one.job_id: (one.memory and round(one.memory, 1), one.cores and round(one.cores, 2))
            for one in found
            if one.memory is not None or one.cores is not None
        }


@dataclass
class Sum:
    """What the jobs of a definition used of what they asked for, and cost together.

    ``measured`` and ``priced`` are how many of them are in it. Memory in MiB, costs in US dollars.
    """

    definition: str
    jobs: int = 0
    measured: int = 0
    memory_asked: int | None = None
    memory_median: float | None = None
    memory_most: float | None = None
    vcpu_asked: float | None = None
    cores_median: float | None = None
    priced: int = 0
    least_cost: float = 0.0
    cost: float = 0.0


def sums(rows: Iterable[Row], figures: dict[str, Figures]) -> list[Sum]:
    """Return the sums by job definition, what costs most first; those without any figure are not in it."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.definition.partition(":")[0], []).append(row)
    found = [_sum(name, jobs, figures) for name, jobs in groups.items()]
    return sorted((one for one in found if one.measured or one.priced), key=lambda one: (-one.cost, one.definition))


def _sum(name: str, jobs: list[Row], figures: dict[str, Figures]) -> Sum:
    known = [(row, figures[row.id]) for row in jobs if row.id in figures]
    memory = [one.memory for _, one in known if one.memory is not None]
    cores = [one.cores for _, one in known if one.cores is not None]
    costs = [(one.least_cost or 0.0, one.cost) for _, one in known if one.cost is not None]
    return Sum(
        name,
        len(jobs),
        max(len(memory), len(cores)),
        max((row.memory for row in jobs if row.memory is not None), default=None),
        median(memory) if memory else None,
        max(memory, default=None),
        max((row.vcpu for row in jobs if row.vcpu is not None), default=None),
        median(cores) if cores else None,
        len(costs),
        round(sum(low for low, _ in costs), 6),
        round(sum(high for _, high in costs), 6),
    )
