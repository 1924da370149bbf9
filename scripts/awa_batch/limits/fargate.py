"""The vCPU and memory pairs that Fargate has (botocore's model text of ResourceRequirement)."""

from __future__ import annotations

from awa_batch.errors import UsageError

_SIZES: dict[float, tuple[int, ...]] = {
    0.25: (512, 1024, 2048),
    0.5: (1024, 2048, 3072, 4096),
    1: tuple(range(2048, 8192 + 1, 1024)),
    2: tuple(range(4096, 16384 + 1, 1024)),
    4: tuple(range(8192, 30720 + 1, 1024)),
    8: tuple(range(16384, 61440 + 1, 4096)),
    16: tuple(range(32768, 122880 + 1, 8192)),
    32: (61440, 122880, 249856),
}


def fargate_memory_choices(vcpu: float) -> tuple[int, ...]:
    """Return the memory sizes in MiB that go with ``vcpu``; empty for a vCPU count that Fargate does not have."""
    return _SIZES.get(vcpu, ())


def check_fargate_size(vcpu: float, memory: int) -> None:
    """Refuse a pair of vCPU and memory (MiB) that Fargate does not have, naming the nearest one that it has."""
    if vcpu not in _SIZES:
        nearest = min(_SIZES, key=lambda size: abs(size - vcpu))
        raise UsageError(
            f"--vcpu {vcpu:g}: Fargate has no such size.",
            fix=f"Use --vcpu {nearest:g} (Fargate has {', '.join(f'{size:g}' for size in _SIZES)}).",
        )
    choices = _SIZES[vcpu]
    if memory not in choices:
        near = min(choices, key=lambda size: (size < memory, abs(size - memory)))
        other = next((size for size, sizes in _SIZES.items() if memory in sizes), None)
        raise UsageError(
            f"--memory {memory}: Fargate has no {vcpu:g} vCPU with {memory} MiB.",
            fix=f"Use --memory {near}" + (f", or --vcpu {other:g} with --memory {memory}." if other else "."),
        )


def next_fargate_size(vcpu: float, memory: int) -> tuple[float, int]:
    """Return the smallest size with at least ``vcpu`` vCPUs and ``memory`` MiB, the fewest vCPUs first.

    Raises UsageError where Fargate has none so large.
    """
    for size, choices in _SIZES.items():
        if size >= vcpu and (fits := [choice for choice in choices if choice >= memory]):
            return size, fits[0]
    most, largest = max(_SIZES), max(max(choices) for choices in _SIZES.values())
    if vcpu > most:
        raise UsageError(
            f"--vcpu {vcpu:g}: Fargate has at most {most:g} vCPUs.", fix=f"Use --vcpu {most:g}, or a queue on EC2."
        )
    raise UsageError(
        f"--memory {memory}: Fargate has at most {largest} MiB.", fix=f"Use --memory {largest}, or a queue on EC2."
    )
