"""The request object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from awa_batch.batch.derived import DerivedDefinition
from awa_batch.limits.size import overrides_size, request_size
from awa_batch.request.upload import Upload

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import ContainerOverridesTypeDef, JobDependencyTypeDef, SubmitJobRequestTypeDef


@dataclass(frozen=True)
class JobRequest:
    """Exactly what SubmitJob gets, with what belongs to it beside the call.

    ``submit_job`` holds boto3's keyword arguments, which ``--cli-input-json`` takes too. Queue and definition are ARNs,
    the latter with its revision, so that a deploy between the dry run and the submission cannot change what runs.
    ``image`` is the digest that the revision runs. ``uploads`` must lie in S3 before the job is sent: its environment
    names them. ``platform_version`` is what the definition must have: SubmitJob cannot set it. ``derived`` is the
    definition of another image that must be registered before; until it is, ``submit_job`` names it without a revision.
    """

    submit_job: SubmitJobRequestTypeDef
    image: str
    uploads: tuple[Upload, ...] = ()
    platform_version: str | None = None
    derived: DerivedDefinition | None = None

    @property
    def job_name(self) -> str:
        """The job's unique name."""
        return self.submit_job["jobName"]

    @property
    def job_queue(self) -> str:
        """The queue's ARN."""
        return self.submit_job["jobQueue"]

    @property
    def job_definition(self) -> str:
        """The ARN of the job definition's revision; a derived one's name until it is registered."""
        return self.submit_job["jobDefinition"]

    @property
    def base_definition(self) -> str:
        """The ARN of the released revision: of a derived definition the one that it is made from."""
        return self.job_definition if self.derived is None else self.derived.base

    def with_definition(self, arn: str) -> JobRequest:
        """Return the request with the revision of its derived definition that was registered."""
        return replace(self, submit_job={**self.submit_job, "jobDefinition": arn})

    @property
    def array_size(self) -> int | None:
        """How many children there are; None for a job that is not an array."""
        return self.submit_job.get("arrayProperties", {}).get("size")

    @property
    def depends_on(self) -> Sequence[JobDependencyTypeDef]:
        """SubmitJob's ``dependsOn``."""
        return self.submit_job.get("dependsOn", ())

    @property
    def container_overrides(self) -> ContainerOverridesTypeDef:
        """SubmitJob's ``containerOverrides``; of several containers what the main one is given."""
        for task in self.submit_job.get("ecsPropertiesOverride", {}).get("taskProperties", ()):
            for container in task.get("containers", ())[:1]:
                return cast(
                    "ContainerOverridesTypeDef", {key: value for key, value in container.items() if key != "name"}
                )
        return self.submit_job.get("containerOverrides", {})

    @property
    def overrides_characters(self) -> int:
        """Size of the container overrides against ECS's 8192."""
        return overrides_size(self.submit_job.get("ecsPropertiesOverride") or self.container_overrides)

    @property
    def request_bytes(self) -> int:
        """Size of the whole request against SubmitJob's 30 KiB."""
        return request_size(self.submit_job)


def overrides_member(
    container: str | None, overrides: ContainerOverridesTypeDef, beside: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Return the member of SubmitJob that holds the overrides of a job's container.

    ``container`` is the name of the main one of several, which comes first, with the overrides of others ``beside``;
    None where there is one. AWS takes ``containerOverrides`` for ``containerProperties`` alone.
    """
    if container is None:
        return {"containerOverrides": overrides}
    containers = [{"name": container, **overrides}, *beside] if overrides or beside else []
    return {"ecsPropertiesOverride": {"taskProperties": [{"containers": containers}]} if containers else {}}


def without_empty(request: Mapping[str, Any]) -> SubmitJobRequestTypeDef:
    """Return the keyword arguments of ``submit_job`` without those that are None or hold nothing; 0 and False stay."""
    return cast(
        "SubmitJobRequestTypeDef", {key: value for key, value in request.items() if value not in (None, {}, [])}
    )
