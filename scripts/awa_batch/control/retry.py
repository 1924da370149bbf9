"""Submit a job again as it was: the same revision, overrides and parameters, read back from AWS."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from awa_batch import limits
from awa_batch.batch.clients import refused
from awa_batch.contract.from_aws import job_definition_of
from awa_batch.contract.lookup import find_queue
from awa_batch.control.index_map import read_indexes, write_indexes
from awa_batch.errors import AwsError, UsageError
from awa_batch.limits.fargate import next_fargate_size
from awa_batch.observe.listing import list_children
from awa_batch.request.build import unique_job_name
from awa_batch.request.model import JobRequest
from awa_batch.request.overrides import check_resources
from awa_batch.request.upload import Upload

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients

INDEX_MAP = "AWA_BATCH_INDEX_MAP"
ARRAY_SIZE = "AWA_BATCH_ARRAY_SIZE"
MAP_CHARACTERS = 1_500
"""Above this an index map goes to S3: the overrides have 8192 characters in all."""

_SUFFIX = re.compile(r"-[a-km-np-z2-9]{8}$")
_FACTOR = re.compile(r"x([0-9]+(?:\.[0-9]+)?)")
_CHILD = re.compile(r"(.+):([0-9]+)")


@dataclass(frozen=True)
class RetryOptions:
    """What is to be different. ``memory`` is ``x2`` or MiB; ``timeout_seconds`` in s; ``queue`` any name of a queue."""

    failed_only: bool = False
    memory: str | None = None
    vcpu: float | None = None
    attempts: int | None = None
    timeout_seconds: int | None = None
    queue: str | None = None
    latest: bool = False


@dataclass(frozen=True)
class Retry:
    """The checked request, and notes for the user: what is not as it was."""

    request: JobRequest
    notes: tuple[str, ...] = ()


def build_retry(clients: Clients, job_id: str, options: RetryOptions) -> Retry | None:
    """Return the request that submits an ended job again; None where ``failed_only`` finds no failed child.

    ``ID:INDEX`` is one child of an array. Chosen children keep the index that they had in the original array, also in
    a retry of a retry (`AWA_BATCH_INDEX_MAP`). Dependencies are not taken over: they were met. Raises UsageError for a
    job that is not there or has not ended, AwsError.
    """
    detail = _detail(clients, job_id)
    _check_ended(detail, job_id)
    own = _described(clients, detail["jobDefinition"])
    definition = _definition(clients, detail, own, latest=options.latest)
    array = detail.get("arrayProperties") or {}
    size = None if "index" in array else array.get("size")
    notes: list[str] = []
    indexes: list[int] | None = None
    if "index" in array:
        indexes = [int(array["index"])]
    elif options.failed_only:
        if size is None:
            if detail["status"] != "FAILED":
                return None
        else:
            indexes = [
                child.index for child in list_children(clients.batch, job_id, "FAILED") if child.index is not None
            ]
            if not indexes:
                return None
    # What the job had of its own is told by its own revision, whatever revision runs it now.
    overrides = _overrides(detail, (own or definition)["containerProperties"])
    uploads: tuple[Upload, ...] = ()
    if indexes is not None:
        overrides, uploads = _with_map(clients, detail, job_id, overrides, indexes)
        size = len(indexes) if len(indexes) > 1 else None
        notes.append(
            f"{len(indexes)} child{'ren keep' if len(indexes) > 1 else ' keeps'} the original index: read it with "
            "awa_runtime.array_index(), since AWS_BATCH_JOB_ARRAY_INDEX counts anew."
        )
    if options.vcpu is not None or options.memory is not None:
        notes += _resize(overrides, detail, definition, options)
    request = _request(clients, detail, own or definition, definition, options, overrides, size, uploads)
    _check_target(clients, definition, request, options)
    limits.check_overrides_size(request.container_overrides)
    limits.check_request_size(dict(request.to_submit_job()))
    return Retry(request, tuple(notes))


def _detail(clients: Clients, job_id: str) -> Any:
    try:
        jobs = clients.batch.describe_jobs(jobs=[job_id])["jobs"]
    except (BotoCoreError, ClientError) as error:
        raise refused(error, f"describing {job_id}") from error
    if not jobs:
        raise UsageError(
            f"JOB_ID: AWS Batch has no job {job_id}.",
            fix="List the recent ones with `awa-batch status`; ended jobs are known for about seven days.",
        )
    if not jobs[0].get("container") and not (jobs[0].get("arrayProperties") or {}).get("size"):
        raise UsageError(f"JOB_ID: {job_id} is no single-container job.", fix="Submit it with its own tool.")
    return jobs[0]


def _check_ended(detail: Any, job_id: str) -> None:
    status = detail["status"]
    if status in ("SUCCEEDED", "FAILED"):
        return
    raise UsageError(
        f"JOB_ID: {job_id} has not ended, it is {status}.",
        fix=f"Wait for it (`awa-batch attach {job_id}`), or cancel it first (`awa-batch cancel {job_id}`).",
    )


def _described(clients: Clients, arn: str) -> Any | None:
    """Return a revision of a job definition, also a deregistered one (AWS shows those for 180 days), or None."""
    try:
        found: list[Any] = list(clients.batch.describe_job_definitions(jobDefinitions=[arn])["jobDefinitions"])
    except (BotoCoreError, ClientError) as error:
        raise refused(error, f"describing {arn.rsplit('/', 1)[-1]}") from error
    return found[0] if found else None


def _definition(clients: Clients, detail: Any, own: Any | None, *, latest: bool) -> Any:
    """Return the revision that is to run: the job's own, or with ``latest`` the one of its name in the contract."""
    name = detail["jobDefinition"].rsplit("/", 1)[-1]
    if not latest:
        if own is None or own.get("status") == "INACTIVE":
            raise UsageError(
                f"JOB_ID: its job definition {name} is deregistered.",
                fix="Use --latest for the environment's present revision.",
            )
        return own
    offered = [entry.arn for entry in clients.contract.job_definitions.values() if entry.name == name.rsplit(":", 1)[0]]
    found = _described(clients, offered[0]) if offered else None
    if found is None or found.get("status") == "INACTIVE":
        raise UsageError(
            f"--latest: the environment has no job definition {name.rsplit(':', 1)[0]}.", fix="Leave --latest out."
        )
    return found


