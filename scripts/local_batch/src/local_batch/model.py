"""What the local Batch remembers: regions and their objects, and jobs (kept small: 10,000 of them fit)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local_batch.names import arn

if TYPE_CHECKING:
    from local_batch.ready import ReadyQueue
    from local_batch.runners.base import Running

Json = dict[str, Any]

WAITING = ("SUBMITTED", "PENDING", "RUNNABLE")
ACTIVE = ("STARTING", "RUNNING")
ENDED = ("SUCCEEDED", "FAILED")
STATES = (*WAITING, *ACTIVE, *ENDED)


@dataclass(slots=True, eq=False)
class Environment:
    """A compute environment: ``detail`` is what DescribeComputeEnvironments shows, ``used`` the vCPUs in use."""

    detail: Json
    used: float = 0.0
    starved: bool = False
    """Told to have no instances to give, so that a lack of capacity can be tried."""
    running: set[Job] = field(default_factory=set)

    @property
    def arn(self) -> str:
        """The environment's ARN."""
        return str(self.detail["computeEnvironmentArn"])

    @property
    def name(self) -> str:
        """The environment's name."""
        return str(self.detail["computeEnvironmentName"])

    @property
    def resource_type(self) -> str:
        """EC2, SPOT, FARGATE or FARGATE_SPOT (empty for an unmanaged environment)."""
        return str(self.detail.get("computeResources", {}).get("type", ""))

    @property
    def fargate(self) -> bool:
        """Whether jobs run on Fargate."""
        return self.resource_type.startswith("FARGATE")

    @property
    def max_vcpus(self) -> float:
        """How many vCPUs the environment may grow to."""
        resources = self.detail.get("computeResources")
        return float(resources["maxvCpus"]) if resources else float(self.detail.get("unmanagedvCpus") or 0)

    @property
    def open(self) -> bool:
        """Whether jobs are placed here: ENABLED and VALID."""
        return self.detail["state"] == "ENABLED" and self.detail["status"] in {"VALID", "UPDATING"}


@dataclass(slots=True, eq=False)
class Consumable:
    """A consumable resource: ``total`` of it there is, ``in_use`` of that are held by jobs."""

    detail: Json
    total: int
    in_use: int = 0
    tokens: set[str] = field(default_factory=set)

    @property
    def arn(self) -> str:
        """The resource's ARN."""
        return str(self.detail["consumableResourceArn"])

    @property
    def name(self) -> str:
        """The resource's name."""
        return str(self.detail["consumableResourceName"])

    @property
    def free(self) -> int:
        """How much a job may take now. Below 0 where the total was lowered under what is in use."""
        return self.total - self.in_use

    def give_back(self, quantity: int) -> None:
        """Take note that a job which held some of it has ended."""
        self.in_use -= quantity
        if self.detail["resourceType"] == "NON_REPLENISHABLE":
            self.total -= quantity


@dataclass(frozen=True, slots=True)
class Blocked:
    """The job at a queue's head that cannot be placed until somebody changes something, and why."""

    job: Job
    reason: str


@dataclass(slots=True, eq=False)
class Queue:
    """A job queue: ``detail`` is what DescribeJobQueues shows, ``ready`` its RUNNABLE jobs in dispatch order."""

    detail: Json
    region: str
    ready: ReadyQueue
    jobs: dict[str, Job] = field(default_factory=dict)
    blocked: Blocked | None = None

    @property
    def arn(self) -> str:
        """The queue's ARN."""
        return str(self.detail["jobQueueArn"])

    @property
    def name(self) -> str:
        """The queue's name."""
        return str(self.detail["jobQueueName"])

    @property
    def fair_share(self) -> bool:
        """Whether the queue has a scheduling policy."""
        return bool(self.detail.get("schedulingPolicyArn"))


@dataclass(slots=True, eq=False)
class Definition:
    """One revision of a job definition: ``detail`` is what DescribeJobDefinitions shows."""

    detail: Json

    @property
    def arn(self) -> str:
        """The revision's ARN."""
        return str(self.detail["jobDefinitionArn"])

    @property
    def fargate(self) -> bool:
        """Whether the definition is for Fargate."""
        return "FARGATE" in (self.detail.get("platformCapabilities") or ())


@dataclass(slots=True, eq=False)
class Submission:
    """What one SubmitJob call asked for, resolved; an array's children share it."""

    name: str
    queue: Queue
    definition: Definition
    container: Json
    parameters: dict[str, str]
    retry: Json
    timeout: int | None
    tags: dict[str, str]
    propagate_tags: bool | None
    share: str | None
    priority: int | None
    dependencies: list[Json]
    vcpus: float
    memory: int
    task_tags: dict[str, str]
    overrides_length: int = 0
    consumables: list[tuple[Consumable, int]] = field(default_factory=list)
    array_size: int = 0


class Attempt:
    """The attempt that a job is in: what runs it and why it is being stopped, if it is."""

    __slots__ = (
        "environment",
        "log_stream",
        "number",
        "running",
        "started_at",
        "stop",
        "task_arn",
        "task_id",
        "weight",
    )

    def __init__(self, number: int, environment: Environment, task_id: str, task_arn: str, weight: float) -> None:
        self.number = number
        self.environment = environment
        self.task_id = task_id
        self.task_arn = task_arn
        self.weight = weight
        self.log_stream: str | None = None
        self.started_at: int | None = None
        self.running: Running | None = None
        self.stop: tuple[str, str] | None = None


class Job:
    """A job, an array's parent or an array's child. ``index`` is a child's place in its array, else None."""

    __slots__ = (
        "__weakref__",
        "attempt",
        "attempts",
        "cancelled",
        "children",
        "counts",
        "created_at",
        "dependents",
        "index",
        "parent",
        "runnable_at",
        "sequence",
        "started_at",
        "status",
        "status_reason",
        "stopped_at",
        "submission",
        "terminated",
        "uuid",
        "waits_for",
    )

    def __init__(
        self,
        uuid: str,
        submission: Submission,
        sequence: int,
        created_at: int,
        *,
        parent: Job | None = None,
        index: int | None = None,
    ) -> None:
        self.uuid = uuid
        self.submission = submission
        self.sequence = sequence
        self.created_at = created_at
        self.parent = parent
        self.index = index
        self.status = "SUBMITTED"
        self.status_reason: str | None = None
        self.started_at: int | None = None
        self.stopped_at: int | None = None
        self.attempts: list[Json] | None = None
        self.attempt: Attempt | None = None
        self.children: list[Job] | None = None
        self.counts: Counter[str] | None = None
        self.dependents: list[Job] | None = None
        self.waits_for = 0
        self.runnable_at = 0
        self.cancelled = False
        self.terminated = False

    @property
    def id(self) -> str:
        """The job's id; a child's is its parent's with ``:index``."""
        return self.uuid if self.index is None else f"{self.uuid}:{self.index}"

    @property
    def arn(self) -> str:
        """The job's ARN."""
        return arn(self.submission.queue.region, "job", self.id)

    @property
    def ended(self) -> bool:
        """Whether the job is SUCCEEDED or FAILED."""
        return self.status in ENDED

    @property
    def is_array(self) -> bool:
        """Whether the job is an array's parent."""
        return self.children is not None


@dataclass(slots=True, eq=False)
class Region:
    """All Batch objects of one region."""

    name: str
    environments: dict[str, Environment] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)
    policies: dict[str, Json] = field(default_factory=dict)
    definitions: dict[str, list[Definition]] = field(default_factory=dict)
    consumables: dict[str, Consumable] = field(default_factory=dict)
