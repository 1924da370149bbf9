"""What machines cost by the hour in a region: a dated table that is shipped, or the environment's own from AWS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from awa_batch.batch.instances import sizes_of
from awa_batch.cost.money import Money
from awa_batch.errors import NoCloneError, UsageError
from awa_batch.paths import project_root

VERSION = 1
"""The version of a table's form; a table without one has this."""
ARCHITECTURES = ("X86_64", "ARM64")
HOURLY = ("nat_gateway", "interface_endpoint", "public_ipv4")
"""What costs by the hour whether a job runs or not: one of each, an interface endpoint in each zone."""


@dataclass(frozen=True)
class Rate:
    """US dollars by the hour of a vCPU and of a GB of memory on Fargate."""

    vcpu: float
    gb: float


@dataclass(frozen=True)
class RegionPrices:
    """The prices of a region in US dollars by the hour, with the day on which they were looked up, and where.

    ``ec2`` are On-Demand prices: of a type (``g5.xlarge``), or of one vCPU of a family (``m6i``) all of whose sizes AWS
    prices by their vCPUs, but for bare metal, which may cost a tenth more. ``spot`` are of types alone: the lowest and
    the highest of the region's zones. What is not in it is not known.
    """

    region: str
    date: str = ""
    source: str = ""
    fargate: Mapping[str, Rate] = field(default_factory=dict)
    fargate_spot: Mapping[str, Rate] = field(default_factory=dict)
    ephemeral_gb: float | None = None
    ec2: Mapping[str, float] = field(default_factory=dict)
    spot: Mapping[str, Money] = field(default_factory=dict)
    hourly: Mapping[str, float] = field(default_factory=dict)

    def instance(self, instance_type: str, *, on_spot: bool) -> Money | None:
        """Return what an instance of a type costs by the hour; None where that is not known."""
        if on_spot:
            return self.spot.get(instance_type)
        if "." not in instance_type:
            return None
        price = self.ec2.get(instance_type)
        if price is None and not is_metal(instance_type):
            family, sizes = self.ec2.get(instance_type.partition(".")[0]), sizes_of([instance_type])
            price = family * sizes[0].vcpus if family is not None and sizes else None
        return None if price is None else Money(price, price)


def is_metal(instance_type: str) -> bool:
    """Return whether a type is bare metal: ``c6g.metal``, ``m7i.metal-24xl``."""
    return instance_type.partition(".")[2].startswith("metal")


def file_of(environment: str) -> Path:
    """Return where an environment's own prices lie in the clone. Raises NoCloneError without one."""
    return project_root() / "terraform" / "environments" / environment / "prices.json"


def prices_of(environment: str, region: str) -> RegionPrices:
    """Return the prices of a region: of the environment's own file where it has the region, else those shipped.

    Raises UsageError for a file that is there and cannot be read as such a table.
    """
    try:
        value = own_prices(file_of(environment))
    except NoCloneError:
        value = None
    own = {} if value is None else read_prices(value)
    return own.get(region) or _shipped().get(region, RegionPrices(region))


def own_prices(path: Path) -> dict[str, Any] | None:
    """Return the table of an environment's file as it is written, None where there is no file.

    Raises UsageError for a file that is there and cannot be read as such a table.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        read_prices(value)
    except FileNotFoundError:
        return None
    except _NewerError as error:
        raise _refused(
            path, str(error), "Update awa-batch, or delete the file: the shipped prices hold then."
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise _refused(path, getattr(error, "strerror", None) or str(error)) from None
    found: dict[str, Any] = value
    return found


class _NewerError(ValueError):
    """A table of a form that a newer toolkit writes."""


def _refused(
    path: Path, problem: str, fix: str = "Correct it, or delete it: the shipped ones hold then."
) -> UsageError:
    where = "/".join(path.parts[-4:])
    return UsageError(f"{where} holds no prices: {problem[:200]}.", fix=fix)


@cache
def _shipped() -> dict[str, RegionPrices]:
    return read_prices(json.loads((resources.files("awa_batch.cost") / "prices.json").read_text(encoding="utf-8")))


def read_prices(value: Any) -> dict[str, RegionPrices]:
    """Return region → prices of a table's JSON. Raises ValueError naming what is wrong."""
    if isinstance(value, dict) and value.get("version", VERSION) != VERSION:
        raise _NewerError(f"its version is {str(value['version'])[:20]}, and this toolkit reads {VERSION}")
    if not isinstance(value, dict) or value.get("currency") != "USD" or not isinstance(value.get("regions"), dict):
        raise ValueError('it must be {"currency": "USD", "regions": {…}}')
    return {str(region): _region(str(region), found) for region, found in value["regions"].items()}


def _region(region: str, value: Any) -> RegionPrices:
    if not isinstance(value, dict):
        raise ValueError(f"{region} is no object")
    known = {"date", "source", "fargate", "fargate_spot", "ephemeral_gb", "ec2", "spot", "hourly"}
    if strange := sorted(set(value) - known):
        raise ValueError(f"{region} has {strange[0]}, which is none of {', '.join(sorted(known))}")
    ephemeral = value.get("ephemeral_gb")
    return RegionPrices(
        region,
        str(value.get("date", "")),
        str(value.get("source", "")),
        _rates(region, "fargate", value),
        _rates(region, "fargate_spot", value),
        None if ephemeral is None else _price(ephemeral, f"{region}.ephemeral_gb"),
        _numbers(region, "ec2", value),
        _pairs(region, value.get("spot", {})),
        _numbers(region, "hourly", value),
    )


def _numbers(region: str, name: str, value: Mapping[str, Any]) -> dict[str, float]:
    found = value.get(name, {})
    if not isinstance(found, dict):
        raise ValueError(f"{region}.{name} is no object")
    return {str(key): _price(price, f"{region}.{name}.{key}") for key, price in found.items()}


def _pairs(region: str, value: Any) -> dict[str, Money]:
    if not isinstance(value, dict):
        raise ValueError(f"{region}.spot is no object")
    found = {}
    for name, pair in value.items():
        where = f"{region}.spot.{name}"
        if not isinstance(pair, list) or len(pair) != 2:
            raise ValueError(f"{where} must be [lowest, highest]")
        low, high = (_price(price, where) for price in pair)
        if low > high:
            raise ValueError(f"{where}: the lowest is above the highest")
        found[str(name)] = Money(low, high)
    return found


def _rates(region: str, name: str, value: Mapping[str, Any]) -> dict[str, Rate]:
    found = value.get(name, {})
    if not isinstance(found, dict) or not set(found) <= set(ARCHITECTURES):
        raise ValueError(f"{region}.{name} must name {' or '.join(ARCHITECTURES)}")
    rates = {}
    for architecture, pair in found.items():
        where = f"{region}.{name}.{architecture}"
        if not isinstance(pair, dict) or set(pair) != {"vcpu", "gb"}:
            raise ValueError(f"{where} must have vcpu and gb")
        rates[architecture] = Rate(_price(pair["vcpu"], f"{where}.vcpu"), _price(pair["gb"], f"{where}.gb"))
    return rates


def _price(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 10_000:
        raise ValueError(f"{where} is no price: {str(value)[:40]}")
    return float(value)
