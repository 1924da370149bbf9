"""Ask AWS, with reads alone, what the contract cannot tell: queue open, revision active, dependency there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from awa_batch.aws import refused
from awa_batch.errors import AwsError, NotAppliedError, UsageError
from awa_batch.request.model import JobRequest

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient

    from awa_batch.aws import Clients

PER_CALL = 100
"""What one Describe call takes at most."""


def check_requests(
    batch: BatchClient, requests: Sequence[JobRequest], *, platform_version: str | None = None
) -> list[str]:
    """Refuse requests that AWS Batch would refuse, hold for ever or fail at once; return notes for the user.

    One call for all queues, one for all job definitions, one per 100 dependencies. ``platform_version`` is what the
    user asks for: SubmitJob cannot set it, so it must be the definition's. What the credentials may not read is not
    checked, and a note says so. Raises UsageError naming the flag at fault, AwsError where AWS cannot be reached.
    """
    notes: list[str] = []
    checks: list[Callable[[], list[str]]] = [
        lambda: _check_queues(batch, requests),
        lambda: _check_definitions(batch, requests, platform_version),
        lambda: _check_dependencies(batch, requests),
    ]
    for check in checks:
        try:
            notes += check()
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in ("AccessDeniedException", "AccessDenied"):
                raise refused(error, "checking the request") from error
            notes.append(f"Not checked, since the credentials may not read it: {error}")
        except BotoCoreError as error:
            raise refused(error, "checking the request") from error
    return notes


def reachable_notes(clients: Clients, requests: Sequence[JobRequest], *, platform_version: str | None) -> list[str]:
    """Do the same for a dry run, which also works where AWS cannot be reached; a note then says so."""
    try:
        return check_requests(clients.batch, requests, platform_version=platform_version)
    except (AwsError, NotAppliedError) as error:
        return [f"Not checked against AWS (queue, revision, dependencies): {error.what}"]


def _check_queues(batch: BatchClient, requests: Iterable[JobRequest]) -> list[str]:
    arns = sorted({request.job_queue for request in requests})
    found: dict[str, Any] = {}
    for start in range(0, len(arns), PER_CALL):
        answer = batch.describe_job_queues(jobQueues=arns[start : start + PER_CALL])
        found.update({entry["jobQueueArn"]: entry for entry in answer["jobQueues"]})
    for arn in arns:
        name = arn.rsplit("/", 1)[-1]
        queue = found.get(arn)
        if queue is None or queue.get("status") in ("DELETING", "DELETED"):
            raise UsageError(f"--queue {name}: AWS has no such queue.", fix="Bring the platform up: make plan apply.")
        if queue.get("state") == "DISABLED":
            raise UsageError(
                f"--queue {name} is DISABLED: it takes no jobs.",
                fix=f"Use another --queue, or enable it: aws batch update-job-queue --job-queue {name} --state ENABLED",
            )
        if queue.get("status") == "INVALID":
            raise UsageError(
                f"--queue {name} is INVALID: {queue.get('statusReason', 'no reason given')}.",
                fix="Use another --queue, or mend this one in Terraform.",
            )
    return []


def _check_definitions(batch: BatchClient, requests: Iterable[JobRequest], platform_version: str | None) -> list[str]:
    arns = sorted({request.job_definition for request in requests})
    found: dict[str, Any] = {}
    for start in range(0, len(arns), PER_CALL):
        answer = batch.describe_job_definitions(jobDefinitions=arns[start : start + PER_CALL])
        found.update({entry["jobDefinitionArn"]: entry for entry in answer["jobDefinitions"]})
    notes = []
    for arn in arns:
        name = arn.rsplit("/", 1)[-1]
        definition = found.get(arn)
        if definition is None or definition.get("status") == "INACTIVE":
            raise UsageError(
                f"DEFINITION {name}: this revision is deregistered.",
                fix="Bring the environment up to date (make plan apply), or name a revision that is ACTIVE.",
            )
        if platform_version is not None:
            notes.append(_platform_version(definition, name, platform_version))
    return notes


def _platform_version(definition: Any, name: str, wanted: str) -> str:
    if "FARGATE" not in definition.get("platformCapabilities", ()):
        raise UsageError(f"--platform-version {wanted}: {name} is no Fargate definition.", fix="Leave it out.")
    container = definition.get("containerProperties") or {}
    has = (container.get("fargatePlatformConfiguration") or {}).get("platformVersion") or "LATEST"
    if has != wanted:
        raise UsageError(
            f"--platform-version {wanted}: {name} runs on {has}, and SubmitJob cannot change that.",
            fix=f"Use --platform-version {has}, or set platform_version of the job definition in Terraform.",
        )
    return f"The platform version is the job definition's alone; {name} has {has}."


def _check_dependencies(batch: BatchClient, requests: Iterable[JobRequest]) -> list[str]:
    wanted: dict[str, list[tuple[JobRequest, str | None]]] = {}
    for request in requests:
        for entry in request.depends_on:
            if "jobId" in entry:
                wanted.setdefault(entry["jobId"], []).append((request, entry.get("type")))
    ids = list(wanted)
    found: dict[str, Any] = {}
    for start in range(0, len(ids), PER_CALL):
        found.update({job["jobId"]: job for job in batch.describe_jobs(jobs=ids[start : start + PER_CALL])["jobs"]})
    for job_id, dependants in wanted.items():
        job = found.get(job_id)
        if job is None:
            raise UsageError(
                f"--depends-on {job_id}: AWS Batch has no such job.",
                fix="Check the id with `awa-batch status`; ended jobs are known for about seven days.",
            )
        if job.get("status") == "FAILED":
            raise UsageError(
                f"--depends-on {job_id} has FAILED: the new job would fail at once.",
                fix=f"See `awa-batch why {job_id}`, and depend on its retry.",
            )
        size = (job.get("arrayProperties") or {}).get("size")
        for request, kind in dependants:
            if kind == "N_TO_N" and size != request.array_size:
                raise UsageError(
                    f"--depends-on {job_id}:N_TO_N: that job has {size or 'no'} children, this {request.array_size}.",
                    fix=f"Use --array {size}." if size else f"Write --depends-on {job_id}.",
                )
    return []
