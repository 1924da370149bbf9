"""SubmitJob: everything that AWS refuses is refused here, before the engine sees the job."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from local_batch.api import consumables, containers, lookup, retry
from local_batch.model import Submission
from local_batch.names import check_name, is_arn, name_of
from local_batch.refusals import Refusal, refuse

if TYPE_CHECKING:
    from local_batch.engine import Engine
    from local_batch.model import Definition, Queue, Region

Json = dict[str, Any]

MOST_BYTES = 30 * 1024
MOST_DEPENDENCIES = 20
ARRAY_SIZES = (2, 10_000)
MOST_TAGS = 50
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}(:[0-9]+)?")
_SHARE = re.compile(r"[A-Za-z0-9]{0,254}([A-Za-z0-9]|\*)")


def submit(engine: Engine, region: Region, asked: Json) -> Json:
    """SubmitJob."""
    check_name(asked["jobName"], "Job name")
    if len(json.dumps(asked, separators=(",", ":"))) > MOST_BYTES:
        raise refuse(f"Request payload size must be at most {MOST_BYTES // 1024} KiB")
    named = asked["jobDefinition"]
    if not is_arn(named) and not _REFERENCE.fullmatch(named):
        raise Refusal(f"Provided name {named} is not supported pattern[a-zA-Z_0-9-]{{1,128}}")
    queue = lookup.queue(region, asked["jobQueue"])
    if queue.detail["state"] != "ENABLED":
        raise refuse(f"Job Queue {queue.name} is DISABLED")
    if queue.detail["status"] not in {"VALID", "UPDATING", "CREATING"}:
        raise refuse(f"Job Queue {queue.name} is not VALID")
    definition = lookup.definition(region, named)
    if definition.detail["status"] != "ACTIVE":
        raise refuse(f"Job definition {name_of(named)} is INACTIVE")
    _check_platform(engine, queue, definition)
    retry.check(asked.get("retryStrategy"))
    retry.check_timeout(asked.get("timeout"))
    _check_tags(asked.get("tags") or {})
    size = _array_size(asked)
    dependencies = _dependencies(engine, asked.get("dependsOn") or [], size)
    share, priority = _share(queue, definition, asked)
    submission = _submission(queue, definition, asked)
    properties = asked.get("consumableResourcePropertiesOverride") or definition.detail.get(
        "consumableResourceProperties"
    )
    submission.consumables = consumables.needed(region, properties)
    submission.array_size = size
    submission.dependencies = dependencies
    submission.share, submission.priority = share, priority
    job = engine.add(submission)
    return {"jobArn": job.arn, "jobName": submission.name, "jobId": job.id}


def _submission(queue: Queue, definition: Definition, asked: Json) -> Submission:
    detail = definition.detail
    properties = detail.get("containerProperties")
    if properties is None:
        raise refuse(
            "The local AWS Batch runs job definitions with containerProperties only "
            "(multi-container, EKS and multi-node jobs are not there)"
        )
    for member in ("nodeOverrides", "eksPropertiesOverride", "ecsPropertiesOverride"):
        if asked.get(member):
            raise refuse(f"{member} does not fit a job definition with containerProperties")
    overrides = asked.get("containerOverrides") or {}
    containers.check_pairs(overrides.get("environment") or ())
    if "" in (overrides.get("command") or ()):
        raise refuse("containerOverrides.command must not contain an empty string")
    if definition.fargate and (overrides.get("vcpus") or overrides.get("memory")):
        raise refuse("vcpus and memory overrides are not applicable for Fargate jobs; use resourceRequirements")
    container = containers.overridden(properties, overrides)
    containers.check(container, on_fargate=definition.fargate)
    timeout = asked.get("timeout") or detail.get("timeout") or {}
    propagate = asked.get("propagateTags", detail.get("propagateTags"))
    own = asked.get("tags") or {}
    return Submission(
        name=asked["jobName"],
        queue=queue,
        definition=definition,
        container=container,
        parameters={**detail["parameters"], **(asked.get("parameters") or {})},
        retry={
            "attempts": 1,
            "evaluateOnExit": [],
            **(asked.get("retryStrategy") or detail.get("retryStrategy") or {}),
        },
        timeout=timeout.get("attemptDurationSeconds"),
        tags=own,
        propagate_tags=propagate,
        share=None,
        priority=None,
        dependencies=[],
        vcpus=containers.vcpus_of(container),
        memory=containers.memory_of(container),
        task_tags={**detail["tags"], **own} if propagate else {},
        overrides_length=len(json.dumps(overrides, separators=(",", ":"))) if overrides else 0,
    )


def _check_platform(engine: Engine, queue: Queue, definition: Definition) -> None:
    for environment in engine.environments(queue):
        if environment.fargate != definition.fargate:
            kind = "FARGATE" if environment.fargate else "EC2"
            raise refuse(
                f"Job definition {name_of(definition.arn)} has platform capabilities "
                f"{definition.detail['platformCapabilities']}, which do not fit the {kind} compute environments of "
                f"job queue {queue.name}"
            )


def _check_tags(tags: dict[str, str]) -> None:
    for key, value in tags.items():
        if not 1 <= len(key) <= 128 or key.lower().startswith("aws:"):
            raise refuse(f"Tag key {key} is not valid")
        if len(value) > 256:
            raise refuse(f"Tag value of {key} must be at most 256 characters")
    if len(tags) > MOST_TAGS:
        raise refuse(f"A job can have at most {MOST_TAGS} tags")


def _array_size(asked: Json) -> int:
    size = (asked.get("arrayProperties") or {}).get("size")
    if size is None:
        return 0
    low, high = ARRAY_SIZES
    if not low <= size <= high:
        raise refuse(f"Array size must be between {low} and {high}")
    return int(size)


def _dependencies(engine: Engine, asked: list[Json], size: int) -> list[Json]:
    if len(asked) > MOST_DEPENDENCIES:
        raise refuse(f"A job can depend upon a maximum of {MOST_DEPENDENCIES} jobs")
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
        other = engine.find(job_id)
        if other is None:
            raise refuse(f"Job dependency {job_id} not found")
        if kind == "N_TO_N":
            if not size:
                raise refuse("N_TO_N dependency is only valid for array jobs")
            if not other.is_array or other.submission.array_size != size:
                raise refuse("Array job sizes must be the same for an N_TO_N dependency")
    return asked


def _share(queue: Queue, definition: Definition, asked: Json) -> tuple[str | None, int | None]:
    share, priority = asked.get("shareIdentifier"), asked.get("schedulingPriorityOverride")
    if not queue.fair_share:
        if share is not None:
            raise refuse("shareIdentifier must not be specified for a job queue without a scheduling policy")
        if priority is not None:
            raise refuse("schedulingPriorityOverride must not be specified for a job queue without a scheduling policy")
        return None, definition.detail.get("schedulingPriority")
    if share is None:
        raise refuse("shareIdentifier must be specified for a job queue with a scheduling policy")
    if not _SHARE.fullmatch(share):
        raise refuse("shareIdentifier should be up to 255 alphanumeric characters, optionally ending in *")
    if priority is not None and not 0 <= priority <= 9999:
        raise refuse("schedulingPriorityOverride must be between 0 and 9999")
    return share, priority if priority is not None else definition.detail.get("schedulingPriority", 0)
