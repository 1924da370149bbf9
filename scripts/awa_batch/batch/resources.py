"""What a container asks for: vCPUs, memory, GPUs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import ContainerDetailTypeDef, ContainerPropertiesOutputTypeDef

    Container = ContainerDetailTypeDef | ContainerPropertiesOutputTypeDef | Mapping[str, Any]
    """``containerProperties`` of a job definition, ``container`` of a job, or ``containerOverrides``."""


def requirements(container: Container) -> dict[str, str]:
    """Return the resource requirements by their type: VCPU, MEMORY (MiB), GPU."""
    return {entry["type"]: str(entry["value"]) for entry in container.get("resourceRequirements") or ()}


def vcpu_of(container: Container) -> float | None:
    """Return the vCPUs, also where they stand in the older field ``vcpus``; None where nothing is said."""
    return _either(container, "VCPU", "vcpus")


def memory_of(container: Container) -> int | None:
    """Return the MiB of memory, also where they stand in the older field ``memory``; None where nothing is said."""
    memory = _either(container, "MEMORY", "memory")
    return None if memory is None else int(memory)


def _either(container: Container, kind: str, older: Literal["vcpus", "memory"]) -> float | None:
    said = requirements(container).get(kind) or container.get(older)
    return float(said) if said else None
