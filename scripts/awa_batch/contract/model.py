"""The typed form of Terraform's ``contract`` output (schema_version 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from awa_batch.target import Target, target_of

SCHEMA_VERSION = 1

Platform = Literal["EC2", "FARGATE"]
Scheduling = Literal["FIFO", "FAIR_SHARE"]
Capacity = Literal["ON_DEMAND", "SPOT", "SPOT_THEN_ON_DEMAND", "ON_DEMAND_THEN_SPOT"]
Slot = Literal["blue", "green"]


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A job queue under its logical name. ``max_vcpus`` is the sum over its compute environments."""

    name: str
    arn: str
    platform: Platform
    priority: int
    scheduling: Scheduling
    default_share_identifier: str | None = None
    max_vcpus: int
    capacity: Capacity


@dataclass(frozen=True, kw_only=True)
class JobDefinition:
    """A job definition under its logical name. ``arn`` ends in the revision; ``memory`` is in MiB.

    ``container`` is the name of the main one of several, None of a definition with one; ``vcpu`` and ``memory`` are the
    main one's, ``sidecar_vcpu`` and ``sidecar_memory`` what the others have together. ``share`` is how many of a
    hundred jobs that name the blue one of the same job go to this candidate.
    """

    name: str
    arn: str
    platform: Platform
    image: str
    slot: Slot
    vcpu: float
    memory: int
    log_group: str
    container: str | None = None
    sidecar_vcpu: float = 0.0
    sidecar_memory: int = 0
    share: int = 0

    @property
    def image_name(self) -> str:
        """The image's folder below container/: the last part of its repository's name."""
        return self.image.partition("@")[0].rsplit("/", 1)[-1].partition(":")[0]

    @property
    def has_revision(self) -> bool:
        """Whether the ARN ends in a revision, as that of a job definition does."""
        end = self.arn.rpartition(":")[2]
        return end.isascii() and end.isdigit()

    @property
    def revision(self) -> int:
        """The revision that Terraform applied last."""
        return int(self.arn.rsplit(":", 1)[1])


@dataclass(frozen=True, kw_only=True)
class Repository:
    """An ECR repository; ``url`` has no tag.

    ``architectures`` (X86_64, ARM64) are those that the environment's job definitions run its image on.
    """

    name: str
    url: str
    arn: str
    architectures: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A schedule of EventBridge Scheduler under its name, which is AWS's too, in its ``group``.

    ``queue`` and ``job_definition`` are logical names. ``enabled`` is what Terraform wants it to be, whatever it is.
    """

    group: str
    queue: str
    job_definition: str
    enabled: bool


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """The data bucket: inputs under ``data/``, results under ``out/``."""

    name: str
    arn: str


@dataclass(frozen=True, kw_only=True)
class Contract:
    """Everything that the toolkit needs to know of an environment.

    ``unreleased_code`` is whether jobs may run code or an image that was not released (`submit --code`, `--image`).
    """

    schema_version: Literal[1]
    project: str
    environment: str
    region: str
    account_id: str
    prefix: str
    queues: dict[str, Queue]
    job_definitions: dict[str, JobDefinition]
    repositories: dict[str, Repository]
    data_bucket: Bucket
    log_groups: dict[str, str] = field(default_factory=dict)
    topic_arn: str | None = None
    unreleased_code: bool = True
    schedules: dict[str, Schedule] = field(default_factory=dict)

    @property
    def target(self) -> Target:
        """What the environment is: the local AWS, or an account."""
        return target_of(self.environment)

    @staticmethod
    def checked(value: object) -> Contract:
        """Return the contract that ``value`` (JSON data) holds; fields that are not known are passed over.

        Raises pydantic's ValidationError.
        """
        from pydantic import TypeAdapter  # a tenth of a second, which a contract that was checked before does without

        return TypeAdapter(Contract).validate_python(value)

    @staticmethod
    def trusted(value: Mapping[str, Any]) -> Contract:
        """Return the contract that ``value`` holds, which is a checked contract's ``dataclasses.asdict``."""
        parts: dict[str, Any] = {
            name: {key: kind(**entry) for key, entry in value[name].items()}
            for name, kind in (
                ("queues", Queue),
                ("job_definitions", JobDefinition),
                ("repositories", Repository),
                ("schedules", Schedule),
            )
        }
        known = {entry.name for entry in fields(Contract)}
        rest = {name: entry for name, entry in value.items() if name in known and name not in parts}
        return Contract(**{**rest, **parts, "data_bucket": Bucket(**value["data_bucket"])})
