"""A job as a line of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from awa_batch.batch.resources import memory_of, requirements, vcpu_of
from awa_batch.explain.detail import dependencies_of
from awa_batch.masking import MASK, is_secret_name
from awa_batch.observe.job import Attempt, Job

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import JobDetailTypeDef

MOST_TEXT = 300
"""Characters of a command or a reason that the page has: 10,000 jobs with a text of their own stay under 1 MB."""


@dataclass(slots=True)
class Row:
    """A job. Times are epoch milliseconds.

    ``runs`` are its attempts, one that runs now included (``stopped_at`` None), ``ready`` is when the last job that it
    depends on ended; None where it depends on none, or where AWS does not show that any more (``lost``). ``cause`` is
    the place of its failure's cause in the report. ``request`` is what it was asked to run, None where nobody looked:
    of one that ListJobs alone has shown.
    ``starting`` is when it became STARTING, once an attempt, where events are kept.
    """

    id: str
    name: str
    index: int | None
    status: str
    queue: str
    definition: str
    created: int
    stopped: int | None
    runs: tuple[Attempt, ...]
    said: str
    exit_code: int | None
    image: str = ""
    vcpu: float | None = None
    memory: int | None = None
    gpu: int | None = None
    request: str | None = None
    size: int | None = None
    depends: tuple[str, ...] = field(default=())
    ready: int | None = None
    lost: bool = False
    starting: tuple[int, ...] = ()
    cause: int | None = None

    @property
    def started(self) -> int | None:
        """When its first attempt started."""
        return next((run.started_at for run in self.runs if run.started_at is not None), None)

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.status in ("SUCCEEDED", "FAILED")


def row_of(detail: JobDetailTypeDef) -> Row:
    """Return the line of an entry of DescribeJobs."""
    job = Job.from_detail(detail)
    container = detail.get("container") or {}
    gpu = requirements(container).get("GPU")
    row = _row(job, job.attempts)
    row.image = str(container.get("image") or "")
    row.vcpu, row.memory, row.gpu = vcpu_of(container), memory_of(container), int(float(gpu)) if gpu else None
    row.request = _request(detail, container)
    row.depends = tuple(dependencies_of(detail))
    return row


def row_of_listed(job: Job) -> Row:
    """Return the line of a job as ListJobs shows it: of its attempts the last one alone, and no request."""
    return _row(job, ())


def _row(job: Job, attempts: Sequence[Attempt]) -> Row:
    runs = tuple(attempts)
    begun = job.started_at is not None and not any(run.started_at == job.started_at for run in runs)
    if begun and (job.status == "RUNNING" or not runs):
        stop = job.stopped_at if job.is_complete else None
        runs = (*runs, Attempt(job.exit_code, job.reason, job.log_stream, job.started_at, stop))
    return Row(
        id=job.id,
        name=job.name,
        index=job.shown_index,
        status=job.status,
        queue=job.queue,
        definition=job.definition,
        created=job.created_at or job.started_at or 0,
        stopped=job.stopped_at,
        runs=runs,
        said=job.why[:MOST_TEXT],
        exit_code=job.exit_code,
        size=job.array_size,
    )


def _request(detail: JobDetailTypeDef, container: Mapping[str, Any]) -> str:
    """Return what was asked for beside the size, in a line: no values of variables, which may be secret."""
    parts = [" ".join(_hidden(list(container.get("command") or ()))) or "(the image's own command)"]
    if seconds := (detail.get("timeout") or {}).get("attemptDurationSeconds"):
        parts.append(f"timeout {seconds} s")
    if attempts := (detail.get("retryStrategy") or {}).get("attempts"):
        parts.append(f"attempts {attempts}")
    if names := [str(pair.get("name")) for pair in container.get("environment") or ()]:
        parts.append("variables " + " ".join(sorted(names)))
    return " · ".join(part[:MOST_TEXT] for part in parts)


def _hidden(words: list[str]) -> list[str]:
    """Return a command without the values of its flags that sound like a secret: ``--token X``, ``API_KEY=X``."""
    shown: list[str] = []
    follows = False
    for word in words:
        name, equals, _value = word.partition("=")
        if follows and not word.startswith("-"):
            shown.append(MASK)
            follows = False
        elif equals and is_secret_name(name):
            shown.append(f"{name}={MASK}")
            follows = False
        else:
            shown.append(word)
            follows = word.startswith("-") and is_secret_name(word)
    return shown
