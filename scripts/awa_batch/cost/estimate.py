"""What requests would cost, where there is something to tell it by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any, Literal

from awa_batch.batch.definitions import describe_definitions
from awa_batch.batch.jobs import array_size, describe_jobs
from awa_batch.batch.listing import first_in_state
from awa_batch.batch.resources import requirements
from awa_batch.batch.revisions import name_of
from awa_batch.cost.machines import Machine
from awa_batch.cost.money import NOTHING, Money
from awa_batch.cost.rates import HOUR, Asked, Unknown, asked_of, charged, hourly
from awa_batch.duration import duration_text
from awa_batch.request.config import job_of

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.cost.machines import Machines
    from awa_batch.cost.prices import RegionPrices
    from awa_batch.request import JobRequest

MOST_RUNS = 50
"""Earlier runs that are looked at: a call."""
OF_AN_ARRAY = 20
"""Children of an earlier array that are looked at."""


@dataclass(frozen=True)
class Estimate:
    """What requests would cost together. ``total`` is None where it cannot be told.

    ``basis`` says by what, or why not. By earlier runs it is of one attempt each; ``is_bound``: it is the most that
    they can cost, by time limits, with every attempt that their retry strategies allow, but for the pull of the image
    on Fargate. ``lacks`` is what would tell: a price, or a time limit.
    """

    total: Money | None
    basis: str
    is_bound: bool = False
    lacks: Literal["price", "limit"] | None = None


@dataclass(frozen=True)
class _Kind:
    """What requests have in common that take the same time on the same machine."""

    queue: str
    definition: str
    does: tuple[str, ...]
    sizes: tuple[tuple[str, str], ...]
    is_sized: bool
    timeout: int | None
    attempts: int


def estimate(clients: Clients, requests: Sequence[JobRequest], prices: RegionPrices, machines: Machines) -> Estimate:
    """Return what requests would cost, by the mean time of earlier runs of the same job, else by their time limit.

    The same job is one of the same definition that runs the same command, or the same job of `run_batch.py`. Two calls
    for all, and two to three for each kind of request. Raises CallError.
    """
    kinds: dict[_Kind, int] = {}
    definitions = describe_definitions(clients.batch, dict.fromkeys(one.base_definition for one in requests))
    for request in requests:
        kind = _kind(request, definitions.get(request.base_definition, {}))
        kinds[kind] = kinds.get(kind, 0) + (request.array_size or 1)
    total, bounds, told = NOTHING, 0, list[str]()
    for kind, count in kinds.items():
        definition: Mapping[str, Any] = definitions.get(kind.definition, {})
        rate = _rate(kind, definition, prices, machines)
        if isinstance(rate, Unknown):
            return Estimate(None, rate.why, lacks="price" if rate.is_price else None)
        machine, money = rate
        seconds = _earlier(clients, kind)
        if seconds:
            each = fmean(charged(one, machine.kind) for one in seconds)
            told.append(f"the mean of {len(seconds)} earlier {'run' if len(seconds) == 1 else 'runs'}"
                        f" ({duration_text(fmean(seconds))})")  # fmt: skip
        elif kind.timeout:
            each = charged(kind.timeout, machine.kind) * kind.attempts
            bounds += 1
            limit = f"{duration_text(kind.timeout)}{f' for each of {kind.attempts} attempts' * (kind.attempts > 1)}"
            told.append(f"the time limit ({limit}), as none of it has succeeded before")
        else:
            return Estimate(None, "none of it has succeeded before, and it has no time limit", lacks="limit")
        total += money.times(each * count / HOUR)
    basis = told[0] if len(set(told)) == 1 else f"earlier runs and time limits of {len(kinds)} kinds of jobs"
    return Estimate(total, basis, bounds == len(kinds))


def _kind(request: JobRequest, definition: Mapping[str, Any]) -> _Kind:
    overrides = request.container_overrides
    container = definition.get("containerProperties") or {}
    command = tuple(overrides.get("command") or container.get("command") or ())
    parameters = {**(definition.get("parameters") or {}), **request.submit_job.get("parameters", {})}
    limit = request.submit_job.get("timeout") or definition.get("timeout") or {}
    retries = request.submit_job.get("retryStrategy") or definition.get("retryStrategy") or {}
    return _Kind(
        request.job_queue,
        request.base_definition,
        _does(command, parameters),
        tuple(sorted({**requirements(container), **requirements(overrides)}.items())),
        bool(requirements(overrides)),
        limit.get("attemptDurationSeconds"),
        int(retries.get("attempts") or 1),
    )


def _does(command: Sequence[str], parameters: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a command does: the job of `run_batch.py` whatever is given to it, else the command as it is."""
    job = job_of(command, parameters)
    return ("run_batch.py", job) if job else tuple(command)


def _rate(
    kind: _Kind, definition: Mapping[str, Any], prices: RegionPrices, machines: Machines
) -> tuple[Machine, Money] | Unknown:
    asked = _asked(kind, definition)
    machine = machines.of_queue(kind.queue)
    if isinstance(asked, Unknown):
        return asked
    if isinstance(machine, Unknown):
        return machine
    rate = hourly(prices, asked, machine.kind, machine.types)
    return rate if isinstance(rate, Unknown) else (machine, rate)


def _asked(kind: _Kind, definition: Mapping[str, Any]) -> Asked | Unknown:
    """Return what a request asks for: what its definition does, but for the sizes that it has itself."""
    if (definition.get("ecsProperties") or {}).get("taskProperties"):
        if kind.is_sized:
            return Unknown("what several containers ask for together is not counted")
        return asked_of(definition)
    sizes = [{"type": name, "value": value} for name, value in kind.sizes]
    container = {**(definition.get("containerProperties") or {}), "resourceRequirements": sizes}
    return asked_of({"container": container, "nodeProperties": definition.get("nodeProperties")})


def _earlier(clients: Clients, kind: _Kind) -> list[float]:
    """Return the seconds that earlier runs took, of an array those of some of its children."""
    jobs, _ = first_in_state(clients.batch, kind.queue, "SUCCEEDED")
    name = name_of(kind.definition)
    same = [one for one in jobs if name_of(one.get("jobDefinition", "")) == name]
    same.sort(key=lambda one: one.get("createdAt", 0), reverse=True)
    details = [one for one in _described(clients, [one["jobId"] for one in same[:MOST_RUNS]]) if _is_same(one, kind)]
    found = [seconds for one in details if array_size(one) is None and (seconds := _seconds(one)) is not None]
    array = next((one for one in details if array_size(one) is not None), None)
    if array is not None:
        size = array_size(array) or 0
        ids = [f"{array['jobId']}:{index}" for index in range(min(size, OF_AN_ARRAY))]
        found += [seconds for one in _described(clients, ids) if (seconds := _seconds(one)) is not None]
    return found


def _described(clients: Clients, ids: Iterable[str]) -> list[Any]:
    return list(describe_jobs(clients.batch, ids).values())


def _is_same(detail: Mapping[str, Any], kind: _Kind) -> bool:
    container = detail.get("container") or {}
    return (
        _does(container.get("command") or (), detail.get("parameters") or {}) == kind.does
        and all(requirements(container).get(name) == value for name, value in kind.sizes)
    )  # fmt: skip


def _seconds(detail: Mapping[str, Any]) -> float | None:
    start, stop = detail.get("startedAt"), detail.get("stoppedAt")
    return (stop - start) / 1000 if start and stop and stop >= start else None
