"""What a second of a job costs where it runs, and for which seconds AWS charges."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from awa_batch.batch.instances import types_of
from awa_batch.batch.resources import memory_of, requirements, vcpu_of
from awa_batch.cost.money import Money
from awa_batch.cost.prices import is_metal

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import JobDetailTypeDef

    from awa_batch.cost.prices import RegionPrices

Kind = Literal["EC2", "SPOT", "FARGATE", "FARGATE_SPOT"]
"""``type`` of a compute environment's resources (API reference, ComputeResource)."""

FREE_EPHEMERAL_GB = 20
"""GB of a Fargate task's own storage that cost nothing (Fargate pricing page)."""
FARGATE_SECONDS = 60
"""Seconds that Fargate charges at least (Fargate pricing page: per second, one minute at least)."""
HOUR = 3600.0


@dataclass(frozen=True)
class Asked:
    """What a job's task has: vCPUs, MiB, GPUs; on Fargate also its architecture and GB of storage."""

    vcpu: float
    memory: int
    gpus: int = 0
    architecture: str = "X86_64"
    storage: int = FREE_EPHEMERAL_GB


@dataclass(frozen=True)
class Unknown:
    """Why a cost is not known; ``is_price``: a price is missing, which AWS could be asked for."""

    why: str
    is_price: bool = False


def asked_of(detail: JobDetailTypeDef | Mapping[str, Any]) -> Asked | Unknown:
    """Return what a job's task has, of all its containers together."""
    value: Mapping[str, Any] = detail
    if value.get("nodeProperties"):
        return Unknown("the nodes of a multi-node job are not priced")
    tasks = (value.get("ecsProperties") or {}).get("taskProperties") or []
    outer = tasks[0] if tasks else value.get("container") or {}
    containers = (outer.get("containers") or []) if tasks else [outer]
    sizes = [(vcpu_of(one), memory_of(one), int(requirements(one).get("GPU", "0") or 0)) for one in containers]
    main = [one for one in sizes if one[0] is not None and one[1] is not None]
    if not main:
        return Unknown("AWS does not show what it asked for")
    runtime = outer.get("runtimePlatform") or {}
    if str(runtime.get("operatingSystemFamily") or "LINUX") != "LINUX":  # it has prices and a licence of its own
        return Unknown(f"what runs on {runtime['operatingSystemFamily']} is not priced")
    return Asked(
        sum(one[0] or 0.0 for one in sizes),
        sum(one[1] or 0 for one in sizes),
        sum(one[2] for one in sizes),
        str(runtime.get("cpuArchitecture") or "X86_64"),
        int((outer.get("ephemeralStorage") or {}).get("sizeInGiB") or FREE_EPHEMERAL_GB),
    )


def hourly(prices: RegionPrices, asked: Asked, kind: Kind, types: Iterable[str] = ()) -> Money | Unknown:
    """Return what a job costs by the hour on a kind of machine; ``types`` are those that it may have run on (EC2).

    On Fargate its vCPUs and GB (1,024 MiB) at their rates. On an instance the part of it that the job keeps from
    others: the larger of its parts of the vCPUs, the memory and the GPUs, at the instance's price. Where it is one of
    several types, bare metal of which no price is known is passed over.
    """
    if kind.startswith("FARGATE"):
        return _on_fargate(prices, asked, on_spot=kind == "FARGATE_SPOT")
    found = types_of(types)
    if not found:
        return Unknown("its instance's type is not known")
    each: list[Money] = []
    missing: list[str] = []
    for name, size in found.items():
        if size.vcpus < asked.vcpu or size.memory < asked.memory or size.gpus < asked.gpus:
            continue
        price = prices.instance(name, on_spot=kind == "SPOT")
        if price is None:
            if not (is_metal(name) and len(found) > 1):
                missing.append(name)
            continue
        part = max(asked.vcpu / size.vcpus, asked.memory / size.memory, asked.gpus / size.gpus if asked.gpus else 0.0)
        each.append(price.times(part))
    if missing or not each:
        families = sorted({name if kind == "SPOT" and len(found) == 1 else name.partition(".")[0] for name in missing})
        what = (
            f"the {'Spot ' if kind == 'SPOT' else ''}price of {', '.join(families[:3])}" if missing else "its instance"
        )
        return Unknown(f"{what} in {prices.region} is not known", is_price=bool(missing))
    return Money(min(one.low for one in each), max(one.high for one in each))


class Rates:
    """What jobs cost by the hour in a region; jobs of one size on one kind of machine are looked at once."""

    def __init__(self, prices: RegionPrices) -> None:
        self._prices = prices
        self._known: dict[tuple[Asked, Kind, tuple[str, ...]], Money | Unknown] = {}

    def hourly(self, asked: Asked, kind: Kind, types: tuple[str, ...]) -> Money | Unknown:
        """Return the same as `hourly`."""
        key = asked, kind, types
        if key not in self._known:
            self._known[key] = hourly(self._prices, asked, kind, types)
        return self._known[key]


def _on_fargate(prices: RegionPrices, asked: Asked, *, on_spot: bool) -> Money | Unknown:
    rate = (prices.fargate_spot if on_spot else prices.fargate).get(asked.architecture)
    named = f"Fargate{' Spot' if on_spot else ''} ({asked.architecture})"
    if rate is None:
        return Unknown(f"the price of {named} in {prices.region} is not known", is_price=True)
    price = asked.vcpu * rate.vcpu + asked.memory / 1024 * rate.gb
    extra = asked.storage - FREE_EPHEMERAL_GB
    if extra > 0:
        if prices.ephemeral_gb is None:
            what = f"the price of Fargate's storage above {FREE_EPHEMERAL_GB} GB"
            return Unknown(f"{what} in {prices.region} is not known", is_price=True)
        price += extra * prices.ephemeral_gb
    return Money(price, price)


def charged(seconds: float, kind: Kind) -> float:
    """Return for how many of an attempt's seconds a job pays.

    Fargate: whole seconds, a minute at least, from the pull of the image on, which DescribeJobs does not tell: its time
    is not in it. An instance costs by the second whatever runs on it, so that a job's part of it is its time.
    """
    return max(FARGATE_SECONDS, math.ceil(seconds)) if kind.startswith("FARGATE") else seconds
