"""What EC2's instance types have: vCPUs, memory, GPUs, from the table that moto ships of DescribeInstanceTypes."""

from __future__ import annotations

import gzip
import json
import re
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

FAMILIES = {
    "optimal": ("c4", "m4", "r4", "c5", "m5", "r5", "c6i", "m6i", "r6i", "c7i", "m7i", "r7i"),
    "default_x86_64": ("c6i", "m6i", "r6i", "c7i"),
    "default_arm64": ("c6g", "m6g", "r6g", "c7g"),
}
"""The families from which AWS Batch chooses by itself (API reference, ComputeResource.instanceTypes): ``optimal`` may
take C4, M4 and R4, elsewhere their successors (Batch guide, "Compute environment parameters").
More rather than fewer: a job is held back only where no instance can hold it."""


_NAME = re.compile(r"[a-z]+[0-9]+[a-z0-9-]*(\.[a-z0-9-]+)?")
"""The form of a type or a family: m5, u7i-12tb.224xlarge, trn1n."""


class Size(NamedTuple):
    """An instance's vCPUs, MiB and GPUs."""

    vcpus: float
    memory: int
    gpus: int


class InstanceType(NamedTuple):
    """A type by its name, and what it has."""

    name: str
    size: Size


def _described() -> dict[str, Any]:
    # The file itself: moto.ec2, which reads it, takes a second to import.
    folder = resources.files("moto") / "ec2" / "resources"
    packed = folder / "instance_types.json.gz"
    plain = folder / "instance_types.json"
    described: dict[str, Any] = json.loads(
        gzip.decompress(packed.read_bytes()) if packed.is_file() else plain.read_bytes()
    )
    return described


@cache
def _architectures_by_family() -> dict[str, str]:
    return {
        name.partition(".")[0]: str(about["ProcessorInfo"]["SupportedArchitectures"][-1])
        for name, about in _described().items()
    }


def architectures(types: Iterable[str]) -> set[str]:
    """Return the architectures (``x86_64``, ``arm64``) of types, families and AWS's own choices, as far as known."""
    known = _architectures_by_family()
    families = (family for name in types for family in FAMILIES.get(name, (name.partition(".")[0],)))
    return {known[family] for family in families if family in known}


@cache
def _table() -> dict[str, Size]:
    return {
        name: Size(
            float(about["VCpuInfo"]["DefaultVCpus"]),
            int(about["MemoryInfo"]["SizeInMiB"]),
            # A part of a GPU (g6f) counts as one.
            sum(
                int(gpu.get("Count") or gpu.get("LogicalGpuCount") or 0)
                for gpu in (about.get("GpuInfo") or {}).get("Gpus") or ()
            ),
        )
        for name, about in _described().items()
    }


@cache
def _types(name: str) -> tuple[InstanceType, ...]:
    """Return the types of a type, a family or one of AWS's own choices; () where the table does not have it."""
    table = _table()
    if name in table:
        return (InstanceType(name, table[name]),)
    families = FAMILIES.get(name, (name,))
    return tuple(InstanceType(one, size) for one, size in table.items() if one.partition(".")[0] in families)


@lru_cache(maxsize=4096)
def can_hold(instance_types: tuple[str, ...], vcpus: float, memory: int, gpus: int) -> bool:
    """Whether an instance of one of these types can hold a job; ``memory`` in MiB.

    A job that asks for all of an instance's memory is never placed: the system and the ECS agent keep some of it (Batch
    guide, "Compute resource memory management"). What the table does not have counts as large enough.
    """
    for name in instance_types:
        sizes = [one.size for one in _types(name)]
        if not sizes or any(size.vcpus >= vcpus and size.memory > memory and size.gpus >= gpus for size in sizes):
            return True
    return False


def is_mistaken(name: str) -> bool:
    """Whether a name is no type: a size that a family of the table does not have, or not of a type's form at all.

    A family that the table does not have may be newer than it.
    """
    family = name.partition(".")[0]
    return not is_known(name) and (family in _architectures_by_family() or _NAME.fullmatch(name) is None)


def names() -> list[str]:
    """Return every type and family of the table, and AWS's own choices."""
    return sorted({*FAMILIES, *_table(), *_architectures_by_family()})


def is_known(name: str) -> bool:
    """Whether the table has a type, a family or one of AWS's own choices."""
    return bool(_types(name))


@lru_cache(maxsize=4096)
def best_type(
    instance_types: tuple[str, ...],
    room: float,
    vcpus: float,
    memory: int,
    gpus: int,
    *,
    alone: bool = False,
    may_exceed: bool = True,
) -> InstanceType | None:
    """Return the type of a new instance for jobs of one kind, None where none of the types holds one.

    It is the one that holds most of them for its vCPUs, with as little memory and as few GPUs as that takes, and the
    smallest of those: jobs decide how many there are. For a job that has its instance ``alone`` it is the smallest of
    all, and so where ``room`` (vCPUs) has place for none and the last one ``may_exceed`` it.
    """
    types = {one for name in instance_types for one in _types(name)}
    fitting = [one for one in types if one.size.vcpus >= vcpus and one.size.memory > memory and one.size.gpus >= gpus]
    within = [one for one in fitting if one.size.vcpus <= room]
    if not within or alone:
        return min(
            fitting if may_exceed else within,
            key=lambda one: (one.size.vcpus, one.size.gpus, one.size.memory, one.name),
            default=None,
        )

    def waste(found: InstanceType) -> tuple[float, float, float, float, str]:
        size = found.size
        jobs = min(size.vcpus / vcpus, (size.memory - 1) // memory, size.gpus // gpus if gpus else size.vcpus / vcpus)
        each = size.vcpus / int(jobs + 1e-9)
        return each, size.gpus / size.vcpus, size.memory / size.vcpus, size.vcpus, found.name

    return min(within, key=waste)
