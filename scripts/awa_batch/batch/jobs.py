"""Describe, submit and terminate jobs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from awa_batch.batch.failures import CallError, calling
from awa_batch.batch.memory import memory_of
from awa_batch.batch.parts import PER_TERMINATE, in_parts
from awa_batch.batch.several import with_main_container

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient
    from mypy_boto3_batch.type_defs import (
        JobDetailTypeDef,
        SubmitJobRequestTypeDef,
        TerminateJobsResponseTypeDef,
    )


_SUBMITTED: dict[str, int] = {}
"""When this process submitted jobs (epoch ms): DescribeJobs may not show them at once, and no search need go further
back for them."""


def describe_jobs(batch: BatchClient, ids: Iterable[str]) -> dict[str, JobDetailTypeDef]:
    """Return id → the entry of DescribeJobs' ``jobs``, for those that AWS still knows, in the order of ``ids``.

    What it has forgotten is as the client's memory has it, where the environment keeps one (`batch.memory`).
    ``container`` of a job with several is its main one. One call per 100. Raises CallError.
    """
    wanted = list(dict.fromkeys(ids))
    found: dict[str, JobDetailTypeDef] = {}
    with calling("describing jobs"):
        for some in in_parts(wanted):
            for detail in batch.describe_jobs(jobs=some)["jobs"]:
                found[detail["jobId"]] = with_main_container(detail)
    missing = [job_id for job_id in wanted if job_id not in found]
    if missing and (memory := memory_of(batch)) is not None:
        arrays = {one.partition(":")[0] for one in missing}
        began = arrays_shown(batch, missing) | {one: _SUBMITTED[one] for one in arrays & _SUBMITTED.keys()}
        found |= {job_id: with_main_container(detail) for job_id, detail in memory.find(missing, began).items()}
    return {job_id: found[job_id] for job_id in wanted if job_id in found}


def arrays_shown(batch: BatchClient, children: Iterable[str]) -> dict[str, int]:
    """Return id → when it was submitted (epoch ms), of the arrays of these children that AWS shows. Raises CallError.

    A child that AWS does not show may not have been made yet, or its index may be wrong: neither is worth a search that
    begins before its array.
    """
    found: dict[str, int] = {}
    arrays = dict.fromkeys(one.partition(":")[0] for one in children if ":" in one)
    with calling("describing jobs"):
        for some in in_parts(arrays):
            found |= {one["jobId"]: one["createdAt"] for one in batch.describe_jobs(jobs=some)["jobs"]}
    return found


def array_size(detail: JobDetailTypeDef) -> int | None:
    """Return the size of an array's parent; None for any other job, a child of an array included."""
    array = detail.get("arrayProperties") or {}
    return None if "index" in array or not array.get("size") else int(array["size"])


def array_index(detail: JobDetailTypeDef) -> int | None:
    """Return the index of an array's child; None for any other job."""
    index = (detail.get("arrayProperties") or {}).get("index")
    return None if index is None else int(index)


def submit_job(sender: BatchClient, request: SubmitJobRequestTypeDef) -> str:
    """Send a request with one call and return the job's id.

    ``sender`` must not retry by itself (Clients.batch_submit): SubmitJob has no idempotency token. Raises CallError;
    an answer without a job id is one, and the job may be there.
    """
    with calling(f"submitting {request['jobName']}"):
        job_id = sender.submit_job(**request).get("jobId")
    if isinstance(job_id, str) and job_id:
        _SUBMITTED[job_id] = int(time.time() * 1000)
        return job_id
    said = "the answer has no job id"
    raise CallError(f"AWS's answer on submitting {request['jobName']} has no job id.", failure="lost", said=said)


def terminate_jobs(batch: BatchClient, ids: Iterable[str], reason: str) -> dict[str, str]:
    """Cancel jobs that have not started and end those that run; return id → what AWS said where that failed.

    One call per 50 jobs where the API has it, else one per job. A call that fails does not keep the others from being
    made.
    """
    errors: dict[str, str] = {}
    for some in in_parts(ids, PER_TERMINATE):
        errors |= _terminate_at_once(batch, some, reason)
    return errors


def _terminate_at_once(batch: BatchClient, ids: list[str], reason: str) -> dict[str, str]:
    # botocore has TerminateJobs since 2026.
    together: Callable[..., TerminateJobsResponseTypeDef] | None = getattr(batch, "terminate_jobs", None)
    if together is None or len(ids) == 1:
        return _terminate_each(batch, ids, reason)
    try:
        with calling("terminating jobs"):
            errors = together(jobs=ids, reason=reason).get("errors", ())
            return {entry["job"]: entry.get("message", entry.get("code", "")) for entry in errors}
    except CallError as error:
        return _terminate_each(batch, ids, reason) if _is_unknown(error) else dict.fromkeys(ids, error.said)


def _terminate_each(batch: BatchClient, ids: list[str], reason: str) -> dict[str, str]:
    errors: dict[str, str] = {}
    for job_id in ids:
        try:
            with calling(f"terminating {job_id}"):
                batch.terminate_job(jobId=job_id, reason=reason)
        except CallError as error:
            errors[job_id] = error.said
    return errors


def _is_unknown(error: CallError) -> bool:
    """Whether the service, or the user's policy, does not know TerminateJobs: the single call may still work."""
    unknown = ("UnknownOperationException", "MissingAuthenticationTokenException")
    return error.is_denied or error.status in (404, 405) or error.code in unknown
