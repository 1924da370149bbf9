"""What jobs would have cost with another size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from awa_batch.cost.jobs import where
from awa_batch.cost.machines import Machine
from awa_batch.cost.rates import HOUR, Unknown, asked_of, charged, hourly

if TYPE_CHECKING:
    from awa_batch.cost.machines import Machines
    from awa_batch.cost.money import Money
    from awa_batch.cost.prices import RegionPrices


def would_have(
    detail: Mapping[str, Any], vcpu: float, memory: int, seconds: list[float], prices: RegionPrices, machines: Machines
) -> tuple[Money, Money] | None:
    """Return what runs of so many seconds cost with the size that ``detail`` has, and with another (vCPUs, MiB).

    ``detail`` is of one of them: the others ran on the same kind of machine. None where a price is not known. Raises
    CallError.
    """
    asked = asked_of(detail)
    if isinstance(asked, Unknown):
        return None
    last = (detail.get("attempts") or [detail])[-1]
    machine = machines.of_attempt(detail["jobQueue"], *where(last))
    if not isinstance(machine, Machine):
        return None
    rates = [
        hourly(prices, size, machine.kind, machine.types) for size in (asked, replace(asked, vcpu=vcpu, memory=memory))
    ]
    time = sum(charged(one, machine.kind) for one in seconds) / HOUR
    had, other = rates
    if isinstance(had, Unknown) or isinstance(other, Unknown):
        return None
    return had.times(time), other.times(time)
