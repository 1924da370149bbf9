"""One submission under a key, however often the command is run."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from awa_batch.batch.jobs import describe_jobs
from awa_batch.batch.listing import ids_by_name
from awa_batch.contract.model import Contract
from awa_batch.errors import UsageError
from awa_batch.files import locked
from awa_batch.history import recent
from awa_batch.paths import state_dir
from awa_batch.request.model import JobRequest
from awa_batch.text import Field

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients

_LOOK_BACK = 100_000


def once_name(contract: Contract, key: str) -> str:
    """Return the job name that ``key`` has in this environment, the same on every machine. Raises UsageError."""
    if not key.strip() or len(key) > 1024:
        raise UsageError(
            Field("once", key[:40]), " is not a key.", fix="Use 1 to 1024 characters, e.g. nightly-2026-11-24."
        )
    mark = hashlib.sha256("\n".join((contract.account_id, contract.region, contract.prefix, key)).encode()).hexdigest()
    readable = re.sub(r"[^A-Za-z0-9]+", "-", key).strip("-")[:100] or "once"
    return f"{readable}-{mark[:10]}"


def once_lock(name: str) -> AbstractContextManager[None]:
    """Let one process of this machine and clone at a time look and submit under a key."""
    return locked(state_dir() / "once" / f"{name}.lock")


def find_once(clients: Clients, key: str, requests: Sequence[JobRequest]) -> dict[str, str]:
    """Return name → id of what was submitted under ``key`` before: what AWS lists, and what this clone remembers.

    AWS lists ended jobs for about seven days; beyond that only this clone's history tells. Raises AwsError, and
    UsageError where the key was used for something of another shape (one array then, three now).
    """
    contract = clients.contract
    name = once_name(contract, key)
    found: dict[str, str] = {}
    queues = {queue.arn for queue in contract.queues.values()} | {request.job_queue for request in requests}
    for queue in sorted(queues):
        found.update(ids_by_name(clients.batch, queue, f"{name}*"))
    remembered = {
        entry.job_name: entry.job_id
        for entry in recent(contract.environment, _LOOK_BACK)
        if entry.job_name.startswith(name) and entry.job_name not in found
    }
    if remembered and not contract.target.is_lasting:  # a local AWS that is gone took its jobs with it
        known = describe_jobs(clients.batch, remembered.values())
        remembered = {job_name: job_id for job_name, job_id in remembered.items() if job_id in known}
    found.update(remembered)
    if unknown := found.keys() - {request.job_name for request in requests}:
        raise UsageError(
            Field("once", key),
            f" was used for another submission: job {found[min(unknown)]} ({min(unknown)}).",
            fix="Use another key for this one.",
        )
    return found
