"""Describe jobs by id and list the recent ones of an environment."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from awa_batch.batch.clients import refused
from awa_batch.batch.describe import describe_details
from awa_batch.contract.model import Contract
from awa_batch.observe.job import Job

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient


def describe(batch: BatchClient, ids: Sequence[str]) -> dict[str, Job]:
    """Return id → job for those that AWS still knows, with one call per 100. Raises AwsError."""
    try:
        return describe_raw(batch, ids)
    except (BotoCoreError, ClientError) as error:
        raise refused(error, "describing jobs") from error


def describe_raw(batch: BatchClient, ids: Sequence[str]) -> dict[str, Job]:
    """Do the same, with botocore's own errors."""
    return {job_id: Job.from_api(detail) for job_id, detail in describe_details(batch, ids).items()}


def list_children(batch: BatchClient, parent: str, status: str) -> list[Job]:
    """Return an array's children of one status by their index, as ListJobs shows them (no attempts, no logs).

    1,000 a page. Raises AwsError.
    """
    children: list[Job] = []
    try:
        for page in batch.get_paginator("list_jobs").paginate(arrayJobId=parent, jobStatus=status):  # type: ignore[arg-type]
            children += [Job.from_api(summary) for summary in page["jobSummaryList"]]
    except (BotoCoreError, ClientError) as error:
        raise refused(error, f"listing the children of {parent}") from error
    return sorted(children, key=lambda job: job.index or 0)


def list_recent(
    batch: BatchClient, contract: Contract, *, hours: float = 24.0, name: str | None = None, queues: Iterable[str] = ()
) -> list[Job]:
    """Return the jobs of any status submitted to the environment's queues, newest first.

    ``hours`` looks back that far; with ``name`` (case-insensitive, a trailing ``*`` is a glob) all of that name are
    returned instead, since ListJobs takes one filter at a time. ``queues`` are ARNs or names; default all.
    """
    since = int((time.time() - hours * 3600) * 1000)
    chosen = {"name": "JOB_NAME", "values": [name]} if name else {"name": "AFTER_CREATED_AT", "values": [str(since)]}
    jobs: list[Job] = []
    for queue in list(queues) or [entry.arn for entry in contract.queues.values()]:
        try:
            for page in batch.get_paginator("list_jobs").paginate(jobQueue=queue, filters=[chosen]):  # type: ignore[list-item]
                jobs += [Job.from_api({**summary, "jobQueue": queue}) for summary in page["jobSummaryList"]]
        except (BotoCoreError, ClientError) as error:
            raise refused(error, f"listing the jobs of {queue.rsplit('/', 1)[-1]}") from error
    return sorted(jobs, key=lambda job: job.created_at or 0, reverse=True)
