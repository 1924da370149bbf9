"""Jobs, their attempts and what was asked for. Kept small: an array of 10,000 children is 10,000 of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from local_batch.arns import arn
from local_batch.clock import now_ms
from local_batch.json_object import Json

if TYPE_CHECKING:
    from collections import Counter
    from concurrent.futures import Future

    from local_batch.runners.base import Running
    from local_batch.scheduler.instances import Instance
    from local_batch.scheduler.objects import Consumable, Definition, Environment, Queue

WAITING = ("SUBMITTED", "PENDING", "RUNNABLE")
ACTIVE = ("STARTING", "RUNNING")
ENDED = ("SUCCEEDED", "FAILED")
STATES = (*WAITING, *ACTIVE, *ENDED)


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
    gpus: int = 0
    overrides_length: int = 0
    consumables: list[tuple[Consumable, int]] = field(default_factory=list)
    array_size: int = 0
    task: Json | None = None
    """The one element of ecsProperties' taskProperties, of a job with several containers; ``container`` is {} then."""
    nodes: list[Node] = field(default_factory=list)
    """The nodes of a multi-node parallel job; ``container`` is {} then, ``vcpus`` and the others are those of all."""
    node_properties: Json | None = None

    @property
    def needs(self) -> list[tuple[float, int, int]]:
        """The vCPUs, MiB and GPUs that each instance needs which the job runs on."""
        return [node.need for node in self.nodes] or [(self.vcpus, self.memory, self.gpus)]


class Node(NamedTuple):
    """One node of a multi-node parallel job: its container, and the vCPUs, MiB and GPUs that it needs."""

    container: Json
    need: tuple[float, int, int]
    is_main: bool


def containers_of(submission: Submission) -> list[Json]:
    """Return each container as if it were a job's only one: with the volumes of its task."""
    if submission.nodes:
        return [node.container for node in submission.nodes]
    if submission.task is None:
        return [submission.container]
    volumes = submission.task.get("volumes") or []
    return [{**container, "volumes": volumes} for container in submission.task["containers"]]


class Stop(NamedTuple):
    """An order to stop an attempt: who gave it, and the ``statusReason`` that the job gets."""

    kind: Literal["terminate", "timeout", "reclaim", "shutdown", "reset", "main node"]
    reason: str

    @property
    def final(self) -> bool:
        """Whether the job is over, whatever its retry strategy says. Only a reclaimed host leaves it a retry."""
        return self.kind != "reclaim"


class Attempt:
    """The attempt that a job is in: what runs it and why it is being stopped, if it is."""

    __slots__ = (
        "created_at",
        "environment",
        "log_stream",
        "log_streams",
        "main_address",
        "number",
        "others",
        "places",
        "running",
        "started_at",
        "stop",
        "stop_seconds",
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
        self.places: list[Instance] = []
        """The instances that it runs on, of an environment whose instances are counted."""
        self.log_stream: str | None = None
        self.log_streams: dict[str, str | None] | None = None
        """Of several containers: name → stream."""
        self.main_address: str | None = None
        """Of a multi-node job: where its main node is reached, once that runs."""
        self.others: list[Future[None]] = []
        """Of a multi-node job's main node: what runs the other nodes."""
        self.stop_seconds: float | None = None
        """From SIGTERM to SIGKILL, where the job says it itself."""
        self.created_at = now_ms()
        self.started_at: int | None = None
        self.running: Running | None = None
        self.stop: Stop | None = None

    @property
    def instance(self) -> Instance | None:
        """The instance that it runs on, None where instances are not counted; of a multi-node job its first."""
        return self.places[0] if self.places else None

    @property
    def instance_id(self) -> str:
        """The id of the EC2 instance that stands under it."""
        return f"i-{(self.instance.id if self.instance else self.task_id)[:17]}"

    @property
    def container_instance_arn(self) -> str | None:
        """The ARN of the container instance that it runs on; Fargate has none."""
        if self.environment.fargate:
            return None
        cluster = str(self.environment.detail["ecsClusterArn"])
        identity = self.instance.id if self.instance else self.task_id
        return f"{cluster.replace(':cluster/', ':container-instance/')}/{identity[::-1]}"


class Job:
    """A job, an array's parent or an array's child, a multi-node job or one of its nodes.

    ``index`` is a child's place in its array, else None; ``node`` a node's in its job.
    """

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
        "node",
        "nodes",
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
        node: int | None = None,
    ) -> None:
        self.uuid = uuid
        self.submission = submission
        self.sequence = sequence
        self.created_at = created_at
        self.parent = parent
        self.index = index
        self.node = node
        self.nodes: list[Job] | None = None
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
        """The job's id; a child's is its parent's with ``:index``, a node's its job's with ``#index``."""
        if self.node is not None:
            return f"{self.uuid}#{self.node}"
        return self.uuid if self.index is None else f"{self.uuid}:{self.index}"

    @property
    def region(self) -> str:
        """The region that the job was submitted in."""
        return self.submission.queue.region

    @property
    def arn(self) -> str:
        """The job's ARN."""
        return arn(self.region, "job", self.id)

    @property
    def container(self) -> Json:
        """What its container was asked for; {} of one with several, and of a multi-node job as a whole."""
        return self.submission.container if self.node is None else self.submission.nodes[self.node].container

    @property
    def need(self) -> tuple[float, int, int]:
        """The vCPUs, MiB and GPUs that it needs."""
        if self.node is not None:
            return self.submission.nodes[self.node].need
        return self.submission.vcpus, self.submission.memory, self.submission.gpus

    @property
    def main(self) -> Job | None:
        """The main node of a multi-node job."""
        return next((one for one in self.nodes or () if one.is_main), None)

    @property
    def is_main(self) -> bool:
        """Whether it is the main node of a multi-node job."""
        return self.node is not None and self.submission.nodes[self.node].is_main

    @property
    def ended(self) -> bool:
        """Whether the job is SUCCEEDED or FAILED."""
        return self.status in ENDED

    @property
    def is_array(self) -> bool:
        """Whether the job is an array's parent."""
        return self.children is not None
