"""Build a request from a contract and a job's spec, refusing what AWS Batch or ECS would refuse or fail."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from awa_batch import limits
from awa_batch.batch.derived import IMAGE_TAG
from awa_batch.batch.submitted_code import CODE, REPOSITORIES
from awa_batch.contract.candidate import candidate_for
from awa_batch.contract.lookup import find_job_definition, find_queue
from awa_batch.contract.model import Contract, JobDefinition, Platform, Queue
from awa_batch.errors import UsageError
from awa_batch.job import JobSpec
from awa_batch.limits.job import MAX_JOB_NAME
from awa_batch.request.code import code_of
from awa_batch.request.config import VARIABLE, check_config, is_uri, variables_of
from awa_batch.request.dependencies import depends_on
from awa_batch.request.image import derived_of
from awa_batch.request.model import JobRequest, overrides_member, without_empty
from awa_batch.request.overrides import container_overrides
from awa_batch.request.released import check_unreleased
from awa_batch.request.retry_strategy import DEFAULT_ATTEMPTS, retry_rules, retry_strategy
from awa_batch.request.submitter import SUBMITTED_BY, submitter
from awa_batch.request.upload import Upload
from awa_batch.text import Field, Text

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import ContainerOverridesTypeDef, RetryStrategyTypeDef

CANDIDATE_TAG = "awa-batch:slot"
"""Tag of a job that went to a candidate by its share (`release canary --share`)."""

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def unique_job_name(prefix: str) -> str:
    """Return ``prefix`` with eight random characters, so that one submission can be found again by its name."""
    suffix = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{prefix[: MAX_JOB_NAME - len(suffix) - 1]}-{suffix}"


def build_request(
    contract: Contract,
    spec: JobSpec,
    *,
    exact_name: str | None = None,
    tell: Callable[[Text], None] = lambda _: None,
) -> JobRequest:
    """Return the checked request.

    The spec's definition and queue are logical names, full names or ARNs; without a queue the high-priority queue of
    the definition's platform is used. The job's name is the spec's (or the definition's logical name) plus a random
    suffix, or ``exact_name`` as it is, which the caller has made unique. The configuration is held against the job's
    model; ``tell`` hears why where that could not be done. A configuration that makes the overrides too large becomes
    an upload and a URI. Raises UsageError naming the field at fault, NotAppliedError where nothing is released yet.
    """
    limits.check_fields(vars(spec))
    check_config(spec, tell)
    return assemble(contract, spec, exact_name=exact_name)


def assemble(
    contract: Contract, spec: JobSpec, *, exact_name: str | None = None, uploads: tuple[Upload, ...] = ()
) -> JobRequest:
    """Return the request of a spec whose fields have been checked; ``uploads`` are what its environment names."""
    definition, queue = find_targets(contract, spec)
    name = unique_job_name(name_prefix(contract, definition, spec)) if exact_name is None else exact_name
    limits.check_job_name(name)
    code = code_of(contract, spec)
    # Who names a revision, or brings code or an image, asks for that.
    own = spec.code is not None or spec.image is not None or _names_a_revision(spec.definition)
    candidate = None if own else candidate_for(contract, definition, name)
    definition = candidate or definition
    derived = derived_of(contract, spec, definition)
    shown = {} if derived is None else {IMAGE_TAG: derived.image}
    who = {SUBMITTED_BY: submitter()} if "events" in contract.log_groups else {}
    tags = {**code.tags, **shown, **({CANDIDATE_TAG: "green"} if candidate else {}), **who, **spec.tags}
    overrides = container_overrides(spec, {**variables_of(spec), **code.variables}, definition, queue)
    _check_code(contract, overrides)
    overrides, moved = _within_limit(contract, overrides)
    request = JobRequest(
        submit_job=without_empty(
            {
                "jobName": name,
                "jobQueue": queue.arn,
                "jobDefinition": definition.arn if derived is None else derived.name,
                "arrayProperties": None if spec.array is None else {"size": spec.array},
                "dependsOn": depends_on(spec.depends_on, sequential=spec.sequential, array_size=spec.array),
                "shareIdentifier": _share_identifier(queue, spec.share_identifier),
                "schedulingPriorityOverride": spec.scheduling_priority,
                "parameters": dict(spec.params),
                **overrides_member(definition.container, overrides),
                "retryStrategy": _retry_strategy(spec, definition),
                "timeout": None if spec.timeout is None else {"attemptDurationSeconds": spec.timeout},
                "tags": tags,
                "propagateTags": True if tags else None,
            }
        ),
        image=definition.image if derived is None else derived.image,
        uploads=(*uploads, *code.uploads, *moved),
        platform_version=spec.platform_version,
        derived=derived,
    )
    limits.check_overrides_size(request.container_overrides)
    limits.check_request_size(request.submit_job)
    return request


def _names_a_revision(definition: str | None) -> bool:
    """Whether a job asks for one revision, which no candidate is: ``name:3`` or an ARN."""
    return definition is not None and definition.rpartition(":")[2].isdecimal()


def _check_code(contract: Contract, overrides: ContainerOverridesTypeDef) -> None:
    """Refuse variables that make a job run other code than its image's, where the environment takes none."""
    for entry in overrides.get("environment", []):
        if (name := entry.get("name", "")) in (CODE, REPOSITORIES):
            check_unreleased(contract, Field("env", name), "code")


