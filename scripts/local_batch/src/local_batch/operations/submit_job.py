"""SubmitJob: everything that AWS refuses is refused here, before the scheduler sees the job."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from local_batch.arns import is_arn, name_of
from local_batch.json_object import Json
from local_batch.operations import (
    checks,
    consumable_resources,
    container_properties,
    ecs_properties,
    find,
    node_properties,
    retry_strategies,
)
from local_batch.refusals import Refusal, refuse
from local_batch.rules import jobs as rules
from local_batch.scheduler.job import Node, Submission, containers_of

if TYPE_CHECKING:
    from local_batch.scheduler.objects import Definition, Queue, Region
    from local_batch.scheduler.scheduler import Scheduler


def submit(scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """SubmitJob: check the whole request, then make the job, an array with its children. Raises Refusal."""
    checks.check_name(asked["jobName"], "Job name")
    if len(json.dumps(asked, separators=(",", ":"))) > rules.REQUEST_BYTES:
        raise refuse(f"Request payload size must be at most {rules.REQUEST_BYTES // 1024} KiB")
    named = asked["jobDefinition"]
    if not is_arn(named) and not rules.DEFINITION_REFERENCE.fullmatch(named):
        raise Refusal(f"Provided name {named} is not supported pattern[a-zA-Z_0-9-]{{1,128}}")
    queue = find.queue(region, asked["jobQueue"])
    if queue.detail["state"] != "ENABLED":
        raise refuse(f"Job Queue {queue.name} is DISABLED")
    if queue.detail["status"] not in {"VALID", "UPDATING", "CREATING"}:
        raise refuse(f"Job Queue {queue.name} is not VALID")
    definition = find.definition(region, named)
    if definition.detail["status"] != "ACTIVE":
        raise refuse(f"Job definition {name_of(named)} is INACTIVE")
    _check_platform(scheduler, queue, definition)
    retry_strategies.check(asked.get("retryStrategy"))
    retry_strategies.check_timeout(asked.get("timeout"))
    checks.check_tags(asked.get("tags"))
    size = _array_size(asked)
    dependencies = _dependencies(scheduler, asked.get("dependsOn") or [], size)
    share, priority = _share(queue, definition, asked)
    submission = _submission(queue, definition, asked)
    for container in containers_of(submission):
        if refusal := scheduler.settings.host_access.refusal(container):
            raise refuse(refusal)
    properties = asked.get("consumableResourcePropertiesOverride") or definition.detail.get(
        "consumableResourceProperties"
    )
    submission.consumables = consumable_resources.needed(region, properties)
    submission.array_size = size
    submission.dependencies = dependencies
    submission.share, submission.priority = share, priority
    job = scheduler.add(submission)
    return {"jobArn": job.arn, "jobName": submission.name, "jobId": job.id}


def _submission(queue: Queue, definition: Definition, asked: Json) -> Submission:
    detail = definition.detail
    nodes: list[Node] = []
    shown: Json | None = None
    container: Json = {}
    task: Json | None = None
    if detail.get("nodeProperties"):
        overrides = _overrides(asked, "nodeProperties", "nodeOverrides")
        shown, nodes = _nodes(queue, detail["nodeProperties"], asked, overrides)
        needs = [node.need for node in nodes]
        vcpus, memory, gpus = (
            sum(need[0] for need in needs),
            sum(need[1] for need in needs),
            sum(need[2] for need in needs),
        )
    else:
        container, task, overrides = _containers(definition, asked)
        vcpus, memory, gpus = ecs_properties.totals(task) if task else _size_of(container)
    timeout = asked.get("timeout") or detail.get("timeout") or {}
    propagate = asked.get("propagateTags", detail.get("propagateTags"))
    own = asked.get("tags") or {}
    return Submission(
        name=asked["jobName"],
        queue=queue,
        definition=definition,
        container=container,
        task=task,
        nodes=nodes,
        node_properties=shown,
        parameters={**detail["parameters"], **(asked.get("parameters") or {})},
        retry={
            "attempts": 1,
            "evaluateOnExit": [],
            **(retry_strategies.complete(asked.get("retryStrategy")) or detail.get("retryStrategy") or {}),
        },
        timeout=timeout.get("attemptDurationSeconds"),
        tags=own,
        propagate_tags=propagate,
        share=None,
        priority=None,
        dependencies=[],
        vcpus=vcpus,
        memory=memory,
        gpus=gpus,
        task_tags={**detail["tags"], **own} if propagate else {},
        overrides_length=len(json.dumps(overrides, separators=(",", ":"))) if overrides else 0,
    )


def _containers(definition: Definition, asked: Json) -> tuple[Json, Json | None, Json]:
    """Return a job's container, or {} and its task where it has several, and the overrides that made it so."""
    detail = definition.detail
    member = "containerOverrides" if detail.get("containerProperties") else "ecsPropertiesOverride"
    kind = "containerProperties" if detail.get("containerProperties") else "ecsProperties"
    if not detail.get(kind):
        raise refuse(
            "The local AWS Batch runs job definitions with containerProperties, ecsProperties or nodeProperties "
            "(EKS jobs are not there)"
        )
    overrides = _overrides(asked, kind, member)
    if kind == "ecsProperties":
        task = ecs_properties.overridden(ecs_properties.task_of(detail[kind]), overrides)
        ecs_properties.check(task, on_fargate=definition.fargate)
        return {}, task, overrides
    checks.check_variables(overrides.get("environment") or ())
    if definition.fargate and (overrides.get("vcpus") or overrides.get("memory")):
        raise refuse("vcpus and memory overrides are not applicable for Fargate jobs; use resourceRequirements")
    container = container_properties.overridden(detail[kind], overrides)
    container_properties.check(container, on_fargate=definition.fargate)
    return container, None, overrides


