"""Build a request from a contract and a user's options, refusing what AWS Batch or ECS would refuse or fail."""

from __future__ import annotations

import secrets
from typing import Any

from awa_batch import limits
from awa_batch.contract.lookup import find_job_definition, find_queue
from awa_batch.contract.model import Contract, JobDefinition, Queue
from awa_batch.errors import UsageError
from awa_batch.request import config
from awa_batch.request.dependencies import depends_on
from awa_batch.request.model import JobRequest
from awa_batch.request.options import JobOptions
from awa_batch.request.overrides import container_overrides
from awa_batch.request.retry import DEFAULT_ATTEMPTS, retry_rules
from awa_batch.request.upload import Upload
from awa_batch.text import Field

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def unique_job_name(prefix: str) -> str:
    """Return ``prefix`` with eight random characters, so that one submission can be found again by its name."""
    suffix = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{prefix[:119]}-{suffix}"


def build_request(
    contract: Contract,
    definition: str,
    queue: str | None,
    options: JobOptions,
    *,
    exact_name: str | None = None,
    uploads: tuple[Upload, ...] = (),
) -> JobRequest:
    """Return the checked request.

    ``definition`` and ``queue`` are logical names, full names or ARNs; without ``queue`` the high-priority queue of
    the definition's platform is used. The job's name is ``options.name`` (or the definition's logical name) plus a
    random suffix, or ``exact_name`` as it is, which the caller has made unique. A CONFIG_JSON that makes the overrides
    too large becomes an upload and a URI; ``uploads`` are further ones. Raises UsageError naming the field at fault,
    NotAppliedError where nothing is released yet.
    """
    chosen, target = find_targets(contract, definition, queue)
    prefix = name_prefix(contract, chosen, options)
    if exact_name is not None:
        limits.check_job_name(exact_name)
    _check_fields(options)
    rules = retry_rules(options.retry_on, chosen.platform)
    overrides, moved = _within_limit(contract, container_overrides(options, chosen, target))
    request = JobRequest(
        job_name=exact_name or unique_job_name(prefix),
        job_queue=target.arn,
        job_definition=chosen.arn,
        image=chosen.image,
        container_overrides=overrides,
        parameters=dict(options.parameters),
        array_size=options.array_size,
        depends_on=depends_on(options.depends_on, sequential=options.sequential, array_size=options.array_size),
        share_identifier=_share_identifier(target, options.share_identifier),
        scheduling_priority=options.scheduling_priority,
        attempts=DEFAULT_ATTEMPTS if rules and options.attempts is None else options.attempts,
        evaluate_on_exit=rules,
        timeout_seconds=options.timeout_seconds,
        tags=dict(options.tags),
        uploads=(*uploads, *moved),
    )
    limits.check_overrides_size(request.container_overrides)
    limits.check_request_size(dict(request.to_submit_job()))
    return request


def find_targets(contract: Contract, definition: str, queue: str | None) -> tuple[JobDefinition, Queue]:
    """Return the job definition and the queue that are meant; UsageError where they are not of one platform."""
    chosen = find_job_definition(contract, definition)
    target = find_queue(contract, f"{chosen.platform.lower()}-high-priority" if queue is None else queue)
    if target.platform != chosen.platform:
        fits = sorted(name for name, entry in contract.queues.items() if entry.platform == chosen.platform)
        raise UsageError(
            Field("queue", target.name),
            f" is {target.platform}, but the job definition {chosen.name} is {chosen.platform}.",
            fix=("Use ", Field("queue", fits[0]), *(f" or {name}" for name in fits[1:]), ".")
            if fits
            else f"Use a queue on {chosen.platform}.",
        )
    return chosen, target


def name_prefix(contract: Contract, definition: JobDefinition, options: JobOptions) -> str:
    """Return what the job's name begins with, checked."""
    prefix = definition.name.removeprefix(f"{contract.prefix}-") if options.name is None else options.name
    limits.check_job_name(prefix)
    return prefix


def _check_fields(options: JobOptions) -> None:
    limits.check_fields(
        {
            "tags": options.tags,
            "array": options.array_size,
            "attempts": options.attempts,
            "timeout": options.timeout_seconds,
            "scheduling_priority": options.scheduling_priority,
        }
    )
    if options.retry_on and options.attempts == 1:
        raise UsageError(
            Field("retry_on"),
            " needs a second attempt, and ",
            Field("attempts"),
            " is 1.",
            fix=("Use ", Field("attempts", 2), " or more, or leave it out."),
        )


def _within_limit(contract: Contract, overrides: dict[str, Any]) -> tuple[dict[str, Any], tuple[Upload, ...]]:
    """Move CONFIG_JSON to S3 where the overrides are larger than ECS takes; the job's load_config follows the URI."""
    if limits.overrides_size(overrides) <= limits.MAX_OVERRIDES_CHARACTERS or not contract.data_bucket.name:
        return overrides, ()
    for place, entry in enumerate(overrides.get("environment", [])):
        if entry["name"] == config.VARIABLE and not config.is_uri(entry["value"]):
            upload = Upload.of(contract.data_bucket.name, entry["value"].encode(), "json")
            environment = list(overrides["environment"])
            environment[place] = {"name": config.VARIABLE, "value": upload.uri}
            return {**overrides, "environment": environment}, (upload,)
    return overrides, ()


def _share_identifier(queue: Queue, given: str | None) -> str | None:
    """AWS wants an identifier on a fair-share queue and none on a FIFO queue."""
    if queue.scheduling == "FIFO":
        if given is not None:
            raise UsageError(
                Field("share_identifier", given),
                f": the queue {queue.name} is FIFO and takes none.",
                fix="Leave it out, or use a fair-share queue.",
            )
        return None
    chosen = queue.default_share_identifier if given is None else given
    if chosen is None:
        raise UsageError(
            Field("share_identifier"),
            f" is missing: the queue {queue.name} is fair-share and the contract names no default.",
            fix=("Pass ", Field("share_identifier", "NAME"), "."),
        )
    limits.check_share_identifier(chosen)
    return chosen
