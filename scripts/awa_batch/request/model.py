"""The request object."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from awa_batch.limits.size import overrides_size, request_size
from awa_batch.request.upload import Upload

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import SubmitJobRequestTypeDef


@dataclass(frozen=True)
class JobRequest:
    """Exactly what SubmitJob gets, with what people want to see beside it.

    ``job_queue`` and ``job_definition`` are ARNs, the latter with its revision, so that a deploy between the dry run
    and the submission cannot change what runs. ``image`` is the digest that the revision runs. ``uploads`` must lie in
    S3 before the job is sent: its environment names them.
    """

    job_name: str
    job_queue: str
    job_definition: str
    image: str
    container_overrides: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    array_size: int | None = None
    depends_on: tuple[dict[str, str], ...] = ()
    share_identifier: str | None = None
    scheduling_priority: int | None = None
    attempts: int | None = None
    timeout_seconds: int | None = None
    tags: dict[str, str] = field(default_factory=dict)
    evaluate_on_exit: tuple[dict[str, str], ...] = ()
    uploads: tuple[Upload, ...] = ()

    def to_submit_job(self) -> SubmitJobRequestTypeDef:
        """Return the keyword arguments of boto3's ``submit_job``; also what ``--cli-input-json`` takes."""
        request: dict[str, Any] = {
            "jobName": self.job_name,
            "jobQueue": self.job_queue,
            "jobDefinition": self.job_definition,
        }
        optional: dict[str, Any] = {
            "arrayProperties": {"size": self.array_size} if self.array_size else None,
            "dependsOn": list(self.depends_on) or None,
            "shareIdentifier": self.share_identifier,
            "schedulingPriorityOverride": self.scheduling_priority,
            "parameters": self.parameters or None,
            "containerOverrides": self.container_overrides or None,
            "retryStrategy": self._retry_strategy(),
            "timeout": {"attemptDurationSeconds": self.timeout_seconds} if self.timeout_seconds else None,
            "tags": self.tags or None,
            "propagateTags": True if self.tags else None,
        }
        request.update({key: value for key, value in optional.items() if value is not None})
        return request  # type: ignore[return-value]

    def _retry_strategy(self) -> dict[str, Any] | None:
        """Return what replaces the definition's strategy, exit rules included; without rules any failure is retried."""
        if self.attempts is None:
            return None
        rules = {"evaluateOnExit": list(self.evaluate_on_exit)} if self.evaluate_on_exit else {}
        return {"attempts": self.attempts, **rules}

    @property
    def overrides_characters(self) -> int:
        """Size of the container overrides against ECS's 8192."""
        return overrides_size(self.container_overrides)

    @property
    def request_bytes(self) -> int:
        """Size of the whole request against SubmitJob's 30 KiB."""
        return request_size(dict(self.to_submit_job()))
