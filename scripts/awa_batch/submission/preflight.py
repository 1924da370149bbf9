"""Ask AWS, with reads alone, what the contract cannot tell: queue open, revision active, dependency there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from awa_batch.batch.clients import refused
from awa_batch.batch.describe import describe_details
from awa_batch.errors import AwsError, NotAppliedError, UsageError
from awa_batch.request.model import JobRequest

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient

    from awa_batch.batch.clients import Clients

PER_CALL = 100
"""What one Describe call takes at most."""


def check_requests(
    batch: BatchClient, requests: Sequence[JobRequest], *, platform_version: str | None = None
) -> list[str]:
    """Refuse requests that AWS Batch would refuse, hold for ever or fail at once; return notes for the user.

    One call for all queues, one for all job definitions, one for all compute environments, one per 100 dependencies.
    ``platform_version`` is what the user asks for: SubmitJob cannot set it, so it must be the definition's. What the
    credentials may not read is not checked, and a note says so. Raises UsageError naming the flag at fault, AwsError
    where AWS cannot be reached.
    """
    notes: list[str] = []

    def read(call: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
        try:
            return call()
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in ("AccessDeniedException", "AccessDenied"):
                raise refused(error, "checking the request") from error
            notes.append(f"Not checked, since the credentials may not read it: {error}")
        except BotoCoreError as error:
            raise refused(error, "checking the request") from error
        return None

    queues = read(lambda: _queues(batch, {request.job_queue for request in requests}))
    if queues is not None:
        _check_queues(queues, {request.job_queue for request in requests})
    definitions = read(lambda: _definitions(batch, {request.job_definition for request in requests}))
    if definitions is not None:
        for arn in sorted({request.job_definition for request in requests}):
            _check_definition(definitions.get(arn), arn)
            if platform_version is not None:
                notes.append(_platform_version(definitions[arn], arn.rsplit("/", 1)[-1], platform_version))
    if queues is not None and definitions is not None:
        environments = read(lambda: _environments(batch, queues.values()))
        if environments is not None:
            for request in requests:
                _check_room(request, queues[request.job_queue], definitions[request.job_definition], environments)
    dependencies = [entry["jobId"] for request in requests for entry in request.depends_on if "jobId" in entry]
    if (jobs := read(lambda: describe_details(batch, dependencies))) is not None:
        for request in requests:
            _check_dependencies(request, jobs)
    return notes


def reachable_notes(clients: Clients, requests: Sequence[JobRequest], *, platform_version: str | None) -> list[str]:
    """Do the same for a dry run, which also works where AWS cannot be reached; a note then says so."""
    try:
        return check_requests(clients.batch, requests, platform_version=platform_version)
    except (AwsError, NotAppliedError) as error:
        return [f"Not checked against AWS (queue, revision, dependencies): {error.what}"]


def _queues(batch: BatchClient, arns: Iterable[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for some in _parts(sorted(arns)):
        found.update({entry["jobQueueArn"]: entry for entry in batch.describe_job_queues(jobQueues=some)["jobQueues"]})
    return found


def _definitions(batch: BatchClient, arns: Iterable[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for some in _parts(sorted(arns)):
        answer = batch.describe_job_definitions(jobDefinitions=some)
        found.update({entry["jobDefinitionArn"]: entry for entry in answer["jobDefinitions"]})
    return found


def _environments(batch: BatchClient, queues: Iterable[Any]) -> dict[str, Any]:
    names = {entry["computeEnvironment"] for queue in queues for entry in queue.get("computeEnvironmentOrder") or ()}
    found: dict[str, Any] = {}
    for some in _parts(sorted(names)):
        for entry in batch.describe_compute_environments(computeEnvironments=some)["computeEnvironments"]:
            found[entry["computeEnvironmentArn"]] = found[entry["computeEnvironmentName"]] = entry
    return found


def _parts(names: list[str]) -> Iterable[list[str]]:
    return (names[start : start + PER_CALL] for start in range(0, len(names), PER_CALL))


def _check_queues(queues: dict[str, Any], arns: Iterable[str]) -> None:
    for arn in sorted(arns):
        name = arn.rsplit("/", 1)[-1]
        queue = queues.get(arn)
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


def _check_definition(definition: Any, arn: str) -> None:
    if definition is None or definition.get("status") == "INACTIVE":
        raise UsageError(
            f"DEFINITION {arn.rsplit('/', 1)[-1]}: this revision is deregistered.",
            fix="Bring the environment up to date (make plan apply), or name a revision that is ACTIVE.",
        )


def _check_room(request: JobRequest, queue: Any, definition: Any, environments: dict[str, Any]) -> None:
    """Refuse a job that no single compute environment may ever hold: together they may have more than each of them."""
    own = (definition.get("containerProperties") or {}).get("resourceRequirements") or ()
    has = {entry["type"]: entry["value"] for entry in own}
    has |= {entry["type"]: entry["value"] for entry in request.container_overrides.get("resourceRequirements") or ()}
    names = [entry["computeEnvironment"] for entry in queue.get("computeEnvironmentOrder") or ()]
    most = [
        int(resources["maxvCpus"])
        for name in names
        if (resources := (environments.get(name) or {}).get("computeResources") or {}).get("maxvCpus") is not None
    ]
    if most and len(most) == len(names) and float(has.get("VCPU", 0)) > max(most):
        raise UsageError(
            f"--vcpu {float(has['VCPU']):g}: no compute environment of the queue {queue.get('jobQueueName')} has more "
            f"than {max(most)} vCPUs; the job would wait in RUNNABLE for ever.",
            fix=f"Use --vcpu {max(most)} or less, or raise max_vcpus in Terraform.",
        )


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


def _check_dependencies(request: JobRequest, jobs: dict[str, Any]) -> None:
    for entry in request.depends_on:
        job_id = entry.get("jobId")
        if job_id is None:
            continue
        job = jobs.get(job_id)
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
        if entry.get("type") == "N_TO_N" and size != request.array_size:
            raise UsageError(
                f"--depends-on {job_id}:N_TO_N: that job has {size or 'no'} children, this {request.array_size}.",
                fix=f"Use --array {size}." if size else f"Write --depends-on {job_id}.",
            )
