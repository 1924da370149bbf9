"""Job queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_batch.arns import arn
from local_batch.json_object import Json
from local_batch.operations import find
from local_batch.operations.checks import check_name, check_tags
from local_batch.operations.paging import page
from local_batch.operations.settling import CHANGING, SECONDS, settle
from local_batch.refusals import refuse
from local_batch.rules import calls
from local_batch.rules import objects as rules
from local_batch.scheduler.dispatch_order import Fifo
from local_batch.scheduler.fair_share import FairShare
from local_batch.scheduler.job import ENDED
from local_batch.scheduler.objects import Queue
from local_batch.services.instance_sizes import architectures

if TYPE_CHECKING:
    from collections.abc import Collection

    from local_batch.scheduler.dispatch_order import DispatchOrder
    from local_batch.scheduler.objects import Region
    from local_batch.scheduler.scheduler import Scheduler


def create(scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """CreateJobQueue: make one on its compute environments that is VALID in a moment. Raises Refusal."""
    name = asked["jobQueueName"]
    check_name(name, "jobQueueName")
    if name in region.queues:
        raise refuse("Object already exists")
    check_tags(asked.get("tags"))
    _check_priority(asked["priority"])
    if asked.get("serviceEnvironmentOrder") or asked.get("jobQueueType") == "SAGEMAKER_TRAINING":
        raise refuse("Service environments (SageMaker training) are not there in the local AWS Batch")
    policy = asked.get("schedulingPolicyArn")
    _check_policy(region, policy)
    limits = asked.get("jobStateTimeLimitActions") or []
    _check_limits(limits)
    order = _checked_order(region, asked.get("computeEnvironmentOrder") or [])
    detail: Json = {
        "jobQueueName": name,
        "jobQueueArn": arn(region.name, "job-queue", name),
        "state": asked.get("state", "ENABLED"),
        "schedulingPolicyArn": policy,
        "status": "CREATING",
        "statusReason": "",
        "priority": asked["priority"],
        "computeEnvironmentOrder": order,
        "jobQueueType": _type_of(region, order),
        "tags": asked.get("tags", {}),
        "jobStateTimeLimitActions": limits,
    }
    queue = Queue(detail, region.name, dispatch_order(scheduler, region, name, policy))
    region.queues[name] = queue
    settle(scheduler, detail, "JobQueue Healthy")
    return _named(queue)


def dispatch_order(scheduler: Scheduler, region: Region, name: str, policy: str | None) -> DispatchOrder:
    """Return an empty dispatch order: fair share with a scheduling policy, first in first out without."""
    if not policy:
        return Fifo()

    def current() -> Json:
        # Looked up each time: both the policy and the queue's choice of it may be changed.
        queue = region.queues.get(name)
        arn_now = queue.detail.get("schedulingPolicyArn") if queue else policy
        return next((dict(one["fairsharePolicy"]) for one in region.policies.values() if one["arn"] == arn_now), {})

    def capacity() -> float:
        queue = region.queues.get(name)
        return sum(one.shared_vcpus for one in scheduler.memory.environments(queue)) if queue else 0.0

    return FairShare(current, capacity, scheduler.settings.scaled)


def describe(_scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """DescribeJobQueues: those named, or all, page by page; a name that is not known is left out."""
    if named := asked.get("jobQueues"):
        if len(named) > calls.DESCRIBED_OBJECTS:
            raise refuse(f"Maximum number of job queues supported is {calls.DESCRIBED_OBJECTS}")
        found = [find.by_name(region.queues, text, lambda queue: queue.arn) for text in named]
        return {"jobQueues": [queue.detail for queue in found if queue is not None]}
    shown, token = page(list(region.queues.values()), asked)
    return {"jobQueues": [queue.detail for queue in shown], "nextToken": token}


def update(scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """UpdateJobQueue: change the members given, and no others. Raises Refusal."""
    queue = find.by_name(region.queues, asked["jobQueue"], lambda found: found.arn)
    if queue is None:
        raise refuse(f"{asked['jobQueue']} does not exist")
    detail = queue.detail
    if detail["status"] in CHANGING:
        raise refuse("Cannot update, resource is being modified.")
    if "priority" in asked:
        _check_priority(asked["priority"])
    policy = asked.get("schedulingPolicyArn")
    if policy is not None and policy != detail.get("schedulingPolicyArn"):
        if not queue.fair_share:
            raise refuse("Cannot add a scheduling policy to a job queue that was created without one")
        if not policy:
            raise refuse("Cannot remove the scheduling policy of a job queue")
        _check_policy(region, policy)
    limits = asked.get("jobStateTimeLimitActions")
    if limits is not None:
        _check_limits(limits)
    order = asked.get("computeEnvironmentOrder")
    if order is not None:
        order = _checked_order(
            region, order, {entry["computeEnvironment"] for entry in detail["computeEnvironmentOrder"]}
        )
    # Everything is checked: from here on nothing is half done.
    for member, value in (
        ("priority", asked.get("priority")),
        ("state", asked.get("state")),
        ("computeEnvironmentOrder", order),
        ("jobStateTimeLimitActions", limits),
    ):
        if value is not None:
            detail[member] = value
    if policy:
        detail["schedulingPolicyArn"] = policy
    if limits is not None:
        scheduler.watch_time_limit(queue)
    detail["status"] = "UPDATING"
    settle(scheduler, detail, "JobQueue Healthy")
    scheduler.wake()
    return _named(queue)


def delete(scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """DeleteJobQueue. One that does not exist is deleted already; a queue's jobs are terminated."""
    queue = find.by_name(region.queues, asked["jobQueue"], lambda found: found.arn)
    if queue is None or queue.detail["status"] == "DELETING":
        return {}
    if queue.detail["status"] in CHANGING:
        raise refuse("Cannot delete, resource is being modified.")
    if queue.detail["state"] != "DISABLED":
        raise refuse("Cannot delete, job queue state must be DISABLED")
    queue.detail["status"] = "DELETING"
    for job in list(queue.jobs.values()):
        scheduler.terminate(job, "Job queue was deleted")
    scheduler.after(SECONDS, lambda: _forget(scheduler, region, queue))
    return {}


