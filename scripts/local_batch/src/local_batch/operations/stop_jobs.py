"""CancelJob, CancelJobs, TerminateJob and TerminateJobs: they succeed whether or not there is anything to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_batch.json_object import Json
from local_batch.refusals import refuse
from local_batch.rules import calls
from local_batch.rules import jobs as rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_batch.scheduler.job import Job
    from local_batch.scheduler.objects import Region
    from local_batch.scheduler.scheduler import Scheduler


def cancel(scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """CancelJob: end a job that does not start or run yet; one that does goes on. Raises Refusal."""
    _stop(scheduler, region, asked["jobId"], reason_of(asked), scheduler.cancel)
    return {}


def terminate(scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """TerminateJob: end a job in whatever state, its containers with it. Raises Refusal."""
    _stop(scheduler, region, asked["jobId"], reason_of(asked), scheduler.terminate)
    return {}


def cancel_many(scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """CancelJobs: CancelJob for many, with an answer for each."""
    return _stop_many(scheduler, region, asked, scheduler.cancel)


def terminate_many(scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """TerminateJobs: TerminateJob for many, with an answer for each."""
    return _stop_many(scheduler, region, asked, scheduler.terminate)


def reason_of(asked: Json) -> str:
    """Return why jobs are to be stopped. Raises Refusal."""
    reason = str(asked["reason"])
    if not reason.strip():
        raise refuse("reason must not be empty")
    if len(reason) > rules.REASON_CHARACTERS:
        raise refuse(f"reason must be at most {rules.REASON_CHARACTERS} characters")
    return reason


def check_job_ids(jobs: list[str]) -> None:
    """Refuse no ids, and more than one call takes."""
    if not jobs:
        raise refuse("At least one job ID must be specified")
    if len(jobs) > calls.STOPPED_JOBS:
        raise refuse(f"Maximum number of jobs supported is  {calls.STOPPED_JOBS} .")


def _stop(scheduler: Scheduler, region: Region, job_id: str, reason: str, how: Callable[[Job, str], None]) -> None:
    if not job_id.strip():
        raise refuse("jobId must not be empty")
    job = scheduler.memory.find(job_id)
    if job is not None and job.region == region.name:
        how(job, reason)


def _stop_many(scheduler: Scheduler, region: Region, asked: Json, how: Callable[[Job, str], None]) -> Json:
    reason = reason_of(asked)
    check_job_ids(asked["jobs"])
    successful, errors = [], []
    for job_id in asked["jobs"]:
        if not job_id.strip() or any(letter.isspace() for letter in job_id):
            errors.append({"job": job_id, "code": "ValidationException", "message": f"{job_id!r} is not a job ID"})
            continue
        _stop(scheduler, region, job_id, reason, how)
        successful.append(job_id)
    return {"successful": successful, "errors": errors}
