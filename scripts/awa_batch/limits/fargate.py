"""The vCPU and memory pairs that Fargate has."""

from __future__ import annotations

from awa_batch.errors import UsageError
from awa_batch.text import Field

FARGATE_SIZES: dict[float, tuple[int, ...]] = {
    0.25: (512, 1024, 2048),
    0.5: (1024, 2048, 3072, 4096),
    1: tuple(range(2048, 8192 + 1, 1024)),
    2: tuple(range(4096, 16384 + 1, 1024)),
    4: tuple(range(8192, 30720 + 1, 1024)),
    8: tuple(range(16384, 61440 + 1, 4096)),
    16: tuple(range(32768, 122880 + 1, 8192)),
    32: (61440, 122880, 249856),
}
"""vCPUs → memory in MiB (botocore's model: the text of ResourceRequirement's ``value``)."""


def fargate_memory_choices(vcpu: float) -> tuple[int, ...]:
    """Return the memory sizes in MiB that go with ``vcpu``; empty for a vCPU count that Fargate does not have."""
    return FARGATE_SIZES.get(vcpu, ())


def check_fargate_size(vcpu: float, memory: int) -> None:
    """Refuse a pair of vCPU and memory (MiB) that Fargate does not have, naming the nearest one that it has."""
    if vcpu not in FARGATE_SIZES:
        nearest = min(FARGATE_SIZES, key=lambda size: abs(size - vcpu))
        raise UsageError(
            Field("vcpu", vcpu),
            ": Fargate has no such size.",
            fix=(
                "Use ",
                Field("vcpu", nearest),
                f" (Fargate has {', '.join(f'{size:g}' for size in FARGATE_SIZES)}).",
            ),
        )
    choices = FARGATE_SIZES[vcpu]
    if memory not in choices:
        near = min(choices, key=lambda size: (size < memory, abs(size - memory)))
        other = next((size for size, sizes in FARGATE_SIZES.items() if memory in sizes), None)
        also = () if other is None else (", or ", Field("vcpu", other), " with ", Field("memory", memory))
        raise UsageError(
            Field("memory", memory),
            f": Fargate has no {vcpu:g} vCPU with {memory} MiB.",
            fix=("Use ", Field("memory", near), *also, "."),
        )


def check_fargate_task(vcpu: float, memory: int, beside_vcpu: float, beside_memory: int) -> None:
    """Refuse a container whose task, with the vCPU and memory (MiB) of its sidecars, has no size of Fargate."""
    if not (beside_vcpu or beside_memory):
        check_fargate_size(vcpu, memory)
        return
    total, mib = vcpu + beside_vcpu, memory + beside_memory
    if mib in fargate_memory_choices(total):
        return
    size, choice = next_fargate_size(total, mib)
    raise UsageError(
        Field("memory", memory),
        f": with its sidecars the task has {total:g} vCPU and {mib} MiB, and Fargate has no such size.",
        fix=("Use ", Field("vcpu", f"{size - beside_vcpu:g}"), " with ", Field("memory", choice - beside_memory), "."),
    )


def next_fargate_size(vcpu: float, memory: int) -> tuple[float, int]:
    """Return the smallest size with at least ``vcpu`` vCPUs and ``memory`` MiB, the fewest vCPUs first.

    Raises UsageError where Fargate has none so large.
    """
    for size, choices in FARGATE_SIZES.items():
        if size >= vcpu and (fits := [choice for choice in choices if choice >= memory]):
            return size, fits[0]
    most, largest = max(FARGATE_SIZES), max(max(choices) for choices in FARGATE_SIZES.values())
    if vcpu > most:
        raise UsageError(
            Field("vcpu", vcpu),
            f": Fargate has at most {most:g} vCPUs.",
            fix=("Use ", Field("vcpu", most), ", or a queue on EC2."),
        )
    raise UsageError(
        Field("memory", memory),
        f": Fargate has at most {largest} MiB.",
        fix=("Use ", Field("memory", largest), ", or a queue on EC2."),
    )
