"""A job as DescribeJobs or ListJobs shows it, with the questions that people ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ACTIVE = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING")
"""AWS Batch's statuses before the end, in their order."""

TERMINAL = ("SUCCEEDED", "FAILED")
UNKNOWN = "UNKNOWN"
"""A status of ours: AWS does not show the job (any more)."""


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
    """A job's state. Times are epoch milliseconds, as AWS gives them."""

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

    @classmethod
    def unknown(cls, job_id: str, seconds: float) -> Job:
        """Return what is known of a job that AWS has not shown for so long (0: that it does not show)."""
        shows = f"has not shown it for {seconds:.0f} s" if seconds else "does not show it"
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
    def from_api(cls, detail: Mapping[str, Any]) -> Job:
        """Read one entry of DescribeJobs' ``jobs`` or ListJobs' ``jobSummaryList``."""
        container = detail.get("container") or {}
        options = (container.get("logConfiguration") or {}).get("options") or {}
        array = detail.get("arrayProperties") or {}
        attempts = tuple(
            Attempt(
                exit_code=(entry.get("container") or {}).get("exitCode"),
                reason=(entry.get("container") or {}).get("reason") or entry.get("statusReason"),
                log_stream=(entry.get("container") or {}).get("logStreamName"),
                started_at=entry.get("startedAt"),
                stopped_at=entry.get("stoppedAt"),
            )
            for entry in detail.get("attempts") or ()
        )
        return cls(
            id=detail["jobId"],
            name=detail["jobName"],
            status=detail.get("status", "SUBMITTED"),
            status_reason=detail.get("statusReason"),
            queue=str(detail.get("jobQueue", "")).rsplit("/", 1)[-1],
            definition=str(detail.get("jobDefinition", "")).rsplit("/", 1)[-1],
            created_at=detail.get("createdAt"),
            started_at=detail.get("startedAt"),
            stopped_at=detail.get("stoppedAt"),
            attempts=attempts,
            exit_code=container.get("exitCode"),
            reason=container.get("reason"),
            # AWS Batch writes to /aws/batch/job unless the definition's awslogs options name another group.
            log_group=options.get("awslogs-group", "/aws/batch/job"),
            log_stream=container.get("logStreamName"),
            # Only a parent has a size; a child has its index.
            array_size=None if "index" in array else array.get("size") or None,
            array_summary=dict(array.get("statusSummary") or {}),
            index=array.get("index"),
        )

    @property
    def is_complete(self) -> bool:
        """Whether there is nothing more to wait for: it has ended, well or not, or is UNKNOWN."""
        return self.status in TERMINAL or self.status == UNKNOWN

    @property
    def is_success(self) -> bool:
        """Whether the job has ended well."""
        return self.status == "SUCCEEDED"

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
        """What AWS says of the job's state, in one line; empty where it says nothing."""
        parts = [self.status_reason or "", self.reason or ""]
        said = "; ".join(dict.fromkeys(part for part in parts if part))
        if self.status == "FAILED" and self.exit_code is not None:
            return f"exit code {self.exit_code}" + (f": {said}" if said else "")
        return said
