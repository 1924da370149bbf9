"""What a job waits for: dependencies on jobs, on an array's children of the same index, and from child to child."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_batch.scheduler.job import Job


class Failed(NamedTuple):
    """What hangs on jobs that have failed already: the job itself, or some of its children."""

    job: bool
    children: list[Job]


def link(job: Job, find: Callable[[str], Job | None]) -> Failed:
    """Make a job, or its children, wait for what its ``dependsOn`` names. ``find`` returns the job of an id.

    A job that is not found has ended and been forgotten since SubmitJob checked it: nothing waits for it.
    """
    children = job.children or []
    failed = False
    failed_children: list[Job] = []
    for dependency in job.submission.dependencies:
        kind = dependency.get("type")
        if kind == "SEQUENTIAL":
            failed_children += _pairs(list(itertools.pairwise(children)))
            continue
        other = find(dependency["jobId"])
        if other is None:
            continue
        if kind == "N_TO_N" and other.children is not None and children:
            failed_children += _pairs(list(zip(other.children, children, strict=False)))
        elif other.status == "FAILED":
            failed = True
        elif other.status != "SUCCEEDED":
            _wait(job, other)
    return Failed(failed, failed_children)


def _pairs(pairs: list[tuple[Job, Job]]) -> list[Job]:
    """Make the second of each pair wait for the first; return those whose first has failed already."""
    for before, after in pairs:
        if before.status not in {"FAILED", "SUCCEEDED"}:
            _wait(after, before)
    return [after for before, after in pairs if before.status == "FAILED"]


def _wait(job: Job, other: Job) -> None:
    job.waits_for += 1
    if other.dependents is None:
        other.dependents = []
    other.dependents.append(job)