def _overrides(asked: Json, kind: str, member: str) -> Json:
    """Return the overrides that fit a definition with ``kind``; raise Refusal where there are others."""
    for other in ("containerOverrides", "nodeOverrides", "eksPropertiesOverride", "ecsPropertiesOverride"):
        if other != member and asked.get(other):
            raise refuse(f"{other} does not fit a job definition with {kind}")
    found: Json = asked.get(member) or {}
    return found


def _nodes(queue: Queue, properties: Json, asked: Json, overrides: Json) -> tuple[Json, list[Node]]:
    """Return the node properties and the nodes of a multi-node job. Raises Refusal."""
    if asked.get("arrayProperties"):
        raise refuse(f"An array of multi-node parallel jobs cannot be submitted to {queue.name}")
    shown, containers = node_properties.overridden(properties, overrides)
    main = properties["mainNode"]
    return shown, [Node(one, _size_of(one), index == main) for index, one in enumerate(containers)]


def _size_of(container: Json) -> tuple[float, int, int]:
    return (
        container_properties.vcpus_of(container),
        container_properties.memory_of(container),
        container_properties.gpus_of(container),
    )


def _check_platform(scheduler: Scheduler, queue: Queue, definition: Definition) -> None:
    for environment in scheduler.memory.environments(queue):
        if environment.fargate != definition.fargate:
            kind = "FARGATE" if environment.fargate else "EC2"
            platforms = definition.detail.get("platformCapabilities") or ["EC2"]
            raise refuse(
                f"Job definition {name_of(definition.arn)} has platform capabilities {platforms}, "
                f"which do not fit the {kind} compute environments of job queue {queue.name}"
            )


def _array_size(asked: Json) -> int:
    size = (asked.get("arrayProperties") or {}).get("size")
    if size is None:
        return 0
    if not rules.ARRAY_SIZE.hold(size):
        raise refuse(f"Array size must be {rules.ARRAY_SIZE}")
    return int(size)


def _dependencies(scheduler: Scheduler, asked: list[Json], size: int) -> list[Json]:
    if len(asked) > rules.MOST_DEPENDENCIES:
        raise refuse(f"A job can depend upon a maximum of {rules.MOST_DEPENDENCIES} jobs")
    for dependency in asked:
        kind, job_id = dependency.get("type"), dependency.get("jobId")
        if kind == "SEQUENTIAL":
            if not size:
                raise refuse("SEQUENTIAL dependency is only valid for array jobs")
            if job_id:
                raise refuse("jobId must not be specified for a SEQUENTIAL dependency")
            continue
        if not job_id:
            raise refuse("jobId must be specified for a job dependency")
        other = scheduler.memory.find(job_id)
        if other is None:
            raise refuse(f"Job dependency {job_id} not found")
        if kind == "N_TO_N":
            if not size:
                raise refuse("N_TO_N dependency is only valid for array jobs")
            if not other.is_array or other.submission.array_size != size:
                raise refuse("Array job sizes must be the same for an N_TO_N dependency")
    return asked


def _share(queue: Queue, definition: Definition, asked: Json) -> tuple[str | None, int | None]:
    """Return a job's share and priority; on a queue without a policy an override of the priority has no effect.

    Model: SubmitJobRequest.shareIdentifier and .schedulingPriorityOverride ("only affects jobs in job queues with a
    fair-share policy"). AWS's own words for a missing priority are in hashicorp/terraform-provider-aws#31226.
    """
    share, override = asked.get("shareIdentifier"), asked.get("schedulingPriorityOverride")
    own: int | None = definition.detail.get("schedulingPriority")
    if not queue.fair_share:
        if share is not None:
            raise refuse("shareIdentifier must not be specified for a job queue without a scheduling policy")
        return None, own
    if share is None:
        raise refuse("shareIdentifier must be specified for a job queue with a scheduling policy")
    if not rules.SHARE_IDENTIFIER.fullmatch(share):
        raise refuse("shareIdentifier should be up to 255 alphanumeric characters, optionally ending in *")
    checks.check_priority("schedulingPriorityOverride", override)
    priority = own if override is None else override
    if priority is None:
        raise Refusal("Either schedulingPriority in job definition or schedulingPriorityOverride is required.")
    return share, priority
