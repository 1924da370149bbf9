"""A job as DescribeJobs or ListJobs shows it, with the questions that people ask of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from awa_batch.batch.derived import derived_name
from awa_batch.batch.index_map import original_index
from awa_batch.batch.jobs import array_index, array_size
from awa_batch.batch.several import ContainerLogs, logs_of
from awa_batch.batch.submitted_code import submitted_code
from awa_batch.duration import duration_text

if TYPE_CHECKING:
    from mypy_boto3_batch.literals import JobStatusType
    from mypy_boto3_batch.type_defs import AttemptDetailTypeDef, JobDetailTypeDef, JobSummaryTypeDef

ACTIVE: tuple[JobStatusType, ...] = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING")
"""AWS Batch's statuses before the end, in their order."""

TERMINAL = ("SUCCEEDED", "FAILED")
UNKNOWN = "UNKNOWN"
"""A status of ours: AWS does not show the job (any more)."""

DEFAULT_LOG_GROUP = "/aws/batch/job"
"""Where AWS Batch writes unless the job definition's awslogs options name another group."""


AWSLOGS = "awslogs"
"""The log driver that writes to CloudWatch Logs, which AWS Batch takes where a definition names none."""


@dataclass(frozen=True)
class Attempt:
    """One try of a job. Times are epoch milliseconds."""

    exit_code: int | None
    reason: str | None
    log_stream: str | None
    started_at: int | None
    stopped_at: int | None