def _forget(scheduler: Scheduler, region: Region, queue: Queue) -> None:
    if any(job.status not in ENDED for job in queue.jobs.values()):
        scheduler.after(SECONDS, lambda: _forget(scheduler, region, queue))
    elif region.queues.get(queue.name) is queue:
        del region.queues[queue.name]


def _named(queue: Queue) -> Json:
    return {"jobQueueName": queue.name, "jobQueueArn": queue.arn}


def _check_priority(priority: int) -> None:
    if not rules.PRIORITY.hold(priority):
        raise refuse(f"priority must be {rules.PRIORITY}")


def _check_policy(region: Region, policy: str | None) -> None:
    if policy and not any(found["arn"] == policy for found in region.policies.values()):
        raise refuse(f"SchedulingPolicy {policy} not found")


def _check_limits(limits: list[Json]) -> None:
    reasons = [(limit.get("state"), limit["reason"]) for limit in limits]
    if len(set(reasons)) < len(reasons):  # AWS's words, recorded by cdk-preflight's pf-batch-jq-jstla-duplicate
        raise refuse("Duplicate job state limit actions are not allowed.")
    for limit in limits:
        if not rules.STATE_TIME_LIMIT.hold(limit["maxTimeSeconds"]):
            raise refuse(f"jobStateTimeLimitActions.maxTimeSeconds must be {rules.STATE_TIME_LIMIT}")
        if limit["action"] not in rules.STATE_TIME_LIMIT_ACTIONS:
            raise refuse(f"jobStateTimeLimitActions.action {limit['action']} is not supported for this job queue")
        if limit["reason"] not in rules.STATE_TIME_LIMIT_REASONS:
            raise refuse(f"jobStateTimeLimitActions.reason {limit['reason']} is not supported")


def _checked_order(region: Region, order: list[Json], present: Collection[str] = ()) -> list[Json]:
    """Return the order with ARNs, as AWS shows it; ``present`` are those of the queue already. Refuses what AWS does.

    "Compute environments must be in the VALID state before you can associate them with a job queue" (model:
    CreateJobQueueRequest.computeEnvironmentOrder).
    """
    if not order:
        raise refuse("At least one compute environment must be specified in computeEnvironmentOrder")
    if len(order) > rules.MOST_ENVIRONMENTS:
        raise refuse(f"A job queue can have at most {rules.MOST_ENVIRONMENTS} compute environments")
    if len({entry["order"] for entry in order}) < len(order):
        raise refuse("Each compute environment must have a unique order")
    found = []
    for entry in order:
        environment = find.environment(region, entry["computeEnvironment"])
        if environment is None or environment.detail["status"] == "DELETING":
            raise refuse(f"{entry['computeEnvironment']} does not exist")
        status = environment.detail["status"]
        if status == "INVALID" or (status != "VALID" and environment.arn not in present):
            raise refuse(f"{environment.arn} is {status}: compute environments must be in the VALID state")
        found.append(environment)
    if len({environment.arn for environment in found}) < len(found):
        raise refuse("A compute environment can be specified only once in computeEnvironmentOrder")
    if len({environment.fargate for environment in found}) > 1:
        raise refuse("Fargate and EC2 compute environments cannot be mixed in a job queue")
    # API reference, CreateJobQueue: computeEnvironmentOrder.
    if len({one for environment in found for one in architectures(environment.instance_types)}) > 1:
        raise refuse("All compute environments of a job queue must share the same architecture")
    return [
        {"order": entry["order"], "computeEnvironment": environment.arn}
        for entry, environment in zip(order, found, strict=True)
    ]


def _type_of(region: Region, order: list[Json]) -> str:
    first = find.environment(region, order[0]["computeEnvironment"])
    if first is not None and first.detail["containerOrchestrationType"] == "EKS":
        return "EKS"
    return "ECS_FARGATE" if first is not None and first.fargate else "ECS"
