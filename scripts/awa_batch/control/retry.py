"""Submit a job again as it was: the same revision, overrides and parameters, read back from AWS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from awa_batch import limits
from awa_batch.batch.definitions import active_definitions, describe_definitions, newest_definition
from awa_batch.batch.derived import derived_name
from awa_batch.batch.discovery import job_definition_of
from awa_batch.batch.jobs import array_index, array_size, describe_jobs
from awa_batch.batch.memory import forgotten_words
from awa_batch.batch.resources import requirements
from awa_batch.batch.revisions import name_of, newer_revision
from awa_batch.batch.service_model import submit_job_members
from awa_batch.batch.several import beside_main, containers_of, main_container
from awa_batch.contract.candidate import ENDING
from awa_batch.contract.lookup import find_queue
from awa_batch.control.original_index import with_original_indexes
from awa_batch.control.resize import resize
from awa_batch.errors import NotThereError, UsageError
from awa_batch.limits.tags import RESERVED_TAG
from awa_batch.observe.job import TERMINAL
from awa_batch.observe.queries import list_children
from awa_batch.request.build import unique_job_name
from awa_batch.request.model import JobRequest, overrides_member, without_empty
from awa_batch.request.overrides import check_resources
from awa_batch.request.retry_strategy import retry_strategy
from awa_batch.request.submitter import SUBMITTED_BY, submitter
from awa_batch.request.upload import Upload
from awa_batch.text import Command, Field, Text

if TYPE_CHECKING:
    from mypy_boto3_batch.literals import ResourceTypeType
    from mypy_boto3_batch.type_defs import (
        ContainerDetailTypeDef,
        ContainerOverridesTypeDef,
        ContainerPropertiesOutputTypeDef,
        JobDefinitionTypeDef,
        JobDependencyTypeDef,
        JobDetailTypeDef,
        KeyValuePairTypeDef,
        ResourceRequirementTypeDef,
    )

    from awa_batch.batch.clients import Clients

_MADE_ANEW = {
    "jobName",
    "jobQueue",
    "jobDefinition",
    "arrayProperties",
    "dependsOn",
    "containerOverrides",
    "nodeOverrides",
    "eksPropertiesOverride",
    "ecsPropertiesOverride",
}
"""Members of SubmitJob that a retry does not take over as DescribeJobs shows them.

