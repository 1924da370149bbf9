"""Looking at jobs and stopping them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_batch.api import lookup
from local_batch.model import ENDED
from local_batch.names import is_arn, now_ms
from local_batch.refusals import Refusal, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from local_batch.engine import Engine
    from local_batch.model import Job, Queue, Region

Json = dict[str, Any]

MOST_DESCRIBED = 100
MOST_STOPPED = 50
MOST_LISTED = 1000
MOST_FILTERED = 100
FRONT = 100


# -- describing ---------------------------------------------------------------------------------------------------


def describe(engine: Engine, region: Region, asked: Json) -> Json:
    """DescribeJobs: at most 100; ids that are not known (any more) are left out."""
    if not asked["jobs"]:
        raise refuse("At least one job ID must be specified")
    if len(asked["jobs"]) > MOST_DESCRIBED:
        raise refuse(f"Maximum number of jobs supported is  {MOST_DESCRIBED} .")
    found = (engine.find(job_id) for job_id in asked["jobs"])
    return {
        "jobs": [detail_of(engine.summary, job) for job in found if job is not None and _region(job) == region.name]
    }


def _region(job: Job) -> str:
    return job.submission.queue.region


def detail_of(counts: Callable[[Job], dict[str, int]], job: Job) -> Json:
    """Return a job as DescribeJobs shows it."""
    submission = job.submission
    detail: Json = {
        "jobArn": job.arn,
        "jobName": submission.name,
        "jobId": job.id,
        "jobQueue": submission.queue.arn,
        "status": job.status,
        "shareIdentifier": submission.share,
        "schedulingPriority": submission.priority,
        "attempts": list(job.attempts or ()),
        "statusReason": job.status_reason,
        "createdAt": job.created_at,
        "retryStrategy": submission.retry,
        "startedAt": job.started_at,
        "stoppedAt": job.stopped_at,
        "dependsOn": submission.dependencies,
        "jobDefinition": submission.definition.arn,
        "parameters": submission.parameters,
        "container": _container(job),
        "timeout": {"attemptDurationSeconds": submission.timeout} if submission.timeout else None,
        "tags": submission.tags,
        "propagateTags": submission.propagate_tags or False,
        "platformCapabilities": submission.definition.detail["platformCapabilities"],
        "isCancelled": job.cancelled,
        "isTerminated": job.terminated,
    }
    if submission.consumables:
        needs = [{"consumableResource": one.arn, "quantity": quantity} for one, quantity in submission.consumables]
        detail["consumableResourceProperties"] = {"consumableResourceList": needs}
    if job.is_array:
        detail["arrayProperties"] = {
            "statusSummary": counts(job),
            "statusSummaryLastUpdatedAt": now_ms(),
            "size": submission.array_size,
        }
    elif job.index is not None:
        detail["arrayProperties"] = {"index": job.index}
    return detail


def _container(job: Job) -> Json:
    """Return the container as it was asked for, with what the latest attempt adds."""
    container = dict(job.submission.container)
    container.setdefault("networkInterfaces", [])
    attempt = job.attempt
    if attempt is not None:
        container |= {"taskArn": attempt.task_arn, "logStreamName": attempt.log_stream}
    elif job.attempts:
        last = job.attempts[-1]["container"]
        container |= {
            name: last[name] for name in ("taskArn", "logStreamName", "exitCode", "reason", "containerInstanceArn")
        }
    return container


# -- listing ------------------------------------------------------------------------------------------------------


def list_jobs(engine: Engine, region: Region, asked: Json) -> Json:
    """ListJobs: a queue's jobs or an array's children."""
    places = [name for name in ("jobQueue", "arrayJobId", "multiNodeJobId") if asked.get(name)]
    if len(places) != 1:
        raise refuse("Exactly one of jobQueue, arrayJobId and multiNodeJobId must be specified")
    status = asked.get("jobStatus")
    filters = asked.get("filters") or []
    most = MOST_LISTED
    if places == ["multiNodeJobId"]:
        raise refuse(f"Job {asked['multiNodeJobId']} is not a multi-node parallel job")
    if places == ["arrayJobId"]:
        parent = engine.find(asked["arrayJobId"])
        if parent is None or parent.children is None or _region(parent) != region.name:
            raise refuse(f"Array job {asked['arrayJobId']} not found")
        found: list[Job] = [job for job in parent.children if job.status == (status or "RUNNING")]
    else:
        queue = lookup.find(region.queues, asked["jobQueue"], lambda found: found.arn)
        if queue is None:
            raise Refusal(f"Job Queue {asked['jobQueue']} not found.")
        if filters:
            most = MOST_FILTERED
            found = _filtered(queue, filters, status)
        else:
            wanted = status or "RUNNING"
            found = [job for job in queue.jobs.values() if job.status == wanted]
        found.sort(key=lambda job: -job.sequence)
    shown, token = _page(found, asked.get("nextToken"), asked.get("maxResults"), most)
    return {"jobSummaryList": [_summary(engine, job) for job in shown], "nextToken": token}


def _page(jobs: list[Job], token: str | None, size: int | None, most: int) -> tuple[list[Job], str | None]:
    """Return one page. The token names the last job shown, so that jobs which come or go meanwhile shift nothing."""
    if size is not None and size < 1:
        raise refuse("maxResults must be at least 1")
    start = 0
    if token is not None:
        kind, _, number = token.partition("-")
        if kind not in {"s", "i"} or not number.isdigit():
            raise refuse("Invalid nextToken")
        last = int(number)
        while start < len(jobs) and (jobs[start].sequence >= last if kind == "s" else (jobs[start].index or 0) <= last):
            start += 1
    shown = jobs[start : start + min(size or most, most)]
    if start + len(shown) >= len(jobs) or not shown:
        return shown, None
    last_job = shown[-1]
    return shown, f"s-{last_job.sequence}" if last_job.index is None else f"i-{last_job.index}"


def _filtered(queue: Queue, filters: list[Json], status: str | None) -> list[Job]:
    if len(filters) > 1:
        raise refuse("Only one filter can be used at a time")
    name, values = filters[0].get("name"), filters[0].get("values") or []
    if not values:
        raise refuse("The filter must have values")
    test = _test(str(name), [str(value) for value in values])
    jobs: Iterable[Job] = queue.jobs.values()
    if name == "SHARE_IDENTIFIER" and status:
        jobs = (job for job in jobs if job.status == status)
    return [job for job in jobs if test(job)]


def _test(name: str, values: list[str]) -> Callable[[Job], bool]:
    if name == "JOB_NAME":
        wanted = [value.lower() for value in values]
        return lambda job: any(_glob(value, job.submission.name.lower()) for value in wanted)
    if name == "JOB_DEFINITION":
        return lambda job: any(
            value == job.submission.definition.arn
            if is_arn(value)
            else _glob(value, str(job.submission.definition.detail["jobDefinitionName"]))
            for value in values
        )
    if name == "SHARE_IDENTIFIER":
        return lambda job: job.submission.share in values
    if name in {"BEFORE_CREATED_AT", "AFTER_CREATED_AT"}:
        if not values[0].isdigit():
            raise refuse(f"The value of the filter {name} must be a number of milliseconds")
        moment = int(values[0])
        if name == "BEFORE_CREATED_AT":
            return lambda job: job.created_at < moment
        return lambda job: job.created_at > moment
    raise refuse(f"Filter {name} is not supported")


def _glob(pattern: str, text: str) -> bool:
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


def _summary(engine: Engine, job: Job) -> Json:
    submission = job.submission
    summary: Json = {
        "jobArn": job.arn,
        "jobId": job.id,
        "jobName": submission.name,
        "createdAt": job.created_at,
        "shareIdentifier": submission.share,
        "status": job.status,
        "statusReason": job.status_reason,
        "startedAt": job.started_at,
        "stoppedAt": job.stopped_at,
        "jobDefinition": submission.definition.arn,
    }
    if job.attempts:
        last = job.attempts[-1]["container"]
        summary["container"] = {"exitCode": last["exitCode"], "reason": last["reason"]}
    if job.is_array:
        summary["arrayProperties"] = {
            "size": submission.array_size,
            "statusSummary": engine.summary(job),
            "statusSummaryLastUpdatedAt": now_ms(),
        }
    elif job.index is not None:
        summary["arrayProperties"] = {"index": job.index}
    return summary


# -- stopping -----------------------------------------------------------------------------------------------------


def cancel(engine: Engine, region: Region, asked: Json) -> Json:
    """CancelJob: succeeds whether or not there is anything to cancel."""
    _stop(engine, region, asked["jobId"], _reason(asked), engine.cancel)
    return {}


def terminate(engine: Engine, region: Region, asked: Json) -> Json:
    """TerminateJob."""
    _stop(engine, region, asked["jobId"], _reason(asked), engine.terminate)
    return {}


def cancel_many(engine: Engine, region: Region, asked: Json) -> Json:
    """CancelJobs."""
    return _stop_many(engine, region, asked, engine.cancel)


def terminate_many(engine: Engine, region: Region, asked: Json) -> Json:
    """TerminateJobs."""
    return _stop_many(engine, region, asked, engine.terminate)


def _reason(asked: Json) -> str:
    reason = str(asked["reason"])
    if len(reason) > 1024:
        raise refuse("reason must be at most 1024 characters")
    return reason


def _stop(engine: Engine, region: Region, job_id: str, reason: str, how: Callable[[Job, str], None]) -> None:
    job = engine.find(job_id)
    if job is not None and _region(job) == region.name:
        how(job, reason)


def _stop_many(engine: Engine, region: Region, asked: Json, how: Callable[[Job, str], None]) -> Json:
    reason = _reason(asked)
    if not asked["jobs"]:
        raise refuse("At least one job ID must be specified")
    if len(asked["jobs"]) > MOST_STOPPED:
        raise refuse(f"Maximum number of jobs supported is  {MOST_STOPPED} .")
    successful, errors = [], []
    for job_id in asked["jobs"]:
        if not job_id.strip() or any(letter.isspace() for letter in job_id):
            errors.append({"job": job_id, "code": "ValidationException", "message": f"{job_id!r} is not a job ID"})
            continue
        _stop(engine, region, job_id, reason, how)
        successful.append(job_id)
    return {"successful": successful, "errors": errors}


# -- the front of a queue -----------------------------------------------------------------------------------------


def snapshot(engine: Engine, region: Region, asked: Json) -> Json:
    """GetJobQueueSnapshot: the first 100 RUNNABLE jobs in dispatch order, and what the queue uses."""
    queue = lookup.queue(region, asked["jobQueue"])
    now = now_ms()
    jobs = queue.ready.front(FRONT)
    running = [
        job
        for environment in engine.environments(queue)
        for job in environment.running
        if job.submission.queue is queue and job.status not in ENDED
    ]
    detail: Json = {
        "frontOfQueue": {
            "jobs": [{"jobArn": job.arn, "earliestTimeAtPosition": job.runnable_at} for job in jobs],
            "lastUpdatedAt": now,
        },
        "queueUtilization": {
            "totalCapacityUsage": [{"capacityUnit": "VCPU", "quantity": sum(job.submission.vcpus for job in running)}],
            "lastUpdatedAt": now,
        },
    }
    if queue.fair_share:
        shares: dict[str, float] = {}
        for job in running:
            shares[job.submission.share or ""] = shares.get(job.submission.share or "", 0.0) + job.submission.vcpus
        top = sorted(shares.items(), key=lambda share: -share[1])
        detail["queueUtilization"]["fairshareUtilization"] = {
            "activeShareCount": len(shares),
            "topCapacityUtilization": [
                {"shareIdentifier": name, "capacityUsage": [{"capacityUnit": "VCPU", "quantity": used}]}
                for name, used in top
            ],
        }
    return detail
