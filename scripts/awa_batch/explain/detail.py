"""Small questions to an entry of DescribeJobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from awa_batch.batch.jobs import array_index
from awa_batch.explain.model import Try

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import AttemptContainerDetailTypeDef, ContainerDetailTypeDef, JobDetailTypeDef


def is_fargate(detail: JobDetailTypeDef) -> bool:
    """Say whether a job runs on Fargate."""
    return "FARGATE" in (detail.get("platformCapabilities") or ())


def counts_of(detail: JobDetailTypeDef) -> dict[str, int]:
    """Return how many children of an array are in which state; states without any are left out."""
    summary = (detail.get("arrayProperties") or {}).get("statusSummary") or {}
    return {state: int(count) for state, count in summary.items() if count}


def exit_code_of(detail: JobDetailTypeDef) -> int | None:
    """Return the exit code of the last attempt, if its container had one."""
    code = _last_container(detail).get("exitCode")
    return None if code is None else int(code)


def reason_of(detail: JobDetailTypeDef) -> str:
    """Return what was said of the last attempt's container, or ""."""
    return str(_last_container(detail).get("reason") or "")


def said_of(detail: JobDetailTypeDef) -> tuple[str, ...]:
    """Return all that AWS says of a job's state: of the job, of its last attempt and of that one's container."""
    attempts = detail.get("attempts")
    texts = (detail.get("statusReason"), reason_of(detail), attempts[-1].get("statusReason") if attempts else None)
    return tuple(dict.fromkeys(str(text) for text in texts if text))


def _last_container(detail: JobDetailTypeDef) -> AttemptContainerDetailTypeDef | ContainerDetailTypeDef:
    attempts = detail.get("attempts")
    return (attempts[-1].get("container") or {}) if attempts else detail.get("container") or {}


def tries_of(detail: JobDetailTypeDef) -> tuple[Try, ...]:
    """Return the job's attempts."""
    found = []
    for number, entry in enumerate(detail.get("attempts") or (), 1):
        container = entry.get("container") or {}
        start, stop = entry.get("startedAt"), entry.get("stoppedAt")
        code = container.get("exitCode")
        found.append(
            Try(
                number,
                None if code is None else int(code),
                str(container.get("reason") or entry.get("statusReason") or ""),
                max(0.0, (stop - start) / 1000) if start and stop else None,
            )
        )
    return tuple(found)


def dependencies_of(detail: JobDetailTypeDef) -> list[str]:
    """Return the ids of the jobs that a job depends on: of a child with N_TO_N, its counterparts."""
    index = array_index(detail)
    return [
        f"{entry['jobId']}:{index}" if entry.get("type") == "N_TO_N" and index is not None else str(entry["jobId"])
        for entry in detail.get("dependsOn") or ()
        if entry.get("jobId")
    ]
