"""DescribeJobs, and a job as it is shown there and in events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_batch.clock import now_ms
from local_batch.json_object import Json
from local_batch.refusals import refuse
from local_batch.rules import calls as rules
from local_batch.scheduler.states import summary

if TYPE_CHECKING:
    from local_batch.scheduler.job import Attempt, Job
    from local_batch.scheduler.objects import Region
    from local_batch.scheduler.scheduler import Scheduler


def describe(scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """DescribeJobs: at most 100; ids that are not known (any more) are left out."""
    if not asked["jobs"]:
        raise refuse("At least one job ID must be specified")
    if len(asked["jobs"]) > rules.DESCRIBED_JOBS:
        raise refuse(f"Maximum number of jobs supported is  {rules.DESCRIBED_JOBS} .")
    found = (scheduler.memory.find(job_id) for job_id in asked["jobs"])
    return {"jobs": [detail_of(job) for job in found if job is not None and job.region == region.name]}


def detail_of(job: Job) -> Json:
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
        "container": _container(job) if submission.task is None else {},
        "nodeProperties": submission.node_properties if job.node is None else None,
        "timeout": {"attemptDurationSeconds": submission.timeout} if submission.timeout else None,
        "tags": submission.tags,
        "propagateTags": submission.propagate_tags or False,
        "platformCapabilities": submission.definition.detail.get("platformCapabilities") or [],
        "isCancelled": job.cancelled,
        "isTerminated": job.terminated,
    }
    if submission.task is not None:
        detail["ecsProperties"] = {"taskProperties": [_task(job, submission.task)]}
    if job.nodes is not None:
        del detail["container"]  # that of a node is told of the node
    elif job.node is not None:
        detail["nodeDetails"] = {"nodeIndex": job.node, "isMainNode": job.is_main}
    if submission.consumables:
        needs = [{"consumableResource": one.arn, "quantity": quantity} for one, quantity in submission.consumables]
        detail["consumableResourceProperties"] = {"consumableResourceList": needs}
    if job.is_array:
        detail["arrayProperties"] = {
            "statusSummary": summary(job),
            "statusSummaryLastUpdatedAt": now_ms(),
            "size": submission.array_size,
        }
    elif job.index is not None:
        detail["arrayProperties"] = {"index": job.index}
    return detail


def _container(job: Job) -> Json:
    """Return the container as it was asked for, with what the latest attempt adds."""
    container = dict(job.container)
    container.setdefault("networkInterfaces", [])
    attempt = job.attempt
    if attempt is not None:
        container |= {**_place(attempt), "logStreamName": attempt.log_stream}
    elif job.attempts:
        last = job.attempts[-1]["container"]
        container |= {
            name: last[name] for name in ("taskArn", "logStreamName", "exitCode", "reason", "containerInstanceArn")
        }
    return container


def _place(attempt: Attempt) -> Json:
    """Return where an attempt runs, which AWS tells while it does (model: ContainerDetail.containerInstanceArn)."""
    return {"taskArn": attempt.task_arn, "containerInstanceArn": attempt.container_instance_arn}


def _task(job: Job, task: Json) -> Json:
    """Return the task of a job with several containers, with what the latest attempt adds to each of them."""
    attempt = job.attempt
    last: Json = {}
    shown: dict[str, Json] = {}
    if attempt is not None:
        last = _place(attempt)
        shown = {name: {"logStreamName": stream} for name, stream in (attempt.log_streams or {}).items()}
    elif job.attempts:
        last = job.attempts[-1]["taskProperties"][0]
        shown = {one["name"]: one for one in last.get("containers") or ()}
    containers = [
        {"networkInterfaces": [], **container, **shown.get(container["name"], {})} for container in task["containers"]
    ]
    return {**task, **last, "containers": containers}
