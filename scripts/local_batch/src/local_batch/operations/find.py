"""The objects that a request names, by name or by ARN."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from local_batch.arns import is_arn, name_of
from local_batch.refusals import Refusal, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_batch.scheduler.objects import Definition, Environment, Queue, Region

T = TypeVar("T")


def by_name(objects: dict[str, T], named: str, arn_of: Callable[[T], str]) -> T | None:
    """Return the object of a name or an ARN; an ARN must be the object's own, region and account included."""
    found = objects.get(name_of(named))
    return None if found is None or (is_arn(named) and arn_of(found) != named) else found


def environment(region: Region, named: str) -> Environment | None:
    """Return a compute environment, or None."""
    return by_name(region.environments, named, lambda found: found.arn)


def queue(region: Region, named: str) -> Queue:
    """Return a job queue. Raises Refusal."""
    found = by_name(region.queues, named, lambda found: found.arn)
    if found is None:
        raise Refusal(f"JobQueue {named} not found.")
    return found


def definition(region: Region, named: str) -> Definition:
    """Return the revision that a name, ``name:revision`` or ARN means; without revision the newest ACTIVE one."""
    text = name_of(named)
    name, _, revision = text.partition(":")
    revisions = region.definitions.get(name) or []
    if is_arn(named) and revisions and revisions[0].arn.rsplit(":", 1)[0] != named.rsplit("/", 1)[0] + "/" + name:
        revisions = []
    if not revisions:
        raise refuse(f"JobDefinition {named} not found")
    if not revision:
        active = [found for found in revisions if found.detail["status"] == "ACTIVE"]
        if not active:
            raise refuse(f"JobDefinition {named} has no active revision")
        return active[-1]
    if not revision.isdigit() or not 1 <= int(revision) <= len(revisions):
        raise refuse(f"JobDefinition {named} not found")
    return revisions[int(revision) - 1]
