"""The jobs of a run (`submit --from … --run NAME`), for commands that look at them or do them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from awa_batch.errors import UsageError
from awa_batch.text import Field

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.observe import Job


def ids_of_run(clients: Clients, run: str) -> list[str]:
    """Return the ids of a run's jobs in the order of its file: from this clone's ledger, else by their names.

    Another machine's run is found among the jobs that AWS shows, and those of the last 30 days in the environment's
    history. Raises UsageError for a run that is known neither way, CallError.
    """
    from awa_batch.observe import list_run
    from awa_batch.submission.ledger import read_run

    try:
        return [entry.job_id for entry in read_run(clients.contract.environment, run) if entry.job_id]
    except UsageError as error:
        from awa_batch.submission.plan import check_run_name

        check_run_name(run)
        found = list_run(clients.batch, clients.contract, run)
        if not found:
            environment = clients.contract.environment
            told = f": this clone has begun no such run in {environment}, and no job there is of one."
            raise UsageError(Field("run", run), told, fix=error.remedy) from None
        return found


def jobs_of_run(clients: Clients, run: str, *, failed: bool) -> list[Job]:
    """Return the jobs of a run that AWS shows, in the order of its file; with ``failed`` those that failed.

    Raises as `ids_of_run` does.
    """
    from awa_batch.observe import describe

    ids = ids_of_run(clients, run)
    found = describe(clients.batch, ids)
    return [found[job_id] for job_id in ids if job_id in found and (not failed or found[job_id].status == "FAILED")]
