"""Finding the objects that a request names, by name or by ARN, and paging through lists of them."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, TypeVar

from local_batch.names import is_arn, name_of
from local_batch.refusals import Refusal, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local_batch.model import Definition, Environment, Queue, Region

T = TypeVar("T")


def find(objects: dict[str, T], named: str, arn_of: Callable[[T], str]) -> T | None:
    """Return the object of a name or an ARN; an ARN must be the object's own, region and account included."""
    found = objects.get(name_of(named))
    return None if found is None or (is_arn(named) and arn_of(found) != named) else found


def environment(region: Region, named: str) -> Environment | None:
    """Return a compute environment, or None."""
    return find(region.environments, named, lambda found: found.arn)


def queue(region: Region, named: str) -> Queue:
    """Return a job queue. Raises Refusal."""
    found = find(region.queues, named, lambda found: found.arn)
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


def page(items: Sequence[T], token: str | None, size: int | None, most: int) -> tuple[Sequence[T], str | None]:
    """Return one page of a list that only grows at its end, and the token of the next page."""
    start = 0
    if token is not None:
        try:
            start = int(base64.urlsafe_b64decode(token.encode() + b"=="))
        except (ValueError, binascii.Error):
            raise refuse("Invalid nextToken") from None
    if size is not None and size < 1:
        raise refuse("maxResults must be at least 1")
    end = start + min(size or most, most)
    after = base64.urlsafe_b64encode(str(end).encode()).decode().rstrip("=") if end < len(items) else None
    return items[start:end], after
