"""Build a request from a contract and a user's options, refusing what AWS Batch or ECS would refuse or fail."""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from awa_batch import limits
from awa_batch.contract.lookup import find_job_definition, find_queue
from awa_batch.contract.model import Contract, JobDefinition, Queue
from awa_batch.errors import UsageError
from awa_batch.request.model import JobRequest

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class JobOptions:
    """What a user may say of a job beyond definition and queue. Units: vcpu in vCPUs, memory in MiB, timeout in s."""

    name: str | None = None
    command: Sequence[str] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    vcpu: float | None = None
    memory: int | None = None
    array_size: int | None = None
    depends_on: Sequence[str] = ()
    share_identifier: str | None = None
    scheduling_priority: int | None = None
    attempts: int | None = None
    timeout_seconds: int | None = None
    tags: dict[str, str] = field(default_factory=dict)


def unique_job_name(prefix: str) -> str:
    """Return ``prefix`` with eight random characters, so that one submission can be found again by its name."""
    suffix = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{prefix[:119]}-{suffix}"


def build_request(
    contract: Contract, definition: str, queue: str | None, options: JobOptions, *, exact_name: str | None = None
) -> JobRequest:
    """Return the checked request.

    ``definition`` and ``queue`` are logical names, full names or ARNs; without ``queue`` the high-priority queue of
    the definition's platform is used. The job's name is ``options.name`` (or the definition's logical name) plus a
    random suffix, or ``exact_name`` as it is, which the caller has made unique. Raises UsageError naming the flag at
    fault, NotAppliedError where nothing is released yet.
    """
    chosen = find_job_definition(contract, definition)
    target = find_queue(contract, queue or f"{chosen.platform.lower()}-high-priority")
    if target.platform != chosen.platform:
        fits = sorted(name for name, entry in contract.queues.items() if entry.platform == chosen.platform)
        raise UsageError(
            f"--queue {target.name} is {target.platform}, but the job definition {chosen.name} is {chosen.platform}.",
            fix=f"Use --queue {' or '.join(fits)}.",
        )
    prefix = chosen.name.removeprefix(f"{contract.prefix}-") if options.name is None else options.name
    limits.check_job_name(prefix)
    if exact_name is not None:
        limits.check_job_name(exact_name)
    _check_fields(options)
    request = JobRequest(
        job_name=exact_name or unique_job_name(prefix),
        job_queue=target.arn,
        job_definition=chosen.arn,
        image=chosen.image,
        container_overrides=_container_overrides(options, chosen, target),
        parameters=dict(options.parameters),
        array_size=options.array_size,
        depends_on=tuple({"jobId": job_id} for job_id in options.depends_on),
        share_identifier=_share_identifier(target, options.share_identifier),
        scheduling_priority=options.scheduling_priority,
        attempts=options.attempts,
        timeout_seconds=options.timeout_seconds,
        tags=dict(options.tags),
    )
    limits.check_overrides_size(request.container_overrides)
    limits.check_request_size(dict(request.to_submit_job()))
    return request


def _check_fields(options: JobOptions) -> None:
    limits.check_environment_names(options.environment)
    limits.check_depends_on(len(options.depends_on))
    limits.check_tags(options.tags)
    if options.array_size is not None:
        limits.check_array_size(options.array_size)
    if options.attempts is not None:
        limits.check_attempts(options.attempts)
    if options.timeout_seconds is not None:
        limits.check_timeout(options.timeout_seconds)
    if options.scheduling_priority is not None:
        limits.check_scheduling_priority(options.scheduling_priority)


def _share_identifier(queue: Queue, given: str | None) -> str | None:
    """AWS wants an identifier on a fair-share queue and none on a FIFO queue."""
    if queue.scheduling == "FIFO":
        if given:
            raise UsageError(
                f"--share-identifier {given}: the queue {queue.name} is FIFO and takes none.",
                fix="Leave it out, or use a fair-share queue.",
            )
        return None
    chosen = given or queue.default_share_identifier
    if not chosen:
        raise UsageError(
            f"--share-identifier is missing: the queue {queue.name} is fair-share and the contract names no default.",
            fix="Pass --share-identifier NAME.",
        )
    limits.check_share_identifier(chosen)
    return chosen


def _container_overrides(options: JobOptions, definition: JobDefinition, queue: Queue) -> dict[str, Any]:
    overrides: dict[str, Any] = {}
    if options.command:
        overrides["command"] = list(options.command)
    if options.environment:
        overrides["environment"] = [{"name": name, "value": value} for name, value in options.environment.items()]
    vcpu = definition.vcpu if options.vcpu is None else options.vcpu
    memory = definition.memory if options.memory is None else options.memory
    _check_resources(definition, queue, vcpu, memory)
    if options.vcpu is not None or options.memory is not None:
        # resourceRequirements is right on EC2 and on Fargate; vcpus and memory are ignored by such definitions.
        overrides["resourceRequirements"] = [
            {"type": "VCPU", "value": f"{vcpu:g}"},
            {"type": "MEMORY", "value": str(memory)},
        ]
    return overrides


def _check_resources(definition: JobDefinition, queue: Queue, vcpu: float, memory: int) -> None:
    if not math.isfinite(vcpu):
        raise UsageError(f"--vcpu {vcpu}: not a number of vCPUs.", fix=f"Use --vcpu {definition.vcpu:g}.")
    if definition.platform == "FARGATE":
        limits.check_fargate_size(vcpu, memory)
    else:
        if vcpu < 1 or vcpu != int(vcpu):
            raise UsageError(
                f"--vcpu {vcpu:g}: a job on EC2 takes whole vCPUs, 1 or more.", fix=f"Use --vcpu {max(1, round(vcpu))}."
            )
        if memory < 4:
            raise UsageError(f"--memory {memory}: a job takes 4 MiB or more.", fix="Use --memory 4 or more (MiB).")
    if vcpu > queue.max_vcpus:
        raise UsageError(
            f"--vcpu {vcpu:g}: the queue {queue.name} never has more than {queue.max_vcpus} vCPUs; "
            "the job would wait in RUNNABLE for ever.",
            fix=f"Use --vcpu {queue.max_vcpus} or less, or raise max_vcpus in Terraform.",
        )
