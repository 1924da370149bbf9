"""The jobs of a run (`submit --from … --run NAME`), for commands that look at them or do them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.observe import Job


def jobs_of_run(clients: Clients, run: str, *, failed: bool) -> list[Job]:
    """Return the jobs of a run that AWS shows, in the order of its file; with ``failed`` those that failed.

    Raises UsageError for a run that this clone does not know, CallError.
    """
    from awa_batch.observe import describe
    from awa_batch.submission.ledger import read_run

    ids = [entry.job_id for entry in read_run(clients.contract.environment, run) if entry.job_id]
    found = describe(clients.batch, ids)
    return [found[job_id] for job_id in ids if job_id in found and (not failed or found[job_id].status == "FAILED")]
