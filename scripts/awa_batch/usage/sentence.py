"""The one line of a job's use that other commands show, where it matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from awa_batch.errors import AwsError
from awa_batch.usage.advice import SECONDS_MATTER, matters, wastes_cpu, wastes_memory
from awa_batch.usage.measured import Measured, usage_of_jobs

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.observe import Job


def size_text(mib: float) -> str:
    """Render MiB as people read them: 512 MiB, 0.9 GiB, 8 GiB."""
    if mib < 921.6:
        return f"{mib:.0f} MiB"
    return f"{mib / 1024:.1f}".removesuffix(".0") + " GiB"


def sentence(job: Measured) -> str:
    """Return what a job asked for and used of it; empty where it does not matter."""
    if not matters(job):
        return ""
    parts = []
    if wastes_memory(job):
        parts.append(f"asked {size_text(job.asked.memory or 0)}, peaked at {size_text(job.memory or 0.0)}")
    if wastes_cpu(job):
        parts.append(f"asked {job.asked.vcpu:g} vCPUs, used {job.cores:.1f} on the mean")
    return "; ".join(parts)


def sentence_of(clients: Clients, job: Job) -> str:
    """Return the same of a job that has ended; empty of an array, and where its log cannot be read.

    Nothing is asked of AWS where the job ran for less than a minute.
    """
    if job.is_array or not job.is_complete or (job.ran_seconds or 0.0) < SECONDS_MATTER:
        return ""
    try:
        found = usage_of_jobs(clients, [job.id])
    except AwsError:
        return ""
    return sentence(found[0]) if found else ""
