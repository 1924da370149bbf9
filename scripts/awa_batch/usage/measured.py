"""What jobs asked for and what their attempts used, as DescribeJobs and the lines in their logs say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from awa_batch.batch.jobs import array_size, describe_jobs
from awa_batch.batch.logs import find_in_streams
from awa_batch.batch.resources import memory_of, vcpu_of
from awa_batch.batch.usage_lines import KEY, read_usage_line
from awa_batch.observe.job import AWSLOGS, Job

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import JobDetailTypeDef

    from awa_batch.batch.clients import Clients

MIB = 1 << 20
MOST = 2.0**63
"""No figure of a job is as large."""
CLOCKS = 300_000
"""Milliseconds by which the clock of the machine that wrote a line may be behind."""


@dataclass(frozen=True)
class Asked:
    """What a job's main container was given: vCPUs, MiB, and whether it runs on Fargate."""

    vcpu: float | None
    memory: int | None
    on_fargate: bool


@dataclass(frozen=True)
class Measured:
    """A job, what it asked for, and what the attempt that used most memory measured.

    ``memory`` in MiB is the peak without what the page cache held of it at the end; ``peak`` is with it. ``cores`` is
    the mean over the attempt's time. All are None where the job's log has no line; ``note`` says why.
    """

    job_id: str
    name: str
    status: str
    index: int | None
    asked: Asked
    attempts: int
    note: str = ""
    attempt: int | None = None
    memory: float | None = None
    peak: float | None = None
    cores: float | None = None
    cpu_seconds: float | None = None
    wall_seconds: float | None = None
    read_bytes: int | None = None
    written_bytes: int | None = None
    exit_code: int | None = None
    image: str | None = None
    source: str | None = None
    out_of_memory: bool = False

    @property
    def memory_efficiency(self) -> float | None:
        """The part of the memory asked for that was used at the peak, from 0 to 1."""
        return None if self.memory is None or not self.asked.memory else self.memory / self.asked.memory

    @property
    def cpu_efficiency(self) -> float | None:
        """The part of the vCPUs asked for that was used on the mean, from 0 to 1."""
        return None if self.cores is None or not self.asked.vcpu else self.cores / self.asked.vcpu


def usage_of_jobs(clients: Clients, ids: Iterable[str]) -> list[Measured]:
    """Return what jobs used, in their order; an array stands for all its children.

    Calls: one a hundred jobs, and one a hundred log streams. What AWS does not show (any more) is left out. Raises
    CallError.
    """
    details = describe_jobs(clients.batch, ids)
    wanted: list[str] = []
    for job_id, detail in details.items():
        size = array_size(detail)
        wanted += [job_id] if size is None else [f"{job_id}:{index}" for index in range(size)]
    found = details | describe_jobs(clients.batch, [one for one in wanted if one not in details])
    return measured_of(clients, [found[one] for one in wanted if one in found])


def measured_of(clients: Clients, details: Sequence[JobDetailTypeDef]) -> list[Measured]:
    """Return the same of jobs that were described already (no arrays)."""
    jobs = [Job.from_detail(detail) for detail in details]
    lines = _lines(clients, jobs)
    return [_measured(detail, job, lines) for detail, job in zip(details, jobs, strict=True)]


def _lines(clients: Clients, jobs: Sequence[Job]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return (log group, stream) → what the line in it says."""
    streams: dict[str, list[str]] = {}
    since: dict[str, int] = {}
    for job in jobs:
        if job.log_driver != AWSLOGS:
            continue
        streams.setdefault(job.log_group, []).extend(_streams(job))
        if job.created_at is not None:  # CloudWatch searches from there
            begin = job.created_at - CLOCKS
            since[job.log_group] = min(since.get(job.log_group, begin), begin)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for group, names in streams.items():
        for stream, message in find_in_streams(clients.logs, group, names, KEY, since.get(group)):
            if line := read_usage_line(message):
                found[group, stream] = line
    return found


def _streams(job: Job) -> list[str]:
    names = [attempt.log_stream for attempt in job.attempts] or [job.log_stream]
    return [name for name in names if name]


def _measured(detail: JobDetailTypeDef, job: Job, lines: Mapping[tuple[str, str], dict[str, Any]]) -> Measured:
    container = detail.get("container") or {}
    asked = Asked(vcpu_of(container), memory_of(container), "FARGATE" in (detail.get("platformCapabilities") or ()))
    streams = _streams(job)
    measured = [(number, lines[job.log_group, stream]) for number, stream in enumerate(streams, start=1)
                if (job.log_group, stream) in lines]  # fmt: skip
    of_memory = any("OutOfMemory" in (one.reason or "") for one in job.attempts)
    if not measured:
        return Measured(job.id, job.name, job.status, job.shown_index, asked, len(job.attempts), _why_none(job),
                        out_of_memory=of_memory)  # fmt: skip
    number, line = max(measured, key=lambda one: (_used(one[1]) or 0.0, one[0]))
    return Measured(
        job.id,
        job.name,
        job.status,
        job.shown_index,
        asked,
        len(job.attempts),
        attempt=number,
        memory=_mib(_used(line)),
        peak=_mib(_number(line, "memory_peak_bytes")),
        cores=_number(line, "mean_cores"),
        cpu_seconds=_number(line, "cpu_seconds"),
        wall_seconds=_number(line, "wall_seconds"),
        read_bytes=_whole(line, "read_bytes"),
        written_bytes=_whole(line, "written_bytes"),
        exit_code=_whole(line, "exit_code"),
        image=str(line["image"]) if line.get("image") else None,
        source=str(line["memory_source"]) if line.get("memory_source") else None,
        out_of_memory=of_memory or any((_number(one, "oom_kills") or 0) > 0 for _, one in measured),
    )


def _why_none(job: Job) -> str:
    if job.log_driver != AWSLOGS:
        return f"its output goes to {job.log_driver}"
    if not job.is_complete:
        return "it has not ended"
    if not _streams(job):
        return "it never started"
    return "its command wrote none (`python run_batch.py …` and `python -m awa_runtime …` do)"


def _used(line: Mapping[str, Any]) -> float | None:
    """Return the bytes that the processes held: what of the peak was page cache could have been given back."""
    peak = _number(line, "memory_peak_bytes")
    if peak is None:
        return None
    return max(
        peak - (_number(line, "memory_cache_bytes") or 0.0), min(peak, _number(line, "largest_process_bytes") or 0.0)
    )


def _number(line: Mapping[str, Any], name: str) -> float | None:
    value = line.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    # Any job can write such a line: JSON's readers take Infinity and NaN, and integers that are no float.
    return float(value) if 0 <= value < MOST else None


def _whole(line: Mapping[str, Any], name: str) -> int | None:
    value = _number(line, name)
    return None if value is None else int(value)


def _mib(count: float | None) -> float | None:
    return None if count is None else count / MIB
