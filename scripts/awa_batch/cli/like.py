"""``submit --like``: the size that another job would have done with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from awa_batch.batch.memory import forgotten_words
from awa_batch.cli.ids import ids_of
from awa_batch.cli.options import say
from awa_batch.contract.lookup import find_job_definition
from awa_batch.errors import NotThereError, UsageError
from awa_batch.text import Command, Field

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.job import JobSpec


def sized_like(clients: Clients, spec: JobSpec, like: str) -> JobSpec:
    """Return the spec with the vCPUs and memory that would have done for a job, or for an array's children.

    What the spec says itself stays. Raises UsageError where nothing tells what the job used, NotThereError, CallError.
    """
    from awa_batch.usage import advise, usage_of_jobs
    from awa_batch.usage.sentence import size_text

    (job_id,) = ids_of(clients, [like], "like")
    jobs = usage_of_jobs(clients, [job_id])
    if not jobs:
        raise NotThereError(
            Field("like", like),
            f": {clients.contract.environment} has no such job (any more).",
            fix=("List the recent ones with ", Command("status"), f"; {forgotten_words(clients.batch)}."),
        )
    platform = find_job_definition(clients.contract, spec.definition or "").platform
    advice = advise(jobs, on_fargate=platform == "FARGATE")
    if advice is None:
        killed = any(job.out_of_memory for job in jobs)
        none = next((job.note for job in jobs if job.note), "its log has no line of it")
        raise UsageError(
            Field("like", like),
            ": it was killed, out of memory." if killed else f": what it used is not known: {none}.",
            fix=("Give the size yourself: ", Field("vcpu", 1), " ", Field("memory", 2048), ".")
            if killed
            else ("Look at it: ", Command("usage", job_id)),
        )
    sized = replace(
        spec,
        vcpu=advice.vcpu if spec.vcpu is None else spec.vcpu,
        memory=advice.memory if spec.memory is None else spec.memory,
    )
    say(
        (
            Field("like", like),
            f": {sized.vcpu:g} vCPU with {sized.memory} MiB, as it peaked at {size_text(advice.used_memory)} "
            f"and used {advice.used_cores:.2f} cores.",
        )
    )
    return sized
