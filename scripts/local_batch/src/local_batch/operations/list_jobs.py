"""ListJobs: by queue or array, by state or filter, in pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_batch.arns import is_arn
from local_batch.clock import now_ms
from local_batch.json_object import Json
from local_batch.operations import find
from local_batch.refusals import Refusal, refuse
from local_batch.rules import calls as rules
from local_batch.scheduler.states import summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from local_batch.scheduler.job import Job
    from local_batch.scheduler.objects import Queue, Region
    from local_batch.scheduler.scheduler import Scheduler


def list_jobs(scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """ListJobs: a queue's jobs or an array's children."""
    places = [name for name in ("jobQueue", "arrayJobId", "multiNodeJobId") if asked.get(name)]
    if len(places) != 1:
        raise refuse("Exactly one of jobQueue, arrayJobId and multiNodeJobId must be specified")
    status = asked.get("jobStatus")
    filters = asked.get("filters") or []
    most = rules.LISTED_JOBS
    if places == ["multiNodeJobId"]:
        whole = scheduler.memory.find(asked["multiNodeJobId"])
        if whole is None or whole.region != region.name:
            raise refuse(f"Job {asked['multiNodeJobId']} not found")
        if whole.nodes is None:
            raise refuse(f"Job {asked['multiNodeJobId']} is not a multi-node parallel job")
        found: list[Job] = [job for job in whole.nodes if job.status == (status or "RUNNING")]
    elif places == ["arrayJobId"]:
        parent = scheduler.memory.find(asked["arrayJobId"])
        if parent is None or parent.children is None or parent.region != region.name:
            raise refuse(f"Array job {asked['arrayJobId']} not found")
        found = [job for job in parent.children if job.status == (status or "RUNNING")]
    else:
        queue = find.by_name(region.queues, asked["jobQueue"], lambda found: found.arn)
        if queue is None:
            raise Refusal(f"Job Queue {asked['jobQueue']} not found.")
        if filters:
            most = rules.FILTERED_JOBS
            found = _filtered(queue, filters, status)
        else:
            wanted = status or "RUNNING"
            found = [job for job in queue.jobs.values() if job.status == wanted]
        found.sort(key=lambda job: -job.sequence)
    shown, token = _page(found, asked.get("nextToken"), asked.get("maxResults"), most)
    return {"jobSummaryList": [_shown(job) for job in shown], "nextToken": token}


def _page(jobs: list[Job], token: str | None, size: int | None, most: int) -> tuple[list[Job], str | None]:
    """Return one page. The token names the last job shown, so that jobs which come or go meanwhile shift nothing."""
    if size is not None and size < 1:
        raise refuse("maxResults must be at least 1")
    start = 0
    if token:  # as in paging: an empty one is none
        kind, _, number = token.partition("-")
        if kind not in {"s", "i"} or not number.isdigit():
            raise refuse("Invalid nextToken")
        last = int(number)
        while start < len(jobs) and (jobs[start].sequence >= last if kind == "s" else _place(jobs[start]) <= last):
            start += 1
    shown = jobs[start : start + min(size or most, most)]
    if start + len(shown) >= len(jobs) or not shown:
        return shown, None
    last_job = shown[-1]
    is_whole = last_job.index is None and last_job.node is None
    return shown, f"s-{last_job.sequence}" if is_whole else f"i-{_place(last_job)}"


def _place(job: Job) -> int:
    """Return a child's place in its array, or a node's in its job."""
    return (job.index if job.node is None else job.node) or 0


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


def _shown(job: Job) -> Json:
    submission = job.submission
    shown: Json = {
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
    if job.attempts and (last := job.attempts[-1]["container"]):
        shown["container"] = {"exitCode": last["exitCode"], "reason": last["reason"]}
    if job.is_array:
        shown["arrayProperties"] = {
            "size": submission.array_size,
            "statusSummary": summary(job),
            "statusSummaryLastUpdatedAt": now_ms(),
        }
    elif job.index is not None:
        shown["arrayProperties"] = {"index": job.index}
    if submission.nodes:
        shown["nodeProperties"] = {"numNodes": len(submission.nodes)}
        if job.node is not None:
            shown["nodeProperties"] |= {"nodeIndex": job.node, "isMainNode": job.is_main}
    return shown
