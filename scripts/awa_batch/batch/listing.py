"""ListJobs, page by page: by state, by array, by time and by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from awa_batch.batch.failures import calling

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient
    from mypy_boto3_batch.literals import JobStatusType
    from mypy_boto3_batch.type_defs import JobSummaryTypeDef

PER_PAGE = 1_000
"""Jobs in one answer of ListJobs by state, at most (botocore's model)."""

PER_FILTERED_PAGE = 100
"""Jobs in one answer of ListJobs with a filter, at most (botocore's model)."""


def list_in_state(batch: BatchClient, queue: str, state: JobStatusType) -> Iterator[JobSummaryTypeDef]:
    """Yield a queue's jobs of one state, arrays as one job. Raises CallError."""
    with calling(f"listing the jobs of {_short(queue)}"):
        for page in batch.get_paginator("list_jobs").paginate(jobQueue=queue, jobStatus=state):
            yield from page["jobSummaryList"]


def first_in_state(batch: BatchClient, queue: str, state: JobStatusType) -> tuple[list[JobSummaryTypeDef], bool]:
    """Return the first 1,000 of a queue's jobs of one state, and whether there are more. Raises CallError."""
    with calling(f"listing the jobs of {_short(queue)}"):
        answer = batch.list_jobs(jobQueue=queue, jobStatus=state, maxResults=PER_PAGE)
        return answer["jobSummaryList"], bool(answer.get("nextToken"))


def list_children(batch: BatchClient, parent: str, state: JobStatusType) -> Iterator[JobSummaryTypeDef]:
    """Yield an array's children of one state. Raises CallError."""
    with calling(f"listing the children of {parent}"):
        for page in batch.get_paginator("list_jobs").paginate(arrayJobId=parent, jobStatus=state):
            yield from page["jobSummaryList"]


def list_since(batch: BatchClient, queue: str, milliseconds: int) -> Iterator[JobSummaryTypeDef]:
    """Yield a queue's jobs of any state that were submitted after that moment of the epoch. Raises CallError."""
    with calling(f"listing the jobs of {_short(queue)}"):
        yield from _filtered(batch, queue, "AFTER_CREATED_AT", str(milliseconds))


def list_named(
    batch: BatchClient, queue: str, name: str, on_page: Callable[[], None] = lambda: None
) -> Iterator[JobSummaryTypeDef]:
    """Yield a queue's jobs of any state by name: whatever its case, and a trailing ``*`` is any end.

    ``on_page`` is called for each answer. Raises CallError.
    """
    with calling(f"looking jobs up by name in {_short(queue)}"):
        yield from _filtered(batch, queue, "JOB_NAME", name, on_page)


def ids_by_name(
    batch: BatchClient, queue: str, name: str, on_page: Callable[[], None] = lambda: None
) -> dict[str, str]:
    """Return name → id of a queue's jobs of any state whose name is ``name`` (a trailing ``*`` is any end).

    Where a name is there twice after all, the older job is meant. Names of another case are keys of their own.
    ``on_page`` is called for each answer. Raises CallError.
    """
    found: dict[str, tuple[int, str]] = {}
    for job in list_named(batch, queue, name, on_page):
        with calling(f"looking jobs up by name in {_short(queue)}"):
            this = (job.get("createdAt", 0), job["jobId"])
            found[job["jobName"]] = min(this, found.get(job["jobName"], this))
    return {name: job_id for name, (_created, job_id) in found.items()}


def _filtered(
    batch: BatchClient, queue: str, key: str, value: str, on_page: Callable[[], None] = lambda: None
) -> Iterator[JobSummaryTypeDef]:
    """Yield what one filter chooses: ListJobs takes one at a time."""
    pages = batch.get_paginator("list_jobs").paginate(jobQueue=queue, filters=[{"name": key, "values": [value]}])
    for page in pages:
        on_page()
        yield from page["jobSummaryList"]


def _short(queue: str) -> str:
    return queue.rsplit("/", 1)[-1]
