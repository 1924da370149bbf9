"""How the queues of an environment stand: their state, their jobs, what they run on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from awa_batch.batch.jobs import describe_jobs
from awa_batch.batch.listing import first_in_state
from awa_batch.batch.queues import compute_environment_names, describe_environments, describe_queues, queue_snapshot
from awa_batch.observe.job import ACTIVE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_batch import BatchClient
    from mypy_boto3_batch.type_defs import (
        ComputeEnvironmentDetailTypeDef,
        FairshareCapacityUsageTypeDef,
        JobQueueDetailTypeDef,
        QueueSnapshotCapacityUsageTypeDef,
    )


@dataclass(frozen=True)
class ComputeEnvironment:
    """A compute environment of a queue. ``desired_vcpus`` is None on Fargate, which has no instances.

    ``has_newer_image``: AWS Batch has a newer machine image than its instances run. It never changes one by itself (API
    reference, Ec2Configuration: batchImageStatus; Batch guide, "AMI version updates").
    """

    name: str
    kind: str
    state: str
    status: str
    reason: str
    max_vcpus: int
    desired_vcpus: int | None
    has_newer_image: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it may start jobs."""
        return self.state == "ENABLED" and self.status in ("VALID", "UPDATING") and self.max_vcpus > 0


@dataclass(frozen=True)
class QueueState:
    """A queue. ``jobs`` counts by state, an array's children instead of the array; ``more`` names states beyond it.

    ``vcpus_in_use`` (None where AWS does not say), ``front`` (ARNs of the first 100 RUNNABLE jobs in the order of their
    dispatch) and ``shares`` (vCPUs in use by share identifier, on a fair-share queue) are from GetJobQueueSnapshot.
    """

    name: str
    state: str
    status: str
    reason: str
    priority: int
    scheduling: str
    jobs: dict[str, int]
    more: tuple[str, ...]
    vcpus_in_use: float | None
    environments: tuple[ComputeEnvironment, ...]
    front: tuple[str, ...] = ()
    shares: dict[str, float] = field(default_factory=dict)

    @property
    def max_vcpus(self) -> int:
        """The most vCPUs that its environments have together."""
        return sum(entry.max_vcpus for entry in self.environments)

    @property
    def starts_jobs(self) -> bool:
        """Whether at least one of its environments may start jobs. A DISABLED queue's jobs go on."""
        return self.status != "INVALID" and any(entry.is_open for entry in self.environments)

    @property
    def troubles(self) -> list[str]:
        """What keeps jobs from running, in words; empty where nothing does."""
        found = []
        if self.state != "ENABLED":
            found.append(f"the queue is {self.state}: it takes no new jobs; those in it go on")
        if self.status != "VALID":
            found.append(f"the queue is {self.status}: {self.reason or 'no reason given'}")
        for entry in self.environments:
            if entry.state != "ENABLED":
                found.append(f"{entry.name} is {entry.state}: it starts no jobs")
            if entry.status not in ("VALID", "UPDATING"):
                found.append(f"{entry.name} is {entry.status}: {entry.reason or 'no reason given'}")
            if entry.max_vcpus == 0:
                found.append(f"{entry.name} has max_vcpus 0: it can start no jobs")
        return found

    @property
    def notes(self) -> list[str]:
        """What is worth knowing and keeps no job from running, in words."""
        return [newer_image_note(entry.name) for entry in self.environments if entry.has_newer_image]


def newer_image_note(environment: str) -> str:
    """Return what to say of a compute environment whose machine image is not AWS Batch's newest."""
    return (
        f"{environment} runs an older machine image than AWS Batch has, which changes none by itself: roll a "
        "new generation of its pool, or set ami_refresh = true"
    )


def newer_images(batch: BatchClient, arns: Sequence[str]) -> list[str]:
    """Return the names of the compute environments of queues (ARNs) that run an older machine image than there is.

    Two calls. Raises CallError.
    """
    environments = describe_environments(batch, describe_queues(batch, arns).values())
    found = {detail["computeEnvironmentName"] for detail in environments.values() if _has_newer_image(detail)}
    return sorted(found)


