"""The size that would have done: with headroom on EC2, the next of Fargate's table there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from awa_batch.errors import UsageError
from awa_batch.limits.fargate import next_fargate_size
from awa_batch.limits.job import MIN_MEMORY
from awa_batch.usage.measured import Measured

HEADROOM = 1.2
"""Times what was used: the next input may be a little larger."""
STEP, LEAST = 64, 128
"""MiB to which memory on EC2 is rounded up, and the least that is advised: a Python with a few packages takes it."""
WASTE, MEMORY_MATTERS, SECONDS_MATTER = 0.5, 1024, 60.0
"""What is worth a sentence: less than half of it used, of at least 1 GiB or of two vCPUs, by a job of a minute."""


@dataclass(frozen=True)
class Advice:
    """vCPUs and MiB that would have done for jobs, and what they used at most of each.

    ``is_other`` says whether that is another size than the one they had.
    """

    vcpu: float
    memory: int
    used_memory: float
    used_cores: float
    on_fargate: bool
    is_other: bool


def advise(jobs: Sequence[Measured], *, on_fargate: bool | None = None) -> Advice | None:
    """Return one size for all of these jobs, by the one that used most; None where nothing was measured.

    None too where one was killed, out of memory: what it would have needed is not known. The mean of the cores is
    no peak, so more vCPUs than were asked for are never advised (but by Fargate's table, for the memory).
    ``on_fargate`` is where they are to run, if not where they ran.
    """
    known = [job for job in jobs if job.memory is not None]
    if not known or any(job.out_of_memory for job in jobs):
        return None
    asked = known[0].asked
    fargate = asked.on_fargate if on_fargate is None else on_fargate
    memory = max(job.memory or 0.0 for job in known)
    cores = max(job.cores or 0.0 for job in known)
    had = max((job.asked.vcpu or 0.0 for job in known), default=0.0)
    vcpus = min(cores * HEADROOM, had) if had else cores * HEADROOM
    if fargate:
        try:
            vcpu, mib = next_fargate_size(vcpus, math.ceil(memory * HEADROOM))
        except UsageError:  # none is so large
            return None
    else:
        vcpu = float(max(1, math.ceil(vcpus - 0.05)))
        mib = max(LEAST, MIN_MEMORY, math.ceil(memory * HEADROOM / STEP) * STEP)
    other = any((job.asked.vcpu, job.asked.memory) != (vcpu, mib) for job in known)
    return Advice(vcpu, mib, memory, cores, fargate, other)


def matters(job: Measured) -> bool:
    """Whether a job asked for so much more than it used that it is worth a sentence."""
    if job.wall_seconds is None or job.wall_seconds < SECONDS_MATTER:
        return False
    return wastes_memory(job) or wastes_cpu(job)


def wastes_memory(job: Measured) -> bool:
    """Whether less than half of a memory of more than 1 GiB was used."""
    used = job.memory_efficiency
    return used is not None and used < WASTE and (job.asked.memory or 0) > MEMORY_MATTERS


def wastes_cpu(job: Measured) -> bool:
    """Whether less than half of two vCPUs or more was used."""
    used = job.cpu_efficiency
    return used is not None and used < WASTE and (job.asked.vcpu or 0) >= 2
