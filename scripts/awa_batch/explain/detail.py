"""Small questions to an entry of DescribeJobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awa_batch.explain.model import Answer, Try


def requirement(container: Answer, kind: str) -> str | None:
    """Return a resource requirement (VCPU, MEMORY, GPU) of container properties, the deprecated fields included."""
    for entry in container.get("resourceRequirements") or ():
        if entry.get("type") == kind:
            return str(entry.get("value"))
    old = {"VCPU": "vcpus", "MEMORY": "memory"}.get(kind)
    value = container.get(old) if old else None
    return str(value) if value else None


def vcpu_of(detail: Answer) -> float:
    """Return the vCPUs that a job asks for (0 where that is not told)."""
    return float(requirement(detail.get("container") or {}, "VCPU") or 0)


def memory_of(detail: Answer) -> int:
    """Return the MiB that a job asks for (0 where that is not told)."""
    return int(float(requirement(detail.get("container") or {}, "MEMORY") or 0))


def is_fargate(detail: Answer) -> bool:
    """Say whether a job runs on Fargate."""
    return "FARGATE" in (detail.get("platformCapabilities") or ())


def index_of(detail: Answer) -> int | None:
    """Return the index of an array's child; None for any other job."""
    index = (detail.get("arrayProperties") or {}).get("index")
    return None if index is None else int(index)


def size_of(detail: Answer) -> int | None:
    """Return the size of an array's parent; None for any other job."""
    array = detail.get("arrayProperties") or {}
    return None if "index" in array or not array.get("size") else int(array["size"])


def counts_of(detail: Answer) -> dict[str, int]:
    """Return how many children of an array are in which state; states without any are left out."""
    summary: Mapping[str, Any] = (detail.get("arrayProperties") or {}).get("statusSummary") or {}
    return {state: int(count) for state, count in summary.items() if count}


def exit_code_of(detail: Answer) -> int | None:
    """Return the exit code of the last attempt, if its container had one."""
    attempts = detail.get("attempts") or ()
    last = (attempts[-1].get("container") or {}) if attempts else detail.get("container") or {}
    code = last.get("exitCode")
    return None if code is None else int(code)


def reason_of(detail: Answer) -> str:
    """Return what was said of the last attempt's container, or ""."""
    attempts = detail.get("attempts") or ()
    last = (attempts[-1].get("container") or {}) if attempts else detail.get("container") or {}
    return str(last.get("reason") or "")


def tries_of(detail: Answer) -> tuple[Try, ...]:
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


def span(seconds: float) -> str:
    """Return a duration in words: 40 s, 12 min, 3 h 05 min, 2 days."""
    whole = max(0, round(seconds))
    if whole < 90:
        return f"{whole} s"
    if whole < 5400:
        return f"{round(whole / 60)} min"
    if whole < 172_800:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86_400} days"


def dependencies_of(detail: Answer) -> list[str]:
    """Return the ids of the jobs that a job depends on: of a child with N_TO_N, its counterparts."""
    index = index_of(detail)
    return [
        f"{entry['jobId']}:{index}" if entry.get("type") == "N_TO_N" and index is not None else str(entry["jobId"])
        for entry in detail.get("dependsOn") or ()
        if entry.get("jobId")
    ]
