"""Jobs, their attempts and what was asked for. Kept small: an array of 10,000 children is 10,000 of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from local_batch.arns import arn
from local_batch.json_object import Json

if TYPE_CHECKING:
    from collections import Counter

    from local_batch.runners.base import Running
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


class Stop(NamedTuple):
    """An order to stop an attempt: who gave it, and the ``statusReason`` that the job gets."""

    kind: Literal["terminate", "timeout", "reclaim", "shutdown"]
    reason: str

    @property
    def final(self) -> bool:
        """Whether the job is over, whatever its retry strategy says. Only a reclaimed host leaves it a retry."""
        return self.kind != "reclaim"


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
        self.stop: Stop | None = None


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
    def region(self) -> str:
        """The region that the job was submitted in."""
        return self.submission.queue.region

    @property
    def arn(self) -> str:
        """The job's ARN."""
        return arn(self.region, "job", self.id)

    @property
    def ended(self) -> bool:
        """Whether the job is SUCCEEDED or FAILED."""
        return self.status in ENDED

    @property
    def is_array(self) -> bool:
        """Whether the job is an array's parent."""
        return self.children is not None
