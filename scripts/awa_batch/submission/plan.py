"""Turn a file of jobs into the exact requests of a run, each under a name that can be worked out again."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from awa_batch.contract import find_job_definition
from awa_batch.contract.model import Contract
from awa_batch.errors import UsageError
from awa_batch.job import JobSpec
from awa_batch.limits.job import MAX_JOB_NAME
from awa_batch.request import JobRequest, build_request
from awa_batch.submission.jobfile import JobFile, LineErrors
from awa_batch.text import Command, Field

_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Planned:
    """A line of the job file by its number (from 1), and the SubmitJob request that it makes."""

    line: int
    request: JobRequest


def check_run_name(run: str) -> None:
    """Refuse a run's name that cannot begin a job's name. Raises UsageError."""
    if not _RUN.fullmatch(run):
        near = re.sub(r"[^A-Za-z0-9_-]+", "-", run).lstrip("-_")[:64] or "run-1"
        raise UsageError(
            Field("run", run),
            " is not a run's name: 1 to 64 letters, digits, - and _, the first a letter or digit.",
            fix=("Use ", Field("run", near), "."),
        )


def run_mark(contract: Contract, run: str, sha256: str) -> str:
    """Return the ten characters that tell this run of this file in this environment from all others.

    They depend on nothing that is kept, so that the jobs are found again even where the ledger is lost.
    """
    parts = (contract.account_id, contract.region, contract.prefix, run, sha256)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:10]


def name_prefix(run: str, mark: str) -> str:
    """Return what all the names of a run's jobs begin with, and no other job's name does."""
    return f"{run}-{mark}-"


def plan(contract: Contract, file: JobFile, run: str, *, queue: str | None, definition: str | None) -> list[Planned]:
    """Return every line's checked request; ``queue`` and ``definition`` are of lines that name none.

    The name is ``<run>-<mark>-<line, six digits>-<the line's name>``, cut to AWS Batch's 128 characters.
    Raises UsageError that names file, line and field, before anything is called.
    """
    check_run_name(run)
    prefix = name_prefix(run, run_mark(contract, run, file.sha256))
    errors = LineErrors(file.path)
    planned = []
    for number, job in file.jobs.items():
        own = {name: value for name, value in vars(job).items() if value is not None}
        spec = JobSpec(
            **{"definition": definition, "queue": queue} | own
        )  # a quarter of what dataclasses.replace takes
        if spec.definition is None:
            errors.add(
                number,
                (Field("definition"), " is missing."),
                (
                    "Write it on the line, or name one for all: ",
                    Command("submit", "fargate-sample", Field("from", file.path), Field("run", run)),
                    ".",
                ),
            )
            continue
        try:
            what = spec.name or find_job_definition(contract, spec.definition).name.removeprefix(f"{contract.prefix}-")
            request = build_request(contract, spec, exact_name=f"{prefix}{number:06d}-{what}"[:MAX_JOB_NAME])
        except UsageError as error:
            errors.add(number, error.problem, error.remedy)
            continue
        planned.append(Planned(number, request))
    errors.raise_any()
    return planned
