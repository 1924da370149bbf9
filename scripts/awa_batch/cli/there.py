"""See that jobs which were named are there, before anything waits for them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from awa_batch.batch.memory import forgotten_words
from awa_batch.errors import NotThereError
from awa_batch.history import recent
from awa_batch.text import Command

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.observe import Job

JUST_SUBMITTED = 60.0
"""Seconds for which a submission of this clone may still be on its way into what DescribeJobs shows."""
LOOKS, PAUSE = 5, 1.0
"""How often such a job is looked for, and the seconds in between."""


def jobs_there(clients: Clients, ids: Sequence[str], named: str = "JOB_ID") -> dict[str, Job]:
    """Return id → job for all of ``ids``, which ``named`` gave.

    DescribeJobs is eventually consistent: a job that this clone has just submitted gets a few seconds to appear. Raises
    NotThereError for any other that AWS does not show, and CallError.
    """
    from awa_batch.observe import describe

    known = describe(clients.batch, dict.fromkeys([*ids, *map(_array, ids)]))
    for _ in range(LOOKS):
        late = [job_id for job_id in ids if job_id not in known and not _beyond(job_id, known.get(_array(job_id)))]
        if not late or not {_array(job_id) for job_id in late} <= _just_submitted(clients):
            break
        time.sleep(PAUSE)
        known |= describe(clients.batch, dict.fromkeys([*late, *map(_array, late)]))
    for job_id in ids:
        if job_id not in known:
            raise _not_there(clients, job_id, known.get(_array(job_id)), named)
    return {job_id: known[job_id] for job_id in ids}


def _array(job_id: str) -> str:
    return job_id.partition(":")[0]


def _beyond(job_id: str, array: Job | None) -> bool:
    """Whether a child was named that this job does not have."""
    index = job_id.partition(":")[2]
    return bool(index) and array is not None and not (index.isdecimal() and int(index) < (array.array_size or 0))


def _just_submitted(clients: Clients) -> set[str]:
    """Return the jobs that this clone has submitted in the last minute."""
    since = time.time() - JUST_SUBMITTED
    return {one.job_id for one in recent(clients.contract.environment, 100) if one.submitted_at / 1000 >= since}


def _not_there(clients: Clients, job_id: str, array: Job | None, named: str) -> NotThereError:
    if array is not None and array.array_size is None:
        return NotThereError(f"{named}: {job_id}: {array.id} is not an array.", fix="Leave the index out.")
    if array is not None:
        return NotThereError(
            f"{named}: {job_id}: the array has the children 0 to {(array.array_size or 1) - 1}.",
            fix="Use one of these as its index.",
        )
    return NotThereError(
        f"{named}: {clients.contract.environment} has no job {job_id}.",
        fix=("List the recent ones with ", Command("status"), f"; {forgotten_words(clients.batch)}."),
    )