def queue_states(batch: BatchClient, arns: Sequence[str]) -> list[QueueState]:
    """Return the queues in the order given; one that AWS does not have is left out.

    Two calls for all, and per queue five of ListJobs (1,000 jobs of a state are counted), one per 100 arrays and one
    snapshot. Raises CallError.
    """
    queues = describe_queues(batch, arns)
    environments = describe_environments(batch, queues.values())
    return [_state(batch, queues[arn], environments) for arn in arns if arn in queues]


def _state(
    batch: BatchClient, queue: JobQueueDetailTypeDef, environments: dict[str, ComputeEnvironmentDetailTypeDef]
) -> QueueState:
    arn = queue["jobQueueArn"]
    counts, more = _counts(batch, arn)
    snapshot = queue_snapshot(batch, arn)
    utilization = (snapshot.get("queueUtilization") if snapshot else None) or {}
    front = (snapshot.get("frontOfQueue") if snapshot else None) or {}
    fair = utilization.get("fairshareUtilization") or {}
    return QueueState(
        name=queue["jobQueueName"],
        state=queue.get("state", "ENABLED"),
        status=queue.get("status", "VALID"),
        reason=queue.get("statusReason", ""),
        priority=queue["priority"],
        scheduling="FAIR_SHARE" if queue.get("schedulingPolicyArn") else "FIFO",
        jobs={state: counts[state] for state in ACTIVE if counts[state]},
        more=tuple(more),
        vcpus_in_use=_vcpus(utilization.get("totalCapacityUsage")),
        front=tuple(entry["jobArn"] for entry in front.get("jobs", ()) if "jobArn" in entry),
        shares={
            str(share.get("shareIdentifier")): _vcpus(share.get("capacityUsage")) or 0.0
            for share in fair.get("topCapacityUtilization") or ()
        },
        environments=tuple(
            _compute_environment(environments[name])
            for name in compute_environment_names(queue)
            if name in environments
        ),
    )


def _counts(batch: BatchClient, queue: str) -> tuple[Counter[str], list[str]]:
    """Return how many jobs are in which state, an array's children for the array, and the states with more jobs."""
    counts: Counter[str] = Counter()
    more: list[str] = []
    arrays: list[str] = []
    for state in ACTIVE:
        jobs, has_more = first_in_state(batch, queue, state)
        parents = [job["jobId"] for job in jobs if (job.get("arrayProperties") or {}).get("size")]
        counts[state] += len(jobs) - len(parents)
        arrays += parents
        if has_more:
            more.append(state)
    for parent in describe_jobs(batch, arrays).values():
        summary = (parent.get("arrayProperties") or {}).get("statusSummary") or {}
        counts.update({state: count for state, count in summary.items() if state in ACTIVE and count})
    return counts, more


def _compute_environment(detail: ComputeEnvironmentDetailTypeDef) -> ComputeEnvironment:
    resources = detail.get("computeResources")
    kind = resources["type"] if resources else detail.get("type", "")
    return ComputeEnvironment(
        name=detail["computeEnvironmentName"],
        kind=kind,
        state=detail.get("state", "ENABLED"),
        status=detail.get("status", "VALID"),
        reason=detail.get("statusReason", ""),
        max_vcpus=resources.get("maxvCpus", 0) if resources else 0,
        desired_vcpus=None if resources is None or kind.startswith("FARGATE") else resources.get("desiredvCpus"),
        has_newer_image=_has_newer_image(detail),
    )


def _has_newer_image(detail: ComputeEnvironmentDetailTypeDef) -> bool:
    resources = detail.get("computeResources")
    configurations = resources.get("ec2Configuration", ()) if resources else ()
    return any(one.get("batchImageStatus") == "UPDATE_AVAILABLE" for one in configurations)


def _vcpus(
    usages: Iterable[QueueSnapshotCapacityUsageTypeDef] | Iterable[FairshareCapacityUsageTypeDef] | None,
) -> float | None:
    for usage in usages or ():
        if str(usage.get("capacityUnit", "")).upper() == "VCPU":
            return float(usage.get("quantity", 0))
    return None
