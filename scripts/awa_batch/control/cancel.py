"""Cancel jobs, many with one call."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from awa_batch.batch.jobs import terminate_jobs
from awa_batch.observe.job import Job
from awa_batch.observe.queries import describe

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient


@dataclass(frozen=True)
class Cancellation:
    """What became of one job: ``status`` is what it was before, ``error`` what AWS said where it could not be."""

    job_id: str
    job_name: str
    status: str
    outcome: Literal["cancelled", "ended", "unknown", "failed"]
    error: str = ""


def cancel_reason(how: str) -> str:
    """Return what is written into a cancelled job: who did it, and ``how`` (a few words)."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        user = str(os.getuid())
    return f"Cancelled by {user}@{socket.gethostname()} {how}"


def cancel_jobs(batch: BatchClient, ids: Sequence[str], reason: str) -> list[Cancellation]:
    """Cancel what has not started, end what runs (SIGTERM, 30 s later SIGKILL), and return what became of each.

    TerminateJob does both. An array's children go with their parent. One call per 50 jobs where the API has it. What
    has ended already is left alone. A call that fails is reported for each of its jobs; the others are still made.
    Raises CallError where the jobs cannot even be described.
    """
    known = describe(batch, ids)
    active = [job_id for job_id, job in known.items() if not job.is_complete]
    errors = terminate_jobs(batch, active, reason)
    return list(_outcomes(dict.fromkeys(ids), known, errors))


def _outcomes(ids: Iterable[str], known: dict[str, Job], errors: dict[str, str]) -> Iterable[Cancellation]:
    for job_id in ids:
        job = known.get(job_id)
        if job is None:
            yield Cancellation(job_id, "-", "UNKNOWN", "unknown", "AWS does not show this job (any more)")
        elif job.is_complete:
            yield Cancellation(job_id, job.name, job.status, "ended")
        elif job_id in errors:
            yield Cancellation(job_id, job.name, job.status, "failed", errors[job_id])
        else:
            yield Cancellation(job_id, job.name, job.status, "cancelled")
