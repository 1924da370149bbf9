"""Other vCPUs and more memory for a job that is submitted again."""

from __future__ import annotations

import re
from collections.abc import Mapping

from awa_batch.errors import UsageError
from awa_batch.limits.fargate import next_fargate_size
from awa_batch.limits.job import MIN_MEMORY, MIN_VCPU
from awa_batch.text import Field

_FACTOR = re.compile(r"x([0-9]+(?:\.[0-9]+)?)")


def resize(
    had: Mapping[str, str], *, vcpu: float | None, memory: str | None, on_fargate: bool
) -> tuple[dict[str, str], list[str]]:
    """Return the resource requirements (by type) with other ``vcpu`` and ``memory`` (``x2`` or MiB), and notes.

    On Fargate they are the next size that it has. Raises UsageError.
    """
    vcpus = float(had.get("VCPU", MIN_VCPU)) if vcpu is None else vcpu
    mib = _memory(memory, int(had.get("MEMORY", MIN_MEMORY)))
    notes = []
    if on_fargate:
        wanted = (vcpus, mib)
        vcpus, mib = next_fargate_size(vcpus, mib)
        if (vcpus, mib) != wanted:
            notes.append(f"Fargate's next size is {vcpus:g} vCPU with {mib} MiB.")
    elif vcpus < MIN_VCPU or vcpus != int(vcpus):
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
        memory = round(had * float(match[1]))
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
    return memory
