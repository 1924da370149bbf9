"""What jobs cost, by their attempts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from awa_batch.batch.jobs import array_index, array_size, describe_jobs
from awa_batch.batch.parts import in_parts
from awa_batch.cost.machines import Machine
from awa_batch.cost.money import NOTHING, Money
from awa_batch.cost.rates import HOUR, Asked, Rates, Unknown, asked_of, charged

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import JobDetailTypeDef

    from awa_batch.batch.clients import Clients
    from awa_batch.cost.machines import Machines
    from awa_batch.cost.prices import RegionPrices

SPOT_TAKEN = ("Host EC2", "Your Spot Task")
"""What the reason of an attempt begins with whose machine was taken away (Batch guide, "Automated job retries")."""


@dataclass(frozen=True)
class JobCost:
    """What a job cost so far. ``total`` is None where it is not known, and ``note`` says why.

    ``again`` is what of it went to attempts that AWS Batch made again, ``taken`` what of that to those whose machine
    was taken away. ``seconds`` are those of all attempts.
    """

    job_id: str
    name: str
    status: str
    queue: str
    tags: Mapping[str, str]
    seconds: float
    total: Money | None
    again: Money = NOTHING
    taken: Money = NOTHING
    note: str = ""


@dataclass(frozen=True)
class _Attempt:
    seconds: float
    task: str
    instance: str
    is_last: bool
    reason: str


def costs_of(details: Sequence[JobDetailTypeDef], rates: Rates, machines: Machines, now: float) -> list[JobCost]:
    """Return what jobs cost that were described (no arrays); ``now`` (epoch seconds) ends what still runs.

    Raises CallError.
    """
    attempts = [(detail, list(_attempts(detail, now))) for detail in details]
    machines.look_at(one.instance for _, made in attempts for one in made)
    return [_cost(detail, made, rates, machines) for detail, made in attempts]


def cost_of_jobs(
    clients: Clients, ids: Iterable[str], prices: RegionPrices, machines: Machines, now: float
) -> Iterator[JobCost]:
    """Yield what jobs cost; an array stands for all its children. One call for each 100 jobs. Raises CallError."""
    rates = Rates(prices)
    for some in in_parts(ids):
        details = describe_jobs(clients.batch, some)
        single: list[JobDetailTypeDef] = []
        for detail in details.values():
            size = array_size(detail)
            if size is None:
                single.append(detail)
                continue
            for part in in_parts(f"{detail['jobId']}:{index}" for index in range(size)):
                yield from costs_of(list(describe_jobs(clients.batch, part).values()), rates, machines, now)
        yield from costs_of(single, rates, machines, now)


def _cost(detail: JobDetailTypeDef, made: Sequence[_Attempt], rates: Rates, machines: Machines) -> JobCost:
    index = array_index(detail)
    name = detail["jobName"] if index is None else f"{detail['jobName']}:{index}"
    tags = {str(key): str(value) for key, value in (detail.get("tags") or {}).items()}
    whole = JobCost(
        detail["jobId"], name, str(detail["status"]), detail["jobQueue"], tags, sum(one.seconds for one in made), None
    )
    total = again = taken = NOTHING
    asked = asked_of(detail)
    for one in made:
        spent = _of_attempt(one, asked, detail["jobQueue"], rates, machines)
        if isinstance(spent, Unknown):
            return replace(whole, note=spent.why)
        total += spent
        if not one.is_last:
            again += spent
            if one.reason.startswith(SPOT_TAKEN):
                taken += spent
    return replace(whole, total=total, again=again, taken=taken)


def _of_attempt(one: _Attempt, asked: Asked | Unknown, queue: str, rates: Rates, machines: Machines) -> Money | Unknown:
    if isinstance(asked, Unknown):
        return asked
    machine = machines.of_attempt(queue, one.task, one.instance)
    if not isinstance(machine, Machine):
        return machine
    rate = rates.hourly(asked, machine.kind, machine.types)
    return rate if isinstance(rate, Unknown) else rate.times(charged(one.seconds, machine.kind) / HOUR)


def _attempts(detail: JobDetailTypeDef, now: float) -> Iterator[_Attempt]:
    """Yield the attempts that started, the one that runs too."""
    ended: list[Mapping[str, Any]] = list(detail.get("attempts") or ())
    runs = detail.get("startedAt") and not detail.get("stoppedAt") and detail["status"] == "RUNNING"
    for number, one in enumerate(ended, start=1):
        start, stop = one.get("startedAt"), one.get("stoppedAt")
        if start and stop and stop >= start:
            is_last = number == len(ended) and detail["status"] in ("SUCCEEDED", "FAILED")
            yield _Attempt((stop - start) / 1000, *where(one), is_last, str(one.get("statusReason") or ""))
    if runs:
        yield _Attempt(max(0.0, now - detail["startedAt"] / 1000), *where(detail), is_last=True, reason="")


def where(value: Mapping[str, Any]) -> tuple[str, str]:
    """Return the ARNs of the task and of the container instance of an attempt, or of a job that runs; "" of none."""
    tasks = value.get("taskProperties") or (value.get("ecsProperties") or {}).get("taskProperties") or [{}]
    outer = {**tasks[0], **(value.get("container") or {})}
    return str(outer.get("taskArn") or ""), str(outer.get("containerInstanceArn") or "")
