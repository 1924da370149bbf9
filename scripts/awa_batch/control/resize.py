"""Other vCPUs and more memory for a job that is submitted again."""

from __future__ import annotations

import re
from collections.abc import Mapping

from awa_batch.errors import UsageError
from awa_batch.limits.fargate import check_fargate_task, fargate_memory_choices, next_fargate_size
from awa_batch.limits.job import MIN_MEMORY, MIN_VCPU
from awa_batch.text import Field

MAX_MEMORY, MAX_FACTOR = 2**31 - 1, 2**20
"""MiB, and times as much, that are read: far beyond any machine, and within what numbers hold."""

_FACTOR = re.compile(r"x([0-9]+(?:\.[0-9]+)?)")


def resize(
    had: Mapping[str, str],
    *,
    vcpu: float | None,
    memory: str | None,
    on_fargate: bool,
    beside: tuple[float, int] = (0.0, 0),
) -> tuple[dict[str, str], list[str]]:
    """Return the resource requirements (by type) with other ``vcpu`` and ``memory`` (``x2`` or MiB), and notes.

    On Fargate the memory is the next that goes with the vCPUs, and where ``vcpu`` is not given, these may be more as
    well. ``beside`` are the vCPUs and MiB of the task's other containers. Raises UsageError, also for a
    ``vcpu`` that Fargate does not have.
    """
    vcpus = float(had.get("VCPU", MIN_VCPU)) if vcpu is None else vcpu
    mib = _memory(memory, int(had.get("MEMORY", MIN_MEMORY)))
    notes = []
    if on_fargate:
        wanted = (vcpus, mib)
        if vcpu is not None:  # these vCPUs and no others
            choices = fargate_memory_choices(vcpu + beside[0])
            mib = next((size - beside[1] for size in choices if size - beside[1] >= mib), mib)
            check_fargate_task(vcpu, mib, *beside)
        else:
            vcpus, mib = next_fargate_size(vcpus + beside[0], mib + beside[1])
            vcpus, mib = vcpus - beside[0], mib - beside[1]
        if (vcpus, mib) != wanted:
            notes.append(f"Fargate's next size is {vcpus:g} vCPU with {mib} MiB.")
    elif not (vcpus >= MIN_VCPU and float(vcpus).is_integer()):  # nan is neither
        raise UsageError(
            Field("vcpu", vcpus),
            f": a job on EC2 takes whole vCPUs, {MIN_VCPU} or more.",
            fix=("Use ", Field("vcpu", MIN_VCPU), " or more."),
        )
    return {**had, "VCPU": f"{vcpus:g}", "MEMORY": str(mib)}, notes


def _memory(text: str | None, had: int) -> int:
    if text is None:
        return had
    if match := _FACTOR.fullmatch(text.strip().lower()):
        factor = float(match[1])
        memory = round(had * factor) if factor <= MAX_FACTOR else MAX_MEMORY + 1
    else:
        try:
            memory = int(text)
        except ValueError:
            raise UsageError(
                Field("memory", text),
                " is not an amount.",
                fix=("Write ", Field("memory", "x2"), ", or MiB: ", Field("memory", 8192), "."),
            ) from None
    if memory < MIN_MEMORY:
        raise UsageError(
            Field("memory", text),
            f": a job takes {MIN_MEMORY} MiB or more.",
            fix=("Use ", Field("memory", "x2"), ", or more MiB."),
        )
    if memory > MAX_MEMORY:
        raise UsageError(
            Field("memory", text),
            f": no job takes more than {MAX_MEMORY} MiB.",
            fix=("Use ", Field("memory", "x2"), "."),
        )
    return memory