Multi-node and EKS jobs are refused.
"""

_SUFFIX = re.compile(r"-[a-km-np-z2-9]{8}$")


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
    notes: tuple[Text, ...] = ()


def build_retry(clients: Clients, job_id: str, options: RetryOptions) -> Retry | None:
    """Return the request that submits an ended job again; None where ``failed_only`` finds no failed child.

    ``ID:INDEX`` is one child of an array. Chosen children keep the index that they had in the original array, also in
    a retry of a retry (`AWA_BATCH_INDEX_MAP`). Dependencies are not taken over: they were met. Raises UsageError for a
    job that is not there or has not ended, AwsError.
    """
    detail = _ended_job(clients, job_id)
    own = _described(clients, detail["jobDefinition"])
    definition = _definition(clients, detail, own, latest=options.latest)
    size = array_size(detail)
    notes: list[Text] = []
    if definition["jobDefinitionName"] != name_of(detail["jobDefinition"]) and not options.latest:
        was, runs = name_of(detail["jobDefinition"]), f"{definition['jobDefinitionName']}:{definition['revision']}"
        notes.append((f"{was} was a candidate and is there no more: {runs} runs, which has the same image.",))
    elif not options.latest and (newer := newer_revision(clients.batch, detail["jobDefinition"], own)):
        runs = detail["jobDefinition"].rsplit("/", 1)[-1]
        notes.append((f"{runs} runs again. There is {newer}: ", Field("latest"), " takes that one."))
    indexes: list[int] | None = None
    if (index := array_index(detail)) is not None:
        indexes = [index]
    elif options.failed_only:
        if size is None:
            if detail["status"] != "FAILED":
                return None
        else:
            children = list_children(clients.batch, job_id, "FAILED")
            indexes = [child.index for child in children if child.index is not None]
            if not indexes:
                return None
    # What the job had of its own is told by its own revision, whatever revision runs it now.
    overrides = _overrides(detail, (own or definition)["containerProperties"])
    uploads: tuple[Upload, ...] = ()
    if indexes is not None:
        overrides, uploads = with_original_indexes(clients, detail, overrides, indexes)
        size = len(indexes) if len(indexes) > 1 else None
        keep = "children keep" if len(indexes) > 1 else "child keeps"
        read = "read it with awa_runtime.array_index(), since AWS_BATCH_JOB_ARRAY_INDEX counts anew."
        notes.append((f"{len(indexes)} {keep} the original index: {read}",))
    if options.vcpu is not None or options.memory is not None:
        had = requirements(definition["containerProperties"]) | requirements(detail.get("container") or {})
        fargate = "FARGATE" in definition.get("platformCapabilities", ())
        resources, said = resize(
            had, vcpu=options.vcpu, memory=options.memory, on_fargate=fargate, beside=beside_main(definition)[:2]
        )
        overrides["resourceRequirements"] = _listed(resources)
        notes += [(note,) for note in said]
    request = _request(clients, detail, own or definition, definition, options, overrides, size, uploads)
    _check_fits(clients, definition, request, options)
    _check_said(request)
    limits.check_overrides_size(request.container_overrides)
    limits.check_request_size(request.submit_job)
    return Retry(request, tuple(notes))


def _check_said(request: JobRequest) -> None:
    """Refuse what could not be submitted again, although AWS, or another tool, has let it through before."""
    limits.check_text(request.submit_job, "job_id")
    limits.check_command(request.container_overrides.get("command", ()), "job_id")
    limits.check_tags(request.submit_job.get("tags", {}), "job_id")


def _ended_job(clients: Clients, job_id: str) -> JobDetailTypeDef:
    detail = describe_jobs(clients.batch, [job_id]).get(job_id)
    if detail is None:
        raise NotThereError(
            Field("job_id"),
            f": AWS Batch has no job {job_id}.",
            fix=("List the recent ones with ", Command("status"), f"; {forgotten_words(clients.batch)}."),
        )
    if not detail.get("container") and array_size(detail) is None:
        raise UsageError(
            Field("job_id"), f": {job_id} is a multi-node or an EKS job.", fix="Submit it with its own tool."
        )
    if detail["status"] not in TERMINAL:
        raise UsageError(
            Field("job_id"),
            f": {job_id} has not ended, it is {detail['status']}.",
            fix=(
                "Wait for it (", Command("attach", job_id), "), or cancel it first (", Command("cancel", job_id), ").",
            ),
        )  # fmt: skip
    return detail


def _described(clients: Clients, arn: str) -> JobDefinitionTypeDef | None:
    """Return a revision of a job definition, also a deregistered one (AWS shows those for 180 days), or None."""
    return next(iter(describe_definitions(clients.batch, [arn]).values()), None)


def _definition(
    clients: Clients, detail: JobDetailTypeDef, own: JobDefinitionTypeDef | None, *, latest: bool
) -> JobDefinitionTypeDef:
    """Return the revision that is to run: the job's own, or with ``latest`` the newest of its name."""
    revision = detail["jobDefinition"].rsplit("/", 1)[-1]
    if not latest:
        if own is None or own.get("status") == "INACTIVE":
            if own is not None and (released := _released(clients, name_of(revision), own)) is not None:
                return released
            raise UsageError(
                Field("job_id"),
                f": its job definition {revision} is deregistered.",
                fix=("Submit it anew, with ", Field("image"), ".")
                if derived_name(revision)
                else ("Use ", Field("latest"), " for its newest revision."),
            )
        return own
    if derived_name(revision):
        raise UsageError(
            Field("latest"),
            f": the job ran on an image that it was given ({revision}), which has no newer revision.",
            fix=("Leave ", Field("latest"), " out, or submit it anew on the released image."),
        )
    name = name_of(revision)
    found = newest_definition(clients.batch, name)
    if found is None and name.endswith(ENDING):
        found = newest_definition(clients.batch, name.removesuffix(ENDING))
    if found is None:
        raise UsageError(
            Field("latest"),
            f": there is no ACTIVE revision of the job definition {name}.",
            fix=("Bring the environment up to date: ", clients.contract.target.apply_step, "."),
        )
    return found


def _released(clients: Clients, name: str, own: JobDefinitionTypeDef) -> JobDefinitionTypeDef | None:
    """Return the revision of the released definition that runs what a candidate ran which is there no more.

    A candidate's definition goes when it is promoted: what ran on it runs under the plain name then.
    """
    if not name.endswith(ENDING):
        return None
    image = own["containerProperties"].get("image")
    there = active_definitions(clients.batch, name.removesuffix(ENDING))
    return next((one for one in there if (one.get("containerProperties") or {}).get("image") == image), None)


def _check_fits(clients: Clients, definition: JobDefinitionTypeDef, request: JobRequest, options: RetryOptions) -> None:
    """Hold what is different against the queue and the platform, as for any submission."""
    if options.queue is None and options.vcpu is None and options.memory is None:
        return
    queue = next((entry for entry in clients.contract.queues.values() if entry.arn == request.job_queue), None)
    if queue is None:
        return  # of another environment, whose facts are not known here
    chosen = job_definition_of(definition)
    if queue.platform != chosen.platform:
        raise UsageError(
            Field("queue", queue.name),
            f" is {queue.platform}, but the job definition {chosen.name} is {chosen.platform}.",
            fix=f"Use a queue on {chosen.platform}.",
        )
    has = requirements(definition["containerProperties"]) | requirements(request.container_overrides)
    check_resources(chosen, queue, float(has.get("VCPU", chosen.vcpu)), int(has.get("MEMORY", chosen.memory)))


def _overrides(detail: JobDetailTypeDef, properties: ContainerPropertiesOutputTypeDef) -> ContainerOverridesTypeDef:
    """Return what the job had beyond its definition: so the request stays as small as it was."""
    return _difference(detail.get("container") or {}, properties)


