"""Find many jobs of a run by their names with few calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from awa_batch.batch.clients import refused
from awa_batch.submission.ledger import Entry

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient


def find_all(reader: BatchClient, queue: str, glob: str) -> dict[str, str]:
    """Return name → id of a queue's jobs of any status whose name is ``glob`` (a trailing ``*`` is any end).

    Where a name is there twice after all, the older job is meant. Raises AwsError.
    """
    found: dict[str, tuple[int, str]] = {}
    try:
        pages = reader.get_paginator("list_jobs").paginate(
            jobQueue=queue, filters=[{"name": "JOB_NAME", "values": [glob]}]
        )
        for page in pages:
            for job in page["jobSummaryList"]:
                this = (job.get("createdAt", 0), job["jobId"])
                found[job["jobName"]] = min(this, found.get(job["jobName"], this))
    except (BotoCoreError, ClientError) as error:
        raise refused(error, f"looking jobs up by name in {queue.rsplit('/', 1)[-1]}") from error
    return {name: job_id for name, (_created, job_id) in found.items()}


def look_up(reader: BatchClient, prefix: str, entries: Iterable[Entry]) -> dict[int, str]:
    """Return line → id of those ``entries`` that AWS Batch has. Raises AwsError.

    The names of a hundred lines begin alike (``<prefix>0012``…), and a page of ListJobs holds a hundred jobs: one call
    finds them all, however many of them are asked for.
    """
    groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[entry.queue, f"{prefix}{entry.line // 100:04d}"].append(entry)
    found: dict[int, str] = {}
    for (queue, beginning), members in groups.items():
        ids = find_all(reader, queue, members[0].name if len(members) == 1 else f"{beginning}*")
        found.update({entry.line: ids[entry.name] for entry in members if entry.name in ids})
    return found
