"""Why many jobs failed, as those of a run: their causes counted, with an example and the end of its log each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from awa_batch.batch.jobs import describe_jobs
from awa_batch.explain.detail import said_of
from awa_batch.explain.ended import failure
from awa_batch.explain.gather import LOGS_OF_CAUSES, log_end

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import JobDetailTypeDef

    from awa_batch.batch.clients import Clients


@dataclass(frozen=True)
class Cause:
    """Jobs that failed from one cause. ``job_ids`` are all of them, the first the one whose log ends with ``log``."""

    verdict: str
    what: str
    job_ids: tuple[str, ...]
    evidence: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
    worth_retry: bool | None = None


def causes_of(clients: Clients, ids: Sequence[str], *, log_lines: int = 10) -> list[Cause]:
    """Return the causes of failed jobs, the most frequent first; jobs that did not fail are passed over.

    One call per 100 jobs, and the logs of five. Raises CallError.
    """
    groups: dict[tuple[str, str], list[JobDetailTypeDef]] = {}
    for detail in describe_jobs(clients.batch, ids).values():
        if detail["status"] == "FAILED":
            finding = failure(detail)
            groups.setdefault((finding.verdict, finding.what), []).append(detail)
    found = sorted(groups.items(), key=lambda group: -len(group[1]))
    return [
        Cause(
            verdict,
            what,
            tuple(detail["jobId"] for detail in details),
            tuple(said_of(details[0])),
            log_end(clients, details[0], log_lines)[0] if number < LOGS_OF_CAUSES else (),
            failure(details[0]).worth_retry,
        )
        for number, ((verdict, what), details) in enumerate(found)
    ]
