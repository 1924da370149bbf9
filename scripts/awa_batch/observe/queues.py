"""How the queues of an environment stand: their state, their jobs, what they run on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from awa_batch.batch.clients import refused
from awa_batch.batch.describe import describe_details
from awa_batch.observe.job import ACTIVE

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient

MOST = 1_000
"""Jobs that are counted of one state: one page of ListJobs."""


@dataclass(frozen=True)
class Environment:
    """A compute environment of a queue. ``desired_vcpus`` is None on Fargate, which has no instances."""

    name: str
    kind: str
    state: str
    status: str
    reason: str
    max_vcpus: int
    desired_vcpus: int | None

    @property
    def is_open(self) -> bool:
        """Whether it may start jobs."""
        return self.state == "ENABLED" and self.status in ("VALID", "UPDATING") and self.max_vcpus > 0


@dataclass(frozen=True)
class QueueState:
    """A queue. ``jobs`` counts by state, an array's children instead of the array; ``more`` names states beyond it.

    ``vcpus_in_use`` (None where it is not told), ``front`` (ARNs of the first 100 RUNNABLE jobs in the order of their
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
    environments: tuple[Environment, ...]
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


def queue_states(batch: BatchClient, arns: Sequence[str]) -> list[QueueState]:
    """Return the queues in the order given; one that AWS does not have is left out.

    Two calls for all, and per queue five of ListJobs, one per 100 arrays and one snapshot. Raises AwsError.
    """
    try:
        queues: dict[str, Any] = {
            queue["jobQueueArn"]: queue for queue in batch.describe_job_queues(jobQueues=list(arns))["jobQueues"]
        }
        wanted = {
            entry["computeEnvironment"] for queue in queues.values() for entry in queue["computeEnvironmentOrder"]
        }
        environments = _environments(batch, sorted(wanted))
        return [_state(batch, queues[arn], environments) for arn in arns if arn in queues]
    except (BotoCoreError, ClientError) as error:
        raise refused(error, "describing the queues") from error


def _environments(batch: BatchClient, names: list[str]) -> dict[str, Environment]:
    found: dict[str, Environment] = {}
    if not names:
        return found
    for detail in batch.describe_compute_environments(computeEnvironments=names)["computeEnvironments"]:
        resources: Any = detail.get("computeResources") or {}
        entry = Environment(
            name=detail["computeEnvironmentName"],
            kind=resources.get("type", detail.get("type", "")),
            state=detail.get("state", "ENABLED"),
            status=detail.get("status", "VALID"),
            reason=detail.get("statusReason", ""),
            max_vcpus=resources.get("maxvCpus", 0),
            desired_vcpus=None
            if str(resources.get("type", "")).startswith("FARGATE")
            else resources.get("desiredvCpus"),
        )
        found[detail["computeEnvironmentArn"]] = found[detail["computeEnvironmentName"]] = entry
    return found


def _state(batch: BatchClient, queue: Any, environments: dict[str, Environment]) -> QueueState:
    counts: Counter[str] = Counter()
    more: list[str] = []
    arrays: list[str] = []
    for state in ACTIVE:
        answer = batch.list_jobs(jobQueue=queue["jobQueueArn"], jobStatus=state, maxResults=MOST)  # type: ignore[arg-type]
        for job in answer["jobSummaryList"]:
            if (job.get("arrayProperties") or {}).get("size"):
                arrays.append(job["jobId"])
            else:
                counts[state] += 1
        if answer.get("nextToken"):
            more.append(state)
    for parent in describe_details(batch, arrays).values():
        summary: Any = (parent.get("arrayProperties") or {}).get("statusSummary") or {}
        counts.update({state: count for state, count in summary.items() if state in ACTIVE and count})
    snapshot = _snapshot(batch, queue["jobQueueArn"])
    utilization = snapshot.get("queueUtilization") or {}
    fair = utilization.get("fairshareUtilization") or {}
    order = sorted(queue["computeEnvironmentOrder"], key=lambda entry: entry["order"])
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
        front=tuple(entry["jobArn"] for entry in (snapshot.get("frontOfQueue") or {}).get("jobs", ())),
        shares={
            str(share["shareIdentifier"]): _vcpus(share.get("capacityUsage")) or 0.0
            for share in fair.get("topCapacityUtilization") or ()
        },
        environments=tuple(
            environments[entry["computeEnvironment"]] for entry in order if entry["computeEnvironment"] in environments
        ),
    )


def _snapshot(batch: BatchClient, queue: str) -> Any:
    call: Any = getattr(batch, "get_job_queue_snapshot", None)
    try:
        return call(jobQueue=queue) if call else {}
    except ClientError:  # an older endpoint, or a policy that does not allow it: the rest is still worth showing
        return {}


def _vcpus(usages: Any) -> float | None:
    for usage in usages or ():
        if str(usage.get("capacityUnit", "")).upper() == "VCPU":
            return float(usage.get("quantity", 0))
    return None