@dataclass(frozen=True)
class Job:
    """A job's state. Times are epoch milliseconds, as AWS gives them.

    Of several containers it is the main one's, and ``containers`` has the logs of each by its name.
    ``code`` is which code came with it (`submit --code`, 12 digits of its SHA-256), None where its image's runs.
    ``image`` is the beginning of the digest of the image that it was given in place of the released one
    (`submit --image`), None where it runs that.
    ``original_index`` is that of a retry's child in the array that was retried (`retry --failed-only`).
    """

    id: str
    name: str
    status: str
    status_reason: str | None
    queue: str
    definition: str
    created_at: int | None
    started_at: int | None
    stopped_at: int | None
    attempts: tuple[Attempt, ...]
    exit_code: int | None
    reason: str | None
    log_group: str
    log_stream: str | None
    array_size: int | None
    array_summary: dict[str, int]
    index: int | None = None
    original_index: int | None = None
    code: str | None = None
    image: str | None = None
    log_driver: str = AWSLOGS
    containers: dict[str, ContainerLogs] = field(default_factory=dict)

    @classmethod
    def unknown(cls, job_id: str, seconds: float) -> Job:
        """Return what is known of a job that AWS has not shown for so long (0: that it does not show)."""
        shows = f"has not shown it for {duration_text(seconds)}" if seconds else "does not show it"
        return cls(
            id=job_id,
            name="-",
            status=UNKNOWN,
            status_reason=f"AWS {shows}: it aged out (after about 7 days), or never was",
            queue="",
            definition="",
            created_at=None,
            started_at=None,
            stopped_at=None,
            attempts=(),
            exit_code=None,
            reason=None,
            log_group="",
            log_stream=None,
            array_size=None,
            array_summary={},
        )

    @classmethod
    def from_detail(cls, detail: JobDetailTypeDef) -> Job:
        """Read one entry of DescribeJobs' ``jobs``."""
        container = detail.get("container") or {}
        logging = container.get("logConfiguration")
        options = (logging.get("options") if logging else None) or {}
        return cls(
            id=detail["jobId"],
            name=detail["jobName"],
            status=detail.get("status", "SUBMITTED"),
            status_reason=detail.get("statusReason"),
            queue=_short(detail.get("jobQueue")),
            definition=_short(detail.get("jobDefinition")),
            created_at=detail.get("createdAt"),
            started_at=detail.get("startedAt"),
            stopped_at=detail.get("stoppedAt"),
            attempts=tuple(map(_attempt, detail.get("attempts") or ())),
            exit_code=container.get("exitCode"),
            reason=container.get("reason"),
            log_group=options.get("awslogs-group", DEFAULT_LOG_GROUP),
            log_stream=container.get("logStreamName"),
            array_size=array_size(detail),
            array_summary=dict((detail.get("arrayProperties") or {}).get("statusSummary") or {}),
            index=array_index(detail),
            original_index=original_index(detail),
            code=submitted_code(detail),
            image=_other_image(detail.get("jobDefinition")),
            log_driver=(logging.get("logDriver") if logging else None) or AWSLOGS,
            containers=logs_of(detail),
        )

    @classmethod
    def from_summary(cls, summary: JobSummaryTypeDef, queue: str = "") -> Job:
        """Read one entry of ListJobs' ``jobSummaryList`` (no attempts, no log); it does not tell its ``queue``."""
        container = summary.get("container") or {}
        array = summary.get("arrayProperties") or {}
        return cls(
            id=summary["jobId"],
            name=summary["jobName"],
            status=summary.get("status", "SUBMITTED"),
            status_reason=summary.get("statusReason"),
            queue=_short(queue),
            definition=_short(summary.get("jobDefinition")),
            created_at=summary.get("createdAt"),
            started_at=summary.get("startedAt"),
            stopped_at=summary.get("stoppedAt"),
            attempts=(),
            exit_code=container.get("exitCode"),
            reason=container.get("reason"),
            log_group=DEFAULT_LOG_GROUP,
            log_stream=None,
            array_size=None if "index" in array else array.get("size") or None,
            array_summary=dict(array.get("statusSummary") or {}),
            index=array.get("index"),
            image=_other_image(summary.get("jobDefinition")),
        )

    def of_container(self, name: str) -> Job:
        """Return the job with the log of one of its containers. Raises KeyError."""
        logs = self.containers[name]
        attempts = (
            replace(attempt, log_stream=stream) for attempt, stream in zip(self.attempts, logs.attempts, strict=True)
        )
        group = logs.group or DEFAULT_LOG_GROUP
        return replace(self, attempts=tuple(attempts), log_group=group, log_stream=logs.latest, log_driver=AWSLOGS)

    @property
    def is_complete(self) -> bool:
        """Whether there is nothing more to wait for: it has ended, well or not, or is UNKNOWN."""
        return self.status in TERMINAL or self.status == UNKNOWN

    @property
    def is_success(self) -> bool:
        """Whether the job has ended well."""
        return self.status == "SUCCEEDED"

    @property
    def shown_index(self) -> int | None:
        """The index by which people know a child: the original one of a retry's."""
        return self.index if self.original_index is None else self.original_index

    @property
    def is_array(self) -> bool:
        """Whether this is an array's parent (which never runs and has no log)."""
        return self.array_size is not None

    @property
    def waited_seconds(self) -> float | None:
        """Seconds from submission to the start of the last attempt; None while it waits."""
        if self.created_at is None or self.started_at is None:
            return None
        return max(0.0, (self.started_at - self.created_at) / 1000)

    @property
    def ran_seconds(self) -> float | None:
        """Seconds that the last attempt ran; None before its end."""
        if self.started_at is None or self.stopped_at is None:
            return None
        return max(0.0, (self.stopped_at - self.started_at) / 1000)

    @property
    def why(self) -> str:
        """What AWS says of a job that waits or failed, in one line; empty where it says nothing.

        Of one that runs or went well too: "Essential container in task exited" tells nobody anything.
        """
        if self.status in ("RUNNING", "SUCCEEDED"):
            return ""
        parts = [self.status_reason or "", self.reason or ""]
        said = "; ".join(dict.fromkeys(part for part in parts if part))
        if self.status == "FAILED" and self.exit_code is not None:
            return f"exit code {self.exit_code}" + (f": {said}" if said else "")
        return said


def _attempt(entry: AttemptDetailTypeDef) -> Attempt:
    container = entry.get("container") or {}
    return Attempt(
        exit_code=container.get("exitCode"),
        reason=container.get("reason") or entry.get("statusReason"),
        log_stream=container.get("logStreamName"),
        started_at=entry.get("startedAt"),
        stopped_at=entry.get("stoppedAt"),
    )


def _other_image(definition: str | None) -> str | None:
    found = derived_name(definition) if definition else None
    return found.digest if found else None


def _short(arn: str | None) -> str:
    return (arn or "").rsplit("/", 1)[-1]
