"""Tags of Batch objects and jobs, by ARN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_batch.api import lookup
from local_batch.refusals import refuse

if TYPE_CHECKING:
    from local_batch.engine import Engine
    from local_batch.model import Region

Json = dict[str, Any]

MOST = 50


def list_for(engine: Engine, region: Region, asked: Json) -> Json:
    """ListTagsForResource."""
    return {"tags": _tags(engine, region, asked["resourceArn"])}


def tag(engine: Engine, region: Region, asked: Json) -> Json:
    """TagResource."""
    tags = _tags(engine, region, asked["resourceArn"])
    if len(tags | asked["tags"]) > MOST:
        raise refuse(f"A resource can have at most {MOST} tags")
    for key in asked["tags"]:
        if key.lower().startswith("aws:"):
            raise refuse(f"Tag key {key} cannot start with aws:")
    tags.update(asked["tags"])
    return {}


def untag(engine: Engine, region: Region, asked: Json) -> Json:
    """UntagResource."""
    tags = _tags(engine, region, asked["resourceArn"])
    for key in asked["tagKeys"]:
        tags.pop(key, None)
    return {}


def _tags(engine: Engine, region: Region, arn: str) -> dict[str, str]:
    """Return the tags of an object, to read and to change. Raises Refusal."""
    found: dict[str, str] | None = None
    kind = arn.rsplit("/", 1)[0].rsplit(":", 1)[-1]
    if kind == "compute-environment" and (environment := lookup.environment(region, arn)):
        found = environment.detail["tags"]
    elif kind == "job-queue" and (queue := lookup.find(region.queues, arn, lambda one: one.arn)):
        found = queue.detail["tags"]
    elif kind == "scheduling-policy" and (policy := lookup.find(region.policies, arn, lambda one: str(one["arn"]))):
        found = policy["tags"]
    elif kind == "job-definition":
        found = lookup.definition(region, arn).detail["tags"]
    elif kind == "consumable-resource" and (resource := lookup.find(region.consumables, arn, lambda one: one.arn)):
        found = resource.detail["tags"]
    elif kind == "job" and (job := engine.find(arn)) and job.arn == arn:
        found = job.submission.tags
    if found is None:
        raise refuse(f"Resource {arn} not found")
    return found