def _check_target(clients: Clients, definition: Any, request: JobRequest, options: RetryOptions) -> None:
    """Hold what is different against the queue and the platform, as for any submission."""
    if options.queue is None and options.vcpu is None and options.memory is None:
        return
    target = next((queue for queue in clients.contract.queues.values() if queue.arn == request.job_queue), None)
    if target is None:
        return  # of another environment, whose facts are not known here
    chosen = job_definition_of(definition)
    if target.platform != chosen.platform:
        raise UsageError(
            f"--queue {target.name} is {target.platform}, but the job definition {chosen.name} is {chosen.platform}.",
            fix=f"Use a queue on {chosen.platform}.",
        )
    has = _resources(definition["containerProperties"]) | _resources(request.container_overrides)
    check_resources(chosen, target, float(has.get("VCPU", chosen.vcpu)), int(has.get("MEMORY", chosen.memory)))


def _overrides(detail: Any, properties: Any) -> dict[str, Any]:
    """Return what the job had beyond its definition: so the request stays as small as it was."""
    container = detail.get("container") or {}
    overrides: dict[str, Any] = {}
    if container.get("command") and container["command"] != properties.get("command"):
        overrides["command"] = list(container["command"])
    own = {entry["name"]: entry.get("value", "") for entry in properties.get("environment") or ()}
    environment = [
        {"name": entry["name"], "value": entry.get("value", "")}
        for entry in container.get("environment") or ()
        if own.get(entry["name"]) != entry.get("value", "")
        and not entry["name"].upper().startswith(("AWS_BATCH", "MANAGED_BY_AWS"))
    ]
    if environment:
        overrides["environment"] = environment
    if (had := _resources(container)) != _resources(properties) and had:
        overrides["resourceRequirements"] = [{"type": kind, "value": value} for kind, value in had.items()]
    return overrides


def _resources(container: Any) -> dict[str, str]:
    return {entry["type"]: str(entry["value"]) for entry in container.get("resourceRequirements") or ()}


def _with_map(
    clients: Clients, detail: Any, job_id: str, overrides: dict[str, Any], indexes: Sequence[int]
) -> tuple[dict[str, Any], tuple[Upload, ...]]:
    """Give the children their original indexes: those of a map that the job itself had, where it was a retry."""
    environment = {entry["name"]: entry["value"] for entry in overrides.get("environment", ())}
    child = _CHILD.fullmatch(job_id)
    parent = detail if child is None else _detail(clients, child[1])
    if (before := environment.get(INDEX_MAP)) is not None:
        known = read_indexes(_fetched(clients, before))
        if max(indexes) >= len(known):
            raise AwsError(f"The index map of {job_id} has {len(known)} indexes only.", fix="Submit it anew.")
        indexes = [known[index] for index in indexes]
    text = write_indexes(indexes)
    uploads: tuple[Upload, ...] = ()
    if len(text) > MAP_CHARACTERS:
        if not clients.contract.data_bucket.name:
            raise UsageError("The index map is too long for the request, and no data bucket is known.", fix="Use -E.")
        uploads = (Upload.of(clients.contract.data_bucket.name, text.encode(), "txt"),)
        text = uploads[0].uri
    environment[INDEX_MAP] = text
    environment.setdefault(ARRAY_SIZE, str(parent["arrayProperties"]["size"]))
    listed = [{"name": name, "value": value} for name, value in environment.items()]
    return {**overrides, "environment": listed}, uploads


