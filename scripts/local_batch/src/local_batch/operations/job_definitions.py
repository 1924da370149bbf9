"""Job definitions and their revisions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from local_batch.arns import arn, is_arn, name_of
from local_batch.json_object import Json
from local_batch.operations import checks, container_properties, ecs_properties, find, node_properties, retry_strategies
from local_batch.operations.paging import page
from local_batch.refusals import refuse
from local_batch.rules import calls
from local_batch.rules import jobs as rules
from local_batch.scheduler.objects import Definition

if TYPE_CHECKING:
    from local_batch.scheduler.objects import Region
    from local_batch.scheduler.scheduler import Scheduler


def register(_scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """RegisterJobDefinition: a new revision.

    What was not given is not shown: platformCapabilities stay out of DescribeJobDefinitions though EC2 is what they are
    then (terraform-provider-aws, TestAccBatchJobDefinition_basic: none are read back).
    """
    name = asked["jobDefinitionName"]
    checks.check_name(name, "Job definition name")
    if len(json.dumps(asked, separators=(",", ":"))) > rules.DEFINITION_BYTES:
        raise refuse(f"Job definition payload size must be at most {rules.DEFINITION_BYTES // 1024} KiB")
    platforms = asked.get("platformCapabilities") or ["EC2"]
    if len(platforms) > 1:
        raise refuse("Only one platform capability can be specified")
    checks.check_tags(asked.get("tags"))
    checks.check_priority("schedulingPriority", asked.get("schedulingPriority"))
    retry_strategies.check(asked.get("retryStrategy"))
    retry_strategies.check_timeout(asked.get("timeout"))
    asked = dict(asked)
    _check_kind(asked, fargate=platforms == ["FARGATE"])
    if container := asked.get("containerProperties"):
        container_properties.check(container, on_fargate=platforms == ["FARGATE"])
        container = container_properties.complete(container)
        if platforms == ["FARGATE"]:
            container.setdefault("fargatePlatformConfiguration", {"platformVersion": "LATEST"})
        asked["containerProperties"] = container
    if properties := asked.get("ecsProperties"):
        ecs_properties.check(ecs_properties.task_of(properties), on_fargate=platforms == ["FARGATE"])
    if nodes := asked.get("nodeProperties"):
        node_properties.check(nodes)
        ranges = [
            {**one, "container": container_properties.complete(one["container"])} if one.get("container") else one
            for one in nodes["nodeRangeProperties"]
        ]
        asked["nodeProperties"] = {**nodes, "nodeRangeProperties": ranges}
    revisions = region.definitions.setdefault(name, [])
    number = len(revisions) + 1
    detail = {
        **asked,
        "jobDefinitionArn": arn(region.name, "job-definition", f"{name}:{number}"),
        "revision": number,
        "status": "ACTIVE",
        "retryStrategy": retry_strategies.complete(asked.get("retryStrategy")),
        "parameters": asked.get("parameters", {}),
        "tags": asked.get("tags", {}),
        "containerOrchestrationType": "EKS" if asked.get("eksProperties") else "ECS",
    }
    revisions.append(Definition(detail))
    return {"jobDefinitionName": name, "jobDefinitionArn": detail["jobDefinitionArn"], "revision": number}


def _check_kind(asked: Json, *, fargate: bool) -> None:
    kinds = [
        name for name in ("containerProperties", "ecsProperties", "eksProperties", "nodeProperties") if asked.get(name)
    ]
    if asked["type"] == "multinode":
        if kinds != ["nodeProperties"]:
            raise refuse("A multinode job definition must have nodeProperties and nothing else of its kind")
        if fargate:
            raise refuse("Multi-node parallel jobs are not supported on Fargate")
    elif len(kinds) != 1 or kinds == ["nodeProperties"]:
        raise refuse(
            "A container job definition must have exactly one of containerProperties, ecsProperties and eksProperties"
        )


def describe(_scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """DescribeJobDefinitions: the revisions that are asked for, page by page."""
    if named := asked.get("jobDefinitions"):
        if len(named) > calls.DESCRIBED_OBJECTS:
            raise refuse(f"Maximum number of job definitions supported is {calls.DESCRIBED_OBJECTS}")
        if others := [name for name in ("jobDefinitionName", "status", "maxResults", "nextToken") if asked.get(name)]:
            # Model: DescribeJobDefinitionsRequest.jobDefinitions.
            raise refuse(f"jobDefinitions can't be used with other parameters: {', '.join(others)}")
        found = [definition for text in named for definition in _meant(region, text)]
    elif name := asked.get("jobDefinitionName"):
        found = list(reversed(region.definitions.get(name_of(name).partition(":")[0], [])))
    else:
        found = [definition for revisions in region.definitions.values() for definition in reversed(revisions)]
    if status := asked.get("status"):
        found = [definition for definition in found if definition.detail["status"] == status]
    shown, token = page(found, asked)
    return {"jobDefinitions": [definition.detail for definition in shown], "nextToken": token}


def _meant(region: Region, text: str) -> list[Definition]:
    """Return the revisions that a name, ``name:revision`` or ARN means."""
    name, _, revision = name_of(text).partition(":")
    revisions = region.definitions.get(name, [])
    if is_arn(text):
        return [one for one in revisions if one.arn == text or (not revision and one.arn.startswith(text + ":"))]
    if revision:
        return [one for one in revisions if str(one.detail["revision"]) == revision]
    return list(reversed(revisions))


def deregister(_scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """DeregisterJobDefinition: the revision becomes INACTIVE; jobs that were submitted with it go on."""
    text = asked["jobDefinition"]
    if ":" not in name_of(text):
        raise refuse(f"Job definition {text} must name a revision")
    find.definition(region, text).detail["status"] = "INACTIVE"
    return {}
