"""Consumable resources: licences and the like, of which jobs hold a number while they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_batch.arns import arn
from local_batch.clock import now_ms
from local_batch.json_object import Json
from local_batch.operations import find
from local_batch.operations.checks import check_name, check_tags
from local_batch.operations.paging import page
from local_batch.refusals import refuse
from local_batch.scheduler.job import ENDED
from local_batch.scheduler.objects import Consumable

if TYPE_CHECKING:
    from local_batch.scheduler.job import Job
    from local_batch.scheduler.objects import Region
    from local_batch.scheduler.scheduler import Scheduler

_KINDS = ("REPLENISHABLE", "NON_REPLENISHABLE")


def create(_scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """CreateConsumableResource: make one with its whole quantity free. Raises Refusal."""
    name = asked["consumableResourceName"]
    check_name(name, "consumableResourceName")
    if name in region.consumables:
        raise refuse("Object already exists")
    check_tags(asked.get("tags"))
    kind, quantity = asked.get("resourceType", "REPLENISHABLE"), asked.get("totalQuantity", 0)
    if kind not in _KINDS:
        raise refuse(f"resourceType {kind} must be one of {', '.join(_KINDS)}")
    if quantity < 0:
        raise refuse("totalQuantity must be non-negative")
    detail = {
        "consumableResourceName": name,
        "consumableResourceArn": arn(region.name, "consumable-resource", name),
        "resourceType": kind,
        "createdAt": now_ms(),
        "tags": asked.get("tags", {}),
    }
    region.consumables[name] = Consumable(detail, quantity)
    return detail


def describe(_scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """DescribeConsumableResource: its quantities in all, in use and free. Raises Refusal."""
    return _shown(found(region, asked["consumableResource"]))


def list_all(_scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """ListConsumableResources: all that the filters take, page by page."""
    resources = list(region.consumables.values())
    for one in asked.get("filters") or ():
        if one.get("name") != "CONSUMABLE_RESOURCE_NAME":
            raise refuse(f"Filter {one.get('name')} is not supported")
        wanted = {value.lower() for value in one.get("values") or ()}
        resources = [resource for resource in resources if resource.name.lower() in wanted]
    shown, token = page(resources, asked)
    return {"consumableResources": [_shown(resource) for resource in shown], "nextToken": token}


def update(scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """UpdateConsumableResource: SET, ADD or REMOVE; the same client token changes the quantity once."""
    resource = found(region, asked["consumableResource"])
    token = asked.get("clientToken")
    if token is None or token not in resource.tokens:
        quantity, operation = asked.get("quantity", 0), asked.get("operation", "SET")
        changes = {"SET": quantity, "ADD": resource.total + quantity, "REMOVE": resource.total - quantity}
        if operation not in changes:
            raise refuse(f"operation {operation} must be one of {', '.join(changes)}")
        if quantity < 0 or changes[operation] < 0:
            raise refuse("The quantity of a consumable resource must be non-negative")
        resource.total = changes[operation]
        if token is not None:
            resource.tokens.add(token)
        scheduler.wake()
    return {**resource.detail, "totalQuantity": resource.total}


def delete(scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """DeleteConsumableResource. One that does not exist is deleted already."""
    resource = find.by_name(region.consumables, asked["consumableResource"], lambda one: one.arn)
    if resource is None:
        return {}
    if any(job.status not in ENDED for job in _jobs_of(scheduler, resource)):
        raise refuse("Cannot delete, found jobs that require the consumable resource")
    del region.consumables[resource.name]
    return {}


def list_jobs(scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """ListJobsByConsumableResource: the jobs that ask for one, page by page. Raises Refusal."""
    resource = found(region, asked["consumableResource"])
    jobs = _jobs_of(scheduler, resource)
    for one in asked.get("filters") or ():
        values = {value.lower() for value in one.get("values") or ()}
        if one.get("name") == "JOB_STATUS":
            jobs = [job for job in jobs if job.status.lower() in values]
        elif one.get("name") == "JOB_NAME":
            jobs = [job for job in jobs if job.submission.name.lower() in values]
        else:
            raise refuse(f"Filter {one.get('name')} is not supported")
    shown, token = page(jobs, asked)
    return {"jobs": [_summary(job, resource) for job in shown], "nextToken": token}


def found(region: Region, named: str) -> Consumable:
    """Return the consumable resource of a name or ARN. Raises Refusal."""
    resource = find.by_name(region.consumables, named, lambda one: one.arn)
    if resource is None:
        raise refuse(f"Consumable resource {named} not found")
    return resource


def needed(region: Region, properties: Json | None) -> list[tuple[Consumable, int]]:
    """Return what a job needs. Raises Refusal for resources that are not there and quantities below 1."""
    needs = []
    for entry in (properties or {}).get("consumableResourceList") or ():
        if entry.get("quantity", 0) < 1:
            raise refuse("The quantity of a consumable resource must be at least 1")
        needs.append((found(region, entry.get("consumableResource") or ""), int(entry["quantity"])))
    return needs


def _jobs_of(scheduler: Scheduler, resource: Consumable) -> list[Job]:
    jobs = scheduler.memory.jobs.values()
    return [job for job in jobs if any(one is resource for one, _ in job.submission.consumables)]


def _shown(resource: Consumable) -> Json:
    quantities = {"totalQuantity": resource.total, "inUseQuantity": resource.in_use, "availableQuantity": resource.free}
    return resource.detail | quantities


def _summary(job: Job, resource: Consumable) -> Json:
    submission = job.submission
    entries = [{"consumableResource": one.arn, "quantity": quantity} for one, quantity in submission.consumables]
    return {
        "jobArn": job.arn,
        "jobQueueArn": submission.queue.arn,
        "jobName": submission.name,
        "jobDefinitionArn": submission.definition.arn,
        "shareIdentifier": submission.share,
        "jobStatus": job.status,
        "quantity": sum(entry["quantity"] for entry in entries if entry["consumableResource"] == resource.arn),
        "statusReason": job.status_reason,
        "startedAt": job.started_at,
        "createdAt": job.created_at,
        "consumableResourceProperties": {"consumableResourceList": entries},
    }
