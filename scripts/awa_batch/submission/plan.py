"""Turn a file of jobs into the exact requests of a run, each under a name that can be worked out again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from awa_batch.contract import find_job_definition
from awa_batch.contract.model import Contract
from awa_batch.errors import UsageError
from awa_batch.paths import project_root
from awa_batch.request import JobRequest, build_request
from awa_batch.request.config import check_config
from awa_batch.submission.jobfile import JobFile, LineErrors
from awa_batch.text import PLAIN

_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_FIELDS = {
    f"--{name}": name.replace("-", "_")
    for name in (
        "env", "name", "vcpu", "memory", "gpu", "timeout", "attempts", "retry-on", "queue", "share-identifier",
        "scheduling-priority", "depends-on",
    )
} | {"--param": "params", "--tag": "tags", "DEFINITION": "definition"}  # fmt: skip
"""What the flags that the checks name are called in the file."""


def in_words(text: str, words: Mapping[str, str]) -> str:
    """Interim: put other words for the flags that texts still hold."""
    return re.sub(rf"(?<![\w-])(?:{'|'.join(map(re.escape, words))})(?![\w-])", lambda found: words[found[0]], text)


@dataclass(frozen=True)
class Planned:
    """A line's request."""

    line: int
    request: JobRequest


def check_run_name(run: str) -> None:
    """Refuse a run's name that cannot begin a job's name. Raises UsageError."""
    if not _RUN.fullmatch(run):
        near = re.sub(r"[^A-Za-z0-9_-]+", "-", run).lstrip("-_")[:64] or "run-1"
        raise UsageError(
            f"--run {run!r} is not a run's name: 1 to 64 letters, digits, - and _, the first a letter or digit.",
            fix=f"Use --run {near}.",
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
        wanted = definition if job.definition is None else job.definition
        if wanted is None:
            errors.add(
                number,
                "definition is missing.",
                "Write it on the line, or name one for all: submit DEFINITION --from …",
            )
            continue
        try:
            what = job.name or find_job_definition(contract, wanted).name.removeprefix(f"{contract.prefix}-")
            options = job.options()
            check_config(project_root(), options, "config")
            request = build_request(
                contract,
                wanted,
                queue if job.queue is None else job.queue,
                options,
                exact_name=f"{prefix}{number:06d}-{what}"[:128],
            )
        except UsageError as error:
            errors.add(number, *(in_words(text, _FIELDS) for text in error.told(PLAIN)))
            continue
        planned.append(Planned(number, request))
    errors.raise_any()
    return planned
