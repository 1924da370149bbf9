"""The typed form of Terraform's ``contract`` output (schema_version 1)."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = 1

Platform = Literal["EC2", "FARGATE"]
Scheduling = Literal["FIFO", "FAIR_SHARE"]
Capacity = Literal["ON_DEMAND", "SPOT", "SPOT_THEN_ON_DEMAND"]
Slot = Literal["blue", "green"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Queue(_Part):
    """A job queue under its logical name. ``max_vcpus`` is the sum over its compute environments."""

    name: str
    arn: str
    platform: Platform
    priority: int
    scheduling: Scheduling
    default_share_identifier: str | None = None
    max_vcpus: int
    capacity: Capacity


class JobDefinition(_Part):
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
    def revision(self) -> int:
        """The revision that Terraform applied last."""
        return int(self.arn.rsplit(":", 1)[1])


class Repository(_Part):
    """An ECR repository; ``url`` has no tag."""

    name: str
    url: str
    arn: str


class Bucket(_Part):
    """The data bucket: inputs under ``data/``, results under ``out/``."""

    name: str
    arn: str


class Contract(_Part):
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
    log_groups: dict[str, str] = Field(default_factory=dict)
    topic_arn: str | None = None