def _beside(detail: JobDetailTypeDef, before: JobDefinitionTypeDef) -> list[dict[str, Any]]:
    """Return the same of a job's containers other than the main one."""
    main, own = main_container(before), {one.get("name"): one for one in containers_of(before)}
    found = []
    for container in containers_of(detail):
        name = container.get("name")
        if name != main and name in own:
            overrides = _difference(
                cast("ContainerDetailTypeDef", container), cast("ContainerPropertiesOutputTypeDef", own[name])
            )
            found += [{"name": name, **overrides}] if overrides else []
    return found


def _difference(
    container: ContainerDetailTypeDef, properties: ContainerPropertiesOutputTypeDef
) -> ContainerOverridesTypeDef:
    overrides: ContainerOverridesTypeDef = {}
    if (command := container.get("command")) and command != properties.get("command"):
        overrides["command"] = list(command)
    own = _variables(properties)
    environment: list[KeyValuePairTypeDef] = [
        {"name": name, "value": value}
        for name, value in _variables(container).items()
        if own.get(name) != value and not name.upper().startswith(("AWS_BATCH", "MANAGED_BY_AWS"))
    ]
    if environment:
        overrides["environment"] = environment
    if (had := requirements(container)) != requirements(properties) and had:
        overrides["resourceRequirements"] = _listed(had)
    return overrides


def _variables(container: ContainerPropertiesOutputTypeDef | ContainerDetailTypeDef) -> dict[str, str]:
    return {entry.get("name", ""): entry.get("value", "") for entry in container.get("environment") or ()}


def _listed(resources: Mapping[str, str]) -> list[ResourceRequirementTypeDef]:
    return [
        {"type": cast("ResourceTypeType", kind), "value": value}  # as AWS Batch has told it
        for kind, value in resources.items()
    ]


def _request(
    clients: Clients,
    detail: JobDetailTypeDef,
    before: JobDefinitionTypeDef,
    definition: JobDefinitionTypeDef,
    options: RetryOptions,
    overrides: ContainerOverridesTypeDef,
    size: int | None,
    uploads: tuple[Upload, ...],
) -> JobRequest:
    own = _own_members(detail, before)
    if options.attempts is not None:
        limits.check_attempts(options.attempts)
    if options.attempts is not None or "retryStrategy" in own:
        strategy = detail.get("retryStrategy") or {}
        attempts = strategy.get("attempts") if options.attempts is None else options.attempts
        own["retryStrategy"] = retry_strategy(attempts, strategy.get("evaluateOnExit") or ())
    if options.timeout_seconds is not None:
        limits.check_timeout(options.timeout_seconds)
        own["timeout"] = {"attemptDurationSeconds": options.timeout_seconds}
    queue = detail["jobQueue"]
    if options.queue is not None:
        target = find_queue(clients.contract, options.queue)
        queue = target.arn
        share = own.get("shareIdentifier") or target.default_share_identifier
        own["shareIdentifier"] = share if target.scheduling == "FAIR_SHARE" else None
    if not own.get("shareIdentifier"):
        own.pop("schedulingPriorityOverride", None)
    defaults = before.get("parameters") or {}
    own["parameters"] = {key: value for key, value in own.get("parameters", {}).items() if defaults.get(key) != value}
    own["tags"] = {key: value for key, value in own.get("tags", {}).items() if not key.lower().startswith(RESERVED_TAG)}
    if SUBMITTED_BY in own["tags"]:  # of whoever submitted the first one
        own["tags"][SUBMITTED_BY] = submitter()
    return JobRequest(
        submit_job=without_empty(
            {
                "jobName": unique_job_name(_SUFFIX.sub("", detail["jobName"])),
                "jobQueue": queue,
                "jobDefinition": definition["jobDefinitionArn"],
                "arrayProperties": None if size is None else {"size": size},
                "dependsOn": _order(detail, size),
                **overrides_member(main_container(definition), overrides, _beside(detail, before)),
                **own,
            }
        ),
        image=definition["containerProperties"].get("image", ""),
        uploads=uploads,
    )


def _own_members(detail: JobDetailTypeDef, before: JobDefinitionTypeDef) -> dict[str, Any]:
    """Return each member of SubmitJob that the job was given and its definition does not say, but for `_MADE_ANEW`.

    DescribeJobs shows a member under its own name or, where it overrides the definition's, under that one's name.
    """
    job, definition = cast("Mapping[str, Any]", detail), cast("Mapping[str, Any]", before)
    own = {}
    for member in submit_job_members():
        shown = member.removesuffix("Override")
        value, said = job.get(shown), definition.get(shown)
        if member in _MADE_ANEW or value is None or value == said or (value is False and said is None):
            continue  # a switch that nobody set is shown as false
        own[member] = value
    return own


def _order(detail: JobDetailTypeDef, size: int | None) -> list[JobDependencyTypeDef]:
    """Keep an array's children one after the other; the jobs that it depended on have ended."""
    ordered = any(entry.get("type") == "SEQUENTIAL" for entry in detail.get("dependsOn") or ())
    return [{"type": "SEQUENTIAL"}] if ordered and size is not None else []
