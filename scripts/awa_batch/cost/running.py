"""What the jobs that run now cost by the hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from awa_batch.batch.failures import CallError
from awa_batch.batch.jobs import describe_jobs
from awa_batch.batch.parts import in_parts
from awa_batch.cost.jobs import where
from awa_batch.cost.machines import Machine, Machines
from awa_batch.cost.money import NOTHING, Money
from awa_batch.cost.prices import prices_of
from awa_batch.cost.rates import Unknown, asked_of, hourly

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.observe import Job

MOST = 1_000
"""Jobs that are described at most: ten calls at the first look, and few at the others."""


class Running:
    """Looks at what runs again and again; a job is described once."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._prices = prices_of(clients.contract.environment, clients.contract.region)
        self._machines: Machines | None = Machines(clients)
        self._rates: dict[str, Money | None] = {}

    def an_hour(self, jobs: Sequence[Job]) -> str:
        """Return such as ``$1.23/h``; ``$1.23/h and more`` where some has no known price; "" where none has.

        Of an array its children that run count. Raises CallError where AWS does not answer.
        """
        running = {job.id: job.array_summary.get("RUNNING", 0) if job.is_array else 1 for job in jobs
                   if job.status == "RUNNING" or job.is_array}  # fmt: skip
        running = {job_id: count for job_id, count in running.items() if count}
        self._rates = {job_id: rate for job_id, rate in self._rates.items() if job_id in running}
        self._look_at([job_id for job_id in running if job_id not in self._rates][: MOST - len(self._rates)])
        total, known = NOTHING, 0
        for job_id, count in running.items():
            if (rate := self._rates.get(job_id)) is not None:
                total += rate.times(count)
                known += 1
        if not known:
            return ""
        return f"{total}/h{'' if known == len(running) else ' and more'}"

    def _look_at(self, ids: Sequence[str]) -> None:
        if self._machines is None:
            return
        try:
            for some in in_parts(ids):
                details = describe_jobs(self._clients.batch, some)
                self._machines.look_at(where(detail)[1] for detail in details.values())
                self._rates |= {job_id: self._rate(detail, self._machines) for job_id, detail in details.items()}
        except CallError as error:
            if not error.code:
                raise
            self._machines = None  # it may not be asked: no costs then

    def _rate(self, detail: Mapping[str, Any], machines: Machines) -> Money | None:
        asked, machine = asked_of(detail), machines.of_attempt(detail["jobQueue"], *where(detail))
        if isinstance(asked, Unknown) or not isinstance(machine, Machine):
            return None
        rate = hourly(self._prices, asked, machine.kind, machine.types)
        return rate if isinstance(rate, Money) else None
