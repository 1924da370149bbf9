"""The revisions of an environment's job definitions, and which jobs that have not ended run on them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from awa_batch.batch.failures import calling
from awa_batch.batch.listing import list_in_state
from awa_batch.batch.several import with_container_properties
from awa_batch.observe.job import ACTIVE

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient

    from awa_batch.batch.clients import Clients


@dataclass(frozen=True)
class Revision:
    """A revision of a job definition. ``image`` is its main container's; ``active`` whether jobs may be submitted."""

    name: str
    number: int
    arn: str
    image: str
    active: bool


def revisions_of(batch: BatchClient, name: str) -> list[Revision]:
    """Return a definition's revisions that AWS shows, the newest first: deregistered ones for 180 days. CallError."""
    with calling(f"describing the job definition {name}"):
        pages = batch.get_paginator("describe_job_definitions").paginate(jobDefinitionName=name)
        entries = [with_container_properties(entry) for page in pages for entry in page["jobDefinitions"]]
    found = [
        Revision(
            entry["jobDefinitionName"],
            entry["revision"],
            entry["jobDefinitionArn"],
            str((entry.get("containerProperties") or {}).get("image", "")),
            entry.get("status") == "ACTIVE",
        )
        for entry in entries
    ]
    return sorted(found, key=lambda one: one.number, reverse=True)


def jobs_in_use(clients: Clients) -> dict[str, Counter[str]]:
    """Return the ARN of a definition's revision → how many jobs that have not ended run on it, by state.

    Of all queues of the environment; an array counts once. Five calls a queue, and more above 1,000 jobs. Raises
    CallError.
    """
    found: dict[str, Counter[str]] = {}
    for queue in clients.contract.queues.values():
        for state in ACTIVE:
            for job in list_in_state(clients.batch, queue.arn, state):
                found.setdefault(job.get("jobDefinition", ""), Counter())[state] += 1
    return found