def _fetched(clients: Clients, text: str) -> str:
    if not text.startswith("s3://"):
        return text
    bucket, _, key = text.removeprefix("s3://").partition("/")
    try:
        return clients.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    except (BotoCoreError, ClientError) as error:
        raise refused(error, f"reading {text}") from error


def _resize(overrides: dict[str, Any], detail: Any, definition: Any, options: RetryOptions) -> list[str]:
    """Put other vCPUs and memory into the overrides; on Fargate the next size that it has. Returns notes."""
    had = {**_resources(definition["containerProperties"]), **_resources(detail.get("container") or {})}
    vcpu = float(had.get("VCPU", 1)) if options.vcpu is None else options.vcpu
    memory = _memory(options.memory, int(had.get("MEMORY", 4)))
    notes = []
    if "FARGATE" in definition.get("platformCapabilities", ()):
        wanted = (vcpu, memory)
        vcpu, memory = next_fargate_size(vcpu, memory)
        if (vcpu, memory) != wanted:
            notes.append(f"Fargate's next size is {vcpu:g} vCPU with {memory} MiB.")
    elif vcpu < 1 or vcpu != int(vcpu):
        raise UsageError(f"--vcpu {vcpu:g}: a job on EC2 takes whole vCPUs, 1 or more.", fix="Use --vcpu 1 or more.")
    resources = {**had, "VCPU": f"{vcpu:g}", "MEMORY": str(memory)}
    overrides["resourceRequirements"] = [{"type": kind, "value": value} for kind, value in resources.items()]
    return notes


def _memory(text: str | None, had: int) -> int:
    if text is None:
        return had
    if match := _FACTOR.fullmatch(text.strip().lower()):
        memory = round(had * float(match[1]))
    else:
        try:
            memory = int(text)
        except ValueError:
            raise UsageError(
                f"--memory {text!r} is no amount.", fix="Write --memory x2, or MiB: --memory 8192."
            ) from None
    if memory < 4:
        raise UsageError(f"--memory {text}: a job takes 4 MiB or more.", fix="Use --memory x2, or more MiB.")
    return memory


def _request(
    clients: Clients,
    detail: Any,
    before: Any,
    definition: Any,
    options: RetryOptions,
    overrides: dict[str, Any],
    size: int | None,
    uploads: tuple[Upload, ...],
) -> JobRequest:
    strategy = detail.get("retryStrategy") or {}
    same = strategy == (before.get("retryStrategy") or {})
    attempts, rules = (None, ()) if same else (strategy.get("attempts"), tuple(strategy.get("evaluateOnExit") or ()))
    if options.attempts is not None:
        limits.check_attempts(options.attempts)
        attempts, rules = options.attempts, tuple(strategy.get("evaluateOnExit") or ())
    timeout = (detail.get("timeout") or {}).get("attemptDurationSeconds")
    if timeout == (before.get("timeout") or {}).get("attemptDurationSeconds"):
        timeout = None
    if options.timeout_seconds is not None:
        limits.check_timeout(options.timeout_seconds)
        timeout = options.timeout_seconds
    queue, share = detail["jobQueue"], detail.get("shareIdentifier")
    if options.queue is not None:
        target = find_queue(clients.contract, options.queue)
        queue = target.arn
        share = (share or target.default_share_identifier) if target.scheduling == "FAIR_SHARE" else None
    priority = detail.get("schedulingPriority")
    own = before.get("parameters") or {}
    return JobRequest(
        job_name=unique_job_name(_SUFFIX.sub("", detail["jobName"])),
        job_queue=queue,
        job_definition=definition["jobDefinitionArn"],
        image=definition["containerProperties"].get("image", ""),
        container_overrides=overrides,
        parameters={key: value for key, value in (detail.get("parameters") or {}).items() if own.get(key) != value},
        array_size=size,
        depends_on=_order(detail, size),
        share_identifier=share,
        scheduling_priority=priority if share and priority != before.get("schedulingPriority") else None,
        attempts=attempts,
        evaluate_on_exit=rules,
        timeout_seconds=timeout,
        tags={key: value for key, value in (detail.get("tags") or {}).items() if not key.startswith("aws:")},
        uploads=uploads,
    )


def _order(detail: Any, size: int | None) -> tuple[dict[str, str], ...]:
    """Keep an array's children one after the other; the jobs that it depended on have ended."""
    ordered = any(entry.get("type") == "SEQUENTIAL" for entry in detail.get("dependsOn") or ())
    return ({"type": "SEQUENTIAL"},) if ordered and size is not None else ()
