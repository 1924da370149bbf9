"""Jobs by id, an array's children, and the recent jobs of an environment."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from awa_batch.batch import listing
from awa_batch.batch.failures import CallError
from awa_batch.batch.jobs import arrays_shown, describe_jobs
from awa_batch.batch.memory import memory_of
from awa_batch.contract.model import Contract
from awa_batch.observe.job import ACTIVE, Job

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient
    from mypy_boto3_batch.literals import JobStatusType


RUNS_BACK = 30 * 86_400
"""Seconds for which a run of another machine is looked for in a history."""
AWS_KEEPS = 6 * 86_400_000
"""Milliseconds for which AWS Batch certainly lists a job that has ended: seven days at least (Batch guide, "Jobs")."""


def describe(batch: BatchClient, ids: Iterable[str]) -> dict[str, Job]:
    """Return id → job for those that AWS still knows, with one call per 100. Raises CallError."""
    return {job_id: Job.from_detail(detail) for job_id, detail in describe_jobs(batch, ids).items()}


def list_children(batch: BatchClient, parent: str, status: JobStatusType) -> list[Job]:
    """Return an array's children of one status by their index, as ListJobs shows them (no attempts, no logs).

    1,000 a page. Those of an array that AWS has forgotten are as the history has them. Raises CallError.
    """
    memory = memory_of(batch)
    try:
        children = list(map(Job.from_summary, listing.list_children(batch, parent, status)))
    except CallError as error:
        if memory is None or not error.code:
            raise
        children = []
    if not children and memory is not None and not arrays_shown(batch, [f"{parent}:0"]):
        children = [job for job in map(Job.from_detail, memory.children(parent)) if job.status == status]
    return sorted(children, key=lambda job: job.index or 0)


def list_active(batch: BatchClient, queue: str) -> list[Job]:
    """Return a queue's jobs that have not ended (arrays as one job), those not started first. Raises CallError."""
    jobs = [Job.from_summary(entry, queue) for state in ACTIVE for entry in listing.list_in_state(batch, queue, state)]
    return list({job.id: job for job in jobs}.values())  # one may have gone from state to state between the calls


def list_recent(
    batch: BatchClient, contract: Contract, *, hours: float = 24.0, name: str | None = None, queues: Iterable[str] = ()
) -> list[Job]:
    """Return the jobs of any status submitted to the environment's queues, newest first.

    ``hours`` looks back that far; with ``name`` (case-insensitive, a trailing ``*`` is a glob) all of that name are
    returned instead, since ListJobs takes one filter at a time. ``queues`` are ARNs or names; default all. What AWS has
    forgotten since is among them where the environment keeps a history. Raises CallError.
    """
    since = int((time.time() - hours * 3600) * 1000)
    jobs: list[Job] = []
    arns = list(queues) or [entry.arn for entry in contract.queues.values()]
    for queue in arns:
        found = listing.list_named(batch, queue, name) if name else listing.list_since(batch, queue, since)
        jobs += [Job.from_summary(summary, queue) for summary in found]
    jobs += _forgotten(batch, contract, since, arns, {job.id for job in jobs}, name)
    return sorted(jobs, key=lambda job: job.created_at or 0, reverse=True)


def _forgotten(
    batch: BatchClient, contract: Contract, since: int, queues: Iterable[str], shown: set[str], name: str | None
) -> list[Job]:
    """Return the jobs that a history has and AWS does not list, as far back as it would not."""
    memory = memory_of(batch)
    kept = time.time() * 1000 - (AWS_KEEPS if contract.target.has_account else 0)
    if memory is None or since >= kept:
        return []
    wanted = {arn.rpartition("/")[2] for arn in queues}
    return [
        job
        for job in map(Job.from_detail, memory.ended_since(since))
        if job.id not in shown and job.queue in wanted and (name is None or _is_named(job.name, name))
    ]


def list_run(batch: BatchClient, contract: Contract, run: str) -> list[str]:
    """Return the ids of the jobs of a run (`submit --from`) by their names, in the order of its file.

    They are those of all machines: of the jobs that AWS lists, and of what a history has of the last 30 days. Where a
    name is there twice, the older job is meant, as `submit --from` does. Raises CallError.
    """
    found: dict[str, tuple[int, str]] = {}

    named = re.compile(rf"{re.escape(run)}-[0-9a-f]{{10}}-[0-9]{{6}}-")  # submission.plan, plan

    def add(name: str, created: int, job_id: str) -> None:
        if named.match(name):
            found[name] = min(found.get(name, (created, job_id)), (created, job_id))

    for queue in contract.queues.values():
        for summary in listing.list_named(batch, queue.arn, f"{run}-*"):
            add(summary["jobName"], summary.get("createdAt", 0), summary["jobId"])
    if (memory := memory_of(batch)) is not None:
        for detail in memory.named_since(f"{run}-", int((time.time() - RUNS_BACK) * 1000)):
            add(detail["jobName"], detail.get("createdAt", 0), detail["jobId"])
    return [job_id for _, (_, job_id) in sorted(found.items())]


def _is_named(name: str, wanted: str) -> bool:
    """Whether a name is one that ListJobs' filter finds: whatever its case, and a trailing ``*`` is any end."""
    name, wanted = name.lower(), wanted.lower()
    return name.startswith(wanted[:-1]) if wanted.endswith("*") else name == wanted
