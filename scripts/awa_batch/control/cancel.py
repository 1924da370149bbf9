"""Cancel jobs, many with one call."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

from awa_batch.batch.clients import refused
from awa_batch.observe.job import ACTIVE, Job
from awa_batch.observe.listing import describe

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient

PER_CALL = 50
"""TerminateJobs takes at most 50 ids a call."""


@dataclass(frozen=True)
class Cancellation:
    """What became of one job: ``status`` is what it was before, ``error`` what AWS said where it could not be."""

    job_id: str
    job_name: str
    status: str
    outcome: Literal["cancelled", "ended", "unknown", "failed"]
    error: str = ""


def cancel_reason(how: str) -> str:
    """Return what is written into a cancelled job: who did it, and ``how`` (a few words)."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        user = str(os.getuid())
    return f"Cancelled by {user}@{socket.gethostname()} {how}"


def active_jobs(batch: BatchClient, queue: str) -> list[Job]:
    """Return a queue's jobs that have not ended (arrays as one job), newest state first. Raises AwsError."""
    jobs: list[Job] = []
    try:
        for status in ACTIVE:
            for page in batch.get_paginator("list_jobs").paginate(jobQueue=queue, jobStatus=status):  # type: ignore[arg-type]
                jobs += [Job.from_api({**summary, "jobQueue": queue}) for summary in page["jobSummaryList"]]
    except (BotoCoreError, ClientError) as error:
        raise refused(error, f"listing the jobs of {queue.rsplit('/', 1)[-1]}") from error
    return list({job.id: job for job in jobs}.values())  # one may have gone from state to state between the calls


def cancel_jobs(batch: BatchClient, ids: Sequence[str], reason: str) -> list[Cancellation]:
    """Cancel what has not started, end what runs (SIGTERM, 30 s later SIGKILL), and return what became of each.

    TerminateJob does both. An array's children go with their parent. One call per 50 jobs where the API has it. What
    has ended already is left alone. A call that fails is told with its jobs, and the others are made all the same.
    Raises AwsError where the jobs cannot even be described.
    """
    known = describe(batch, list(dict.fromkeys(ids)))
    active = [job_id for job_id, job in known.items() if not job.is_complete]
    errors: dict[str, str] = {}
    for start in range(0, len(active), PER_CALL):
        errors |= _terminate(batch, active[start : start + PER_CALL], reason)
    return list(_outcomes(dict.fromkeys(ids), known, errors))


def _outcomes(ids: Iterable[str], known: dict[str, Job], errors: dict[str, str]) -> Iterable[Cancellation]:
    for job_id in ids:
        job = known.get(job_id)
        if job is None:
            yield Cancellation(job_id, "-", "UNKNOWN", "unknown", "AWS does not show this job (any more)")
        elif job.is_complete:
            yield Cancellation(job_id, job.name, job.status, "ended")
        elif job_id in errors:
            yield Cancellation(job_id, job.name, job.status, "failed", errors[job_id])
        else:
            yield Cancellation(job_id, job.name, job.status, "cancelled")


def _terminate(batch: BatchClient, ids: list[str], reason: str) -> dict[str, str]:
    """Return id → what AWS said of those that could not be terminated."""
    bulk: Any = getattr(batch, "terminate_jobs", None)  # botocore of 2026 and later
    if bulk is not None and len(ids) > 1:
        try:
            answer = bulk(jobs=ids, reason=reason)
            return {entry["job"]: entry.get("message", entry.get("code", "")) for entry in answer.get("errors", ())}
        except ClientError as error:
            if not _is_unknown(error):
                return dict.fromkeys(ids, str(error))
        except BotoCoreError as error:
            return dict.fromkeys(ids, str(error))
    errors: dict[str, str] = {}
    for job_id in ids:
        try:
            batch.terminate_job(jobId=job_id, reason=reason)
        except (BotoCoreError, ClientError) as error:
            errors[job_id] = str(error)
    return errors


def _is_unknown(error: ClientError) -> bool:
    """Whether the service, or the user's policy, does not know the bulk call: the single one may still do."""
    detail = error.response.get("Error", {})
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status in (404, 405) or detail.get("Code") in (
        "AccessDeniedException",
        "UnknownOperationException",
        "MissingAuthenticationTokenException",
    )
