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
    """A job definition under its logical name. ``arn`` ends in the revision; ``memory`` is in MiB."""

    name: str
    arn: str
    platform: Platform
    image: str
    slot: Slot
    vcpu: float
    memory: int
    log_group: str

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
    """An ECR repository; ``url`` has no tag."""

    name: str
    url: str
    arn: str


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """The data bucket: inputs under ``data/``, results under ``out/``."""

    name: str
    arn: str


@dataclass(frozen=True, kw_only=True)
class Contract:
    """Everything that the toolkit needs to know of an environment."""

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
            for name, kind in (("queues", Queue), ("job_definitions", JobDefinition), ("repositories", Repository))
        }
        known = {entry.name for entry in fields(Contract)}
        rest = {name: entry for name, entry in value.items() if name in known and name not in parts}
        return Contract(**{**rest, **parts, "data_bucket": Bucket(**value["data_bucket"])})
