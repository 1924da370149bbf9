"""What jobs used: the time that their containers ran, times what they had reserved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from awa_batch.batch.resources import memory_of, requirements, vcpu_of

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import JobDetailTypeDef


@dataclass(frozen=True)
class Usage:
    """What was reserved while containers ran, all attempts together; of an array, its children's.

    ``run_seconds`` in s, ``vcpu_hours`` in vCPU·h, ``memory_gib_hours`` in GiB·h, ``gpu_hours`` in GPU·h; ``attempts``
    is how many there were. An attempt that still runs is not counted. It is no bill: that has minimums and roundings.
    """

    run_seconds: float = 0.0
    vcpu_hours: float = 0.0
    memory_gib_hours: float = 0.0
    gpu_hours: float = 0.0
    attempts: int = 0


def usage_of(details: Iterable[JobDetailTypeDef]) -> Usage:
    """Return the usage of jobs from what DescribeJobs says of them."""
    seconds = vcpu = memory = gpu = 0.0
    attempts = 0
    for detail in details:
        container = detail.get("container") or {}
        had = requirements(container)
        vcpus = float(had.get("VCPU") or vcpu_of(container) or 0)
        mib = float(had.get("MEMORY") or memory_of(container) or 0)
        for attempt in detail.get("attempts") or ():
            started, stopped = attempt.get("startedAt"), attempt.get("stoppedAt")
            attempts += 1
            if started is None or stopped is None:
                continue  # its container never started, or still runs
            ran = max(0.0, (stopped - started) / 1000)
            seconds += ran
            vcpu += ran * vcpus
            memory += ran * mib / 1024
            gpu += ran * float(had.get("GPU") or 0)
    return Usage(seconds, vcpu / 3600, memory / 3600, gpu / 3600, attempts)
