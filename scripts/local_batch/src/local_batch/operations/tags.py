"""Tags of Batch objects and jobs, by ARN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_batch.json_object import Json
from local_batch.operations import find
from local_batch.operations.checks import check_tags
from local_batch.refusals import refuse

if TYPE_CHECKING:
    from local_batch.scheduler.objects import Region
    from local_batch.scheduler.scheduler import Scheduler


def list_for(scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """ListTagsForResource: the tags of the object of an ARN. Raises Refusal."""
    return {"tags": _tags(scheduler, region, asked["resourceArn"])}


def tag(scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """TagResource: add tags to the object of an ARN; given keys get new values. Raises Refusal."""
    tags = _tags(scheduler, region, asked["resourceArn"])
    check_tags(asked["tags"], tags)
    tags.update(asked["tags"])
    return {}


def untag(scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """UntagResource: take tags off the object of an ARN; keys that it has not do no harm. Raises Refusal."""
    tags = _tags(scheduler, region, asked["resourceArn"])
    for key in asked["tagKeys"]:
        tags.pop(key, None)
    return {}


class TagsOfAll:
    """The tags of all objects, as the Resource Groups Tagging API asks for them. Takes the scheduler's lock."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def of_region(self, region: str) -> list[tuple[str, dict[str, str]]]:
        """Return the ARNs of a region's objects and jobs that have tags, with these."""
        with self._scheduler.lock:
            found = self._scheduler.memory.region(region)
            definitions = [one for revisions in found.definitions.values() for one in revisions]
            tagged: list[tuple[str, dict[str, str]]] = [
                *((one.arn, one.detail["tags"]) for one in found.environments.values()),
                *((one.arn, one.detail["tags"]) for one in found.queues.values()),
                *((str(one["arn"]), one["tags"]) for one in found.policies.values()),
                *((one.arn, one.detail["tags"]) for one in definitions),
                *((one.arn, one.detail["tags"]) for one in found.consumables.values()),
                *(
                    (one.arn, one.submission.tags)
                    for one in self._scheduler.memory.jobs.values()
                    if one.region == region
                ),
            ]
            return [(arn, dict(tags)) for arn, tags in tagged if tags]

    def tag(self, region: str, arn: str, tags: dict[str, str]) -> None:
        """Add tags to an object. Raises Refusal."""
        with self._scheduler.lock:
            tag(self._scheduler, self._scheduler.memory.region(region), {"resourceArn": arn, "tags": tags})

    def untag(self, region: str, arn: str, keys: list[str]) -> None:
        """Take tags off an object. Raises Refusal."""
        with self._scheduler.lock:
            untag(self._scheduler, self._scheduler.memory.region(region), {"resourceArn": arn, "tagKeys": keys})


def _tags(scheduler: Scheduler, region: Region, arn: str) -> dict[str, str]:
    """Return the tags of an object, to read and to change. Raises Refusal.

    A child has none of its own: "ARNs for child jobs of array and multi-node parallel (MNP) jobs aren't supported"
    (model: TagResourceRequest.resourceArn, and those of UntagResource and ListTagsForResource).
    """
    found: dict[str, str] | None = None
    kind = arn.rsplit("/", 1)[0].rsplit(":", 1)[-1]
    if kind == "compute-environment" and (environment := find.environment(region, arn)):
        found = environment.detail["tags"]
    elif kind == "job-queue" and (queue := find.by_name(region.queues, arn, lambda one: one.arn)):
        found = queue.detail["tags"]
    elif kind == "scheduling-policy" and (policy := find.by_name(region.policies, arn, lambda one: str(one["arn"]))):
        found = policy["tags"]
    elif kind == "job-definition":
        found = find.definition(region, arn).detail["tags"]
    elif kind == "consumable-resource" and (resource := find.by_name(region.consumables, arn, lambda one: one.arn)):
        found = resource.detail["tags"]
    elif kind == "job" and set(":#") & set(arn.partition("/")[2]):
        raise refuse(f"Tags of the child job {arn} are not supported")
    elif kind == "job" and (job := scheduler.memory.find(arn)) and job.arn == arn:
        found = job.submission.tags
    if found is None:
        raise refuse(f"Resource {arn} not found")
    return found
