"""Jobs in a table and as JSON: the same columns and names wherever jobs are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from awa_batch.batch.derived import derived_name
from awa_batch.cli.ids import shown_ids
from awa_batch.cli.render import coloured, moment, print_table
from awa_batch.cli.table import Column
from awa_batch.contract.candidate import ENDING
from awa_batch.duration import duration_text

if TYPE_CHECKING:
    from awa_batch.contract import Contract
    from awa_batch.observe import Job

_COLUMNS = (
    Column("job"),
    Column("name", least=12),
    Column("queue", drop=4),
    Column("status", style=coloured),
    Column("children"),
    Column("was index", right=True),
    Column("code", drop=2),
    Column("image", drop=2),
    Column("submitted", drop=1),
    Column("waited", drop=5),
    Column("ran", drop=3),
    Column("why", least=12),
)
_FOR_LOGS = ("log_driver", "containers")
"""Fields of a job that say where `logs` reads."""
_NAMES = {"id": "job_id", "name": "job_name", "index": "array_index"}
"""What a job's fields are called in JSON, where other things have an id and a name as well."""


def job_values(job: Job) -> dict[str, Any]:
    """Return a job as JSON's values. Times are epoch milliseconds."""
    return {_NAMES.get(name, name): value for name, value in asdict(job).items() if name not in _FOR_LOGS}


def print_jobs(contract: Contract, jobs: Sequence[Job]) -> None:
    """Print a table of jobs, the newest last, next to the prompt."""
    logical = logical_names(contract)
    ids = shown_ids(job.id for job in jobs)
    ordered = sorted(jobs, key=lambda job: job.created_at or 0)
    rows = [
        (
            ids[job.id],
            job.name,
            logical.get(job.queue, job.queue),
            job.status,
            children(job),
            job.original_index,
            job.code,
            job.image or candidate(contract, job),
            moment(job.created_at),
            duration_text(job.waited_seconds),
            duration_text(job.ran_seconds),
            job.why,
        )
        for job in ordered
    ]
    seldom = {
        "children": any(row[4] for row in rows),
        "was index": any(row[5] is not None for row in rows),
        "code": any(row[6] for row in rows),
        "image": any(row[7] for row in rows),
    }
    shown = [number for number, column in enumerate(_COLUMNS) if seldom.get(column.name, True)]
    print_table([_COLUMNS[number] for number in shown], [[row[number] for number in shown] for row in rows])


def logical_names(contract: Contract) -> dict[str, str]:
    """Return a queue's name at AWS → what the environment calls it."""
    return {queue.name: name for name, queue in contract.queues.items()}


def candidate(contract: Contract, job: Job) -> str:
    """Return "green" for a job of a release's candidate, of one that is gone since too; else ""."""
    name = job.definition.rpartition(":")[0]
    slots = {entry.name: entry.slot for entry in contract.job_definitions.values()}
    return "green" if slots.get(name, "green" if name.endswith(ENDING) else "") == "green" else ""


def logical_definition(contract: Contract, definition: str) -> str:
    """Return ``name:revision`` with the name that the environment has for the definition, where it has one.

    Of one that was derived for another image: those of its base, and the image.
    """
    known = {entry.name: logical for logical, entry in contract.job_definitions.items()}
    if derived := derived_name(definition):
        return f"{known.get(derived.base, derived.base)}:{derived.revision} image {derived.digest}"
    name, colon, revision = definition.rpartition(":")
    return f"{known[name]}{colon}{revision}" if name in known else definition


def children(job: Job) -> str:
    """Return how far an array is: 197/200, 3 failed; "" of any other job."""
    if not job.is_array:
        return ""
    done, failed = (job.array_summary.get(state, 0) for state in ("SUCCEEDED", "FAILED"))
    return f"{done}/{job.array_size}" + (f", {failed} failed" if failed else "")