def find_targets(contract: Contract, spec: JobSpec) -> tuple[JobDefinition, Queue]:
    """Return the job definition and the queue that are meant; UsageError where they are not of one platform."""
    if spec.definition is None:
        raise UsageError(Field("definition"), " is missing.", fix="Name a job definition.")
    chosen = find_job_definition(contract, spec.definition)
    target = find_queue(contract, _default_queue(contract, chosen.platform) if spec.queue is None else spec.queue)
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


def _default_queue(contract: Contract, platform: Platform) -> str:
    """Return the queue of who names none: ``<platform>-high-priority``, else the one of the highest priority there."""
    usual = f"{platform.lower()}-high-priority"
    there = [name for name, queue in contract.queues.items() if queue.platform == platform]
    if usual in contract.queues or not there:
        return usual
    return min(there, key=lambda name: (-contract.queues[name].priority, name))


def name_prefix(contract: Contract, definition: JobDefinition, spec: JobSpec) -> str:
    """Return what the job's name begins with."""
    return definition.name.removeprefix(f"{contract.prefix}-") if spec.name is None else spec.name


def _retry_strategy(spec: JobSpec, definition: JobDefinition) -> RetryStrategyTypeDef | None:
    if spec.retry_on and spec.attempts == 1:
        raise UsageError(
            Field("retry_on"),
            " needs a second attempt, and ",
            Field("attempts"),
            " is 1.",
            fix=("Use ", Field("attempts", 2), " or more, or leave it out."),
        )
    rules = retry_rules(spec.retry_on, definition.platform)
    return retry_strategy(DEFAULT_ATTEMPTS if rules and spec.attempts is None else spec.attempts, rules)


def _within_limit(
    contract: Contract, overrides: ContainerOverridesTypeDef
) -> tuple[ContainerOverridesTypeDef, tuple[Upload, ...]]:
    """Move CONFIG_JSON to S3 where the overrides are larger than ECS takes; the job's load_config follows the URI."""
    if limits.overrides_size(overrides) <= limits.MAX_OVERRIDES_CHARACTERS or not contract.data_bucket.name:
        return overrides, ()
    for place, entry in enumerate(overrides.get("environment", [])):
        value = entry.get("value", "")
        if entry.get("name") == VARIABLE and not is_uri(value):
            upload = Upload.of(contract.data_bucket.name, value.encode(), "json")
            environment = list(overrides["environment"])
            environment[place] = {"name": VARIABLE, "value": upload.uri}
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
