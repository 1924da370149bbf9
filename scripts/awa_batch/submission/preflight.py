"""Ask AWS, with reads alone, what the contract cannot tell: queue open, revision active, dependency there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from awa_batch import limits
from awa_batch.batch.definitions import describe_definitions
from awa_batch.batch.derived import DerivedDefinition, as_derived
from awa_batch.batch.failures import CallError
from awa_batch.batch.instances import Size, sizes_of
from awa_batch.batch.jobs import array_size, describe_jobs
from awa_batch.batch.queues import compute_environment_names, describe_environments, describe_queues
from awa_batch.batch.resources import memory_of, requirements, vcpu_of
from awa_batch.batch.several import beside_main
from awa_batch.batch.submitted_code import CODE
from awa_batch.errors import AwsError, NotAppliedError, NotThereError, UsageError
from awa_batch.images.contents import missing_job
from awa_batch.request.model import JobRequest
from awa_batch.submission.image_there import check_images
from awa_batch.text import Command, Field, Step, Text

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient
    from mypy_boto3_batch.type_defs import (
        ComputeEnvironmentDetailTypeDef,
        JobDefinitionTypeDef,
        JobDetailTypeDef,
        JobQueueDetailTypeDef,
    )

    from awa_batch.batch.clients import Clients

_T = TypeVar("_T")

_SHELL = re.compile(r"[|;&<>`]|\$[({A-Za-z_]")
"""What only a shell understands."""

_REFERENCE = re.compile(r"Ref::([A-Za-z0-9_-]+)")


def check_requests(batch: BatchClient, requests: Sequence[JobRequest]) -> list[Text]:
    """Refuse requests that AWS Batch would refuse, hold for ever or fail at once; return notes for the user.

    One call per 100 queues, job definitions, compute environments and dependencies. A request's platform version must
    be the definition's: SubmitJob cannot set it. What the credentials may not read is not checked, and a note says so.
    Raises UsageError naming the field at fault, AwsError where AWS cannot be reached.
    """
    notes: list[Text] = []

    def read(call: Callable[[], _T]) -> _T | None:
        try:
            return call()
        except CallError as error:
            if not error.is_denied:
                raise
            notes.append((f"Not checked, since the credentials may not read it: {error.said}",))
        return None

    arns = sorted({request.job_queue for request in requests})
    queues = read(lambda: describe_queues(batch, arns))
    if queues is not None:
        _check_queues(queues, arns)
    revisions = sorted({request.base_definition for request in requests})
    definitions = read(lambda: describe_definitions(batch, revisions))
    own: list[JobDefinitionTypeDef] = []
    if definitions is not None:
        active = {arn: _active(definitions.get(arn), arn) for arn in revisions}
        own = _own_definitions(requests, active)
        for request, definition in zip(requests, own, strict=True):
            _check_tags(request, definition)
        notes += _missing_jobs(requests, own)
        # Once each, however many jobs have the same.
        notes += dict.fromkeys(
            note
            for request, definition in zip(requests, own, strict=True)
            for note in _reference_notes(request, definition)
        )
        wanted = {(request.base_definition, request.platform_version) for request in requests}
        for arn, version in sorted((arn, version) for arn, version in wanted if version is not None):
            notes.append(_platform_version(active[arn], arn.rsplit("/", 1)[-1], version))
    if queues is not None and definitions is not None:
        notes += dict.fromkeys(
            note
            for request, definition in zip(requests, own, strict=True)
            for note in _priority_notes(request, queues[request.job_queue], definition)
        )
        environments = read(lambda: describe_environments(batch, queues.values()))
        if environments is not None:
            for request, definition in zip(requests, own, strict=True):
                _check_room(request, queues[request.job_queue], definition, environments)
                _check_instances(request, queues[request.job_queue], definition, environments)
    dependencies = [entry["jobId"] for request in requests for entry in request.depends_on if "jobId" in entry]
    if (jobs := read(lambda: describe_jobs(batch, dependencies))) is not None:
        for request in requests:
            _check_dependencies(request, jobs)
    return notes


def check_all(clients: Clients, requests: Sequence[JobRequest]) -> list[Text]:
    """Do the same, and look for the images that requests name in place of the released ones. Raises as both do."""
    return [*check_requests(clients.batch, requests), *check_images(clients, requests)]


NOT_CHECKED = "Not checked against AWS (queue, revision, dependencies): "
"""What a note of a dry run begins with where AWS could not be asked."""


def reachable_notes(clients: Clients, requests: Sequence[JobRequest]) -> list[Text]:
    """Do the same for a dry run, which also works where AWS cannot be reached; a note then says so."""
    try:
        return check_all(clients, requests)
    except (AwsError, NotAppliedError) as error:
        return [(NOT_CHECKED, *error.problem)]


def _check_queues(queues: Mapping[str, JobQueueDetailTypeDef], arns: Iterable[str]) -> None:
    for arn in arns:
        field = Field("queue", arn.rsplit("/", 1)[-1])
        queue = queues.get(arn)
        if queue is None or queue.get("status") in ("DELETING", "DELETED"):
            raise NotThereError(
                field, ": AWS has no such queue.", fix=("Bring the platform up: ", Step("plan", "apply"), ".")
            )
        if queue.get("state") == "DISABLED":
            state = json.dumps({"jobQueue": field.value, "state": "ENABLED"})
            enable = f"aws batch update-job-queue --cli-input-json '{state}'"
            raise UsageError(
                field,
                " is DISABLED: it takes no jobs.",
                fix=("Use another ", Field("queue"), f", or enable it: {enable}"),
            )
        if queue.get("status") == "INVALID":
            raise UsageError(
                field,
                f" is INVALID: {queue.get('statusReason', 'no reason given')}.",
                fix=("Use another ", Field("queue"), ", or correct this one in Terraform."),
            )


def _active(definition: JobDefinitionTypeDef | None, arn: str) -> JobDefinitionTypeDef:
    if definition is None or definition.get("status") == "INACTIVE":
        raise NotThereError(
            Field("definition", arn.rsplit("/", 1)[-1]),
            ": this revision is deregistered.",
            fix=("Bring the environment up to date (", Step("plan", "apply"), "), or name a revision that is ACTIVE."),
        )
    return definition


def _own_definitions(
    requests: Sequence[JobRequest], active: Mapping[str, JobDefinitionTypeDef]
) -> list[JobDefinitionTypeDef]:
    """Return each request's definition: a revision that is there, or what is derived from it."""
    made: dict[DerivedDefinition, JobDefinitionTypeDef] = {}
    found = []
    for request in requests:
        base, derived = active[request.base_definition], request.derived
        if derived is not None and derived not in made:
            made[derived] = as_derived(base, derived)
            limits.check_number_of_tags(made[derived].get("tags", {}), field="image")
        found.append(base if derived is None else made[derived])
    return found


def _missing_jobs(requests: Sequence[JobRequest], definitions: Sequence[JobDefinitionTypeDef]) -> Iterator[Text]:
    """Yield what is to be done where the image does not hold the job that the command names: it would end with 2."""
    told = set()
    for request, definition in zip(requests, definitions, strict=True):
        container = definition.get("containerProperties") or {}
        command = request.container_overrides.get("command") or container.get("command") or ()
        if any(entry.get("name") == CODE for entry in request.container_overrides.get("environment", ())):
            continue  # it brings its jobs
        name = missing_job(container.get("image", ""), command)
        if name and name not in told:
            told.add(name)
            if request.derived is not None:
                yield (Field("image", request.image), f" does not hold the job {name}: it would end at once.")
            else:
                yield (f"The released image does not hold the job {name}. Put it there: ", Step("up"), ".")


def _check_tags(request: JobRequest, definition: JobDefinitionTypeDef) -> None:
    """Refuse tags that are too many with the definition's: where they are propagated AWS would fail the job.

    The model says so (SubmitJobRequest.propagateTags); what the request does not say, the definition does.
    """
    if request.submit_job.get("propagateTags", definition.get("propagateTags", False)):
        limits.check_number_of_tags(request.submit_job.get("tags", {}), definition.get("tags", {}))


def _priority_notes(
    request: JobRequest, queue: JobQueueDetailTypeDef, definition: JobDefinitionTypeDef
) -> Iterator[Text]:
    """Refuse a job on a fair-share queue that has no priority, as AWS does; yield a note where it has no effect.

    "Either schedulingPriority in job definition or schedulingPriorityOverride is required" (what AWS answers, in
    hashicorp/terraform-provider-aws#31226); it "only affects jobs in job queues with a fair-share policy" (model:
    SubmitJobRequest.schedulingPriorityOverride).
    """
    override = request.submit_job.get("schedulingPriorityOverride")
    name = queue.get("jobQueueName")
    if queue.get("schedulingPolicyArn"):
        if override is None and definition.get("schedulingPriority") is None:
            raise UsageError(
                Field("scheduling_priority"),
                f" is missing: the queue {name} is fair-share, and the job definition "
                f"{definition.get('jobDefinitionName')} has none.",
                fix=("Use ", Field("scheduling_priority", 1), ", or give the job definition one."),
            )
    elif override is not None:
        yield (
            Field("scheduling_priority", override),
            f" has no effect: the queue {name} is FIFO, its jobs start in the order in which they were submitted.",
        )


def _reference_notes(request: JobRequest, definition: JobDefinitionTypeDef) -> Iterator[Text]:
    """Yield what would come of ``Ref::name`` without a value, and of a parameter that no ``Ref::`` takes.

    AWS Batch leaves the first in the command as it is written and the second out (user guide, "Job definition
    parameters": parameters are substituted in the command alone).
    """
    container = definition.get("containerProperties")
    command = request.container_overrides.get("command") or (container or {}).get("command")
    if command is None and container is None:
        return  # what runs is not known
    own = request.container_overrides.get("command") or ()
    if len(own) == 1 and (" " in own[0].strip() or _SHELL.search(own[0])):
        yield (
            f"The command is one word, {own[0]!r}: a program of that name is looked for, and no shell reads it. Write ",
            Field("command", json.dumps(["sh", "-c", own[0]])),
            ", or each word for itself.",
        )
    used = dict.fromkeys(name for word in command or () for name in _REFERENCE.findall(word))
    given = request.submit_job.get("parameters", {})
    for name in used:
        if name not in given and name not in definition.get("parameters", {}):
            yield (
                f"Ref::{name} in the command has no value, here or in the job definition: the job gets it as it is "
                "written. Give one with ",
                Field("params", f"{name}=VALUE"),
                ".",
            )
    for name in given:
        if name not in used:
            known = f" (it has Ref::{', Ref::'.join(used)})" if used else ""
            yield (
                Field("params", name),
                f": no Ref::{name} is in the command{known}, so the job never sees it. For a variable use ",
                Field("env", f"{name}=VALUE"),
                ".",
            )


def _check_room(
    request: JobRequest,
    queue: JobQueueDetailTypeDef,
    definition: JobDefinitionTypeDef,
    environments: Mapping[str, ComputeEnvironmentDetailTypeDef],
) -> None:
    """Refuse a job that no single compute environment may ever hold: together they may have more than each of them."""
    asked = requirements(request.container_overrides).get("VCPU")
    vcpu = float(asked) if asked else vcpu_of(definition.get("containerProperties") or {}) or 0.0
    vcpu += beside_main(definition).vcpu
    names = compute_environment_names(queue)
    found = [environments[name] for name in names if name in environments]
    most = [
        entry["computeResources"]["maxvCpus"] for entry in found if "maxvCpus" in (entry.get("computeResources") or {})
    ]
    if most and len(most) == len(names) and vcpu > max(most):
        raise UsageError(
            Field("vcpu", vcpu),
            f": no compute environment of the queue {queue.get('jobQueueName')} has more than {max(most)} vCPUs; the "
            "job would wait in RUNNABLE for ever.",
            fix=("Use ", Field("vcpu", max(most)), " or less, or raise max_vcpus in Terraform."),
        )


def _check_instances(
    request: JobRequest,
    queue: JobQueueDetailTypeDef,
    definition: JobDefinitionTypeDef,
    environments: Mapping[str, ComputeEnvironmentDetailTypeDef],
) -> None:
    """Refuse a job that no instance type of the queue's environments can hold: it would wait in RUNNABLE for ever.

    Nothing is said where an environment or one of its types is not known, and of Fargate, which has sizes of its own.
    """
    properties = definition.get("containerProperties") or {}
    asked = requirements(properties) | requirements(request.container_overrides)
    beside = beside_main(definition)
    wanted = Size(
        float(asked.get("VCPU") or vcpu_of(properties) or 0) + beside.vcpu,
        int(asked.get("MEMORY") or memory_of(properties) or 0) + beside.memory,
        int(asked.get("GPU") or 0) + beside.gpus,
    )
    there: list[Size] = []
    for name in compute_environment_names(queue):
        environment = environments.get(name)
        managed = environment.get("computeResources") if environment else None
        types = managed.get("instanceTypes") if managed else None
        sizes = sizes_of(types) if types else None
        if sizes is None:
            return
        there += sizes
    if not there or any(size.holds(wanted) for size in there):
        return
    at_queue = f"no instance type of the queue {queue.get('jobQueueName')} has"
    waits = "the job would wait in RUNNABLE for ever."
    most = Size(*(max(values) for values in zip(*there, strict=True)))
    if wanted.gpus > most.gpus:
        has = f"more than {most.gpus} GPUs" if most.gpus else "a GPU"
        fewer: Text = ("Use ", Field("gpu", most.gpus), " or fewer, or another ") if most.gpus else ("Use another ",)
        raise UsageError(Field("gpu", wanted.gpus), f": {at_queue} {has}; {waits}", fix=(*fewer, Field("queue"), "."))
    if wanted.vcpus > most.vcpus:
        raise UsageError(
            Field("vcpu", f"{wanted.vcpus:g}"),
            f": {at_queue} more than {most.vcpus:g} vCPUs; {waits}",
            fix=("Use ", Field("vcpu", f"{most.vcpus:g}"), " or less, or another ", Field("queue"), "."),
        )
    # With so many vCPUs and GPUs: what the largest of those has.
    fitting = [size.memory for size in there if size.vcpus >= wanted.vcpus and size.gpus >= wanted.gpus]
    if not fitting:
        raise UsageError(
            Field("gpu", wanted.gpus),
            f": {at_queue} them together with {wanted.vcpus:g} vCPUs; {waits}",
            fix=("Use fewer ", Field("vcpu"), ", or another ", Field("queue"), "."),
        )
    raise UsageError(
        Field("memory", wanted.memory),
        f": {at_queue} more than {max(fitting)} MiB, of which the system keeps some; {waits}",
        fix=("Use ", Field("memory", max(fitting) * 15 // 16), " or less, or another ", Field("queue"), "."),
    )


def _platform_version(definition: JobDefinitionTypeDef, name: str, wanted: str) -> Text:
    field = Field("platform_version", wanted)
    if "FARGATE" not in definition.get("platformCapabilities", ()):
        raise UsageError(field, f": {name} is not a Fargate definition.", fix="Leave it out.")
    container = definition.get("containerProperties") or {}
    has = (container.get("fargatePlatformConfiguration") or {}).get("platformVersion") or "LATEST"
    if has != wanted:
        raise UsageError(
            field,
            f": {name} runs on {has}, and SubmitJob cannot change that.",
            fix=(
                "Use ",
                Field("platform_version", has),
                ", or set platform_version of the job definition in Terraform.",
            ),
        )
    return (f"The platform version is the job definition's alone; {name} has {has}.",)


def _check_dependencies(request: JobRequest, jobs: Mapping[str, JobDetailTypeDef]) -> None:
    for entry in request.depends_on:
        job_id = entry.get("jobId")
        if job_id is None:
            continue
        job = jobs.get(job_id)
        field = Field("depends_on", job_id)
        if job is None:
            raise NotThereError(
                field,
                ": AWS Batch has no such job.",
                fix=("Check the id with ", Command("status"), "; ended jobs are known for about seven days."),
            )
        if job.get("status") == "FAILED":
            raise UsageError(
                field,
                " has FAILED: the new job would fail at once.",
                fix=("See ", Command("why", job_id), ", and depend on its retry."),
            )
        size = array_size(job)
        if entry.get("type") == "N_TO_N" and size != request.array_size:
            raise UsageError(
                Field("depends_on", f"{job_id}:N_TO_N"),
                f": that job has {size or 'no'} children, this {request.array_size}.",
                fix=("Use ", Field("array", size), ".") if size else ("Write ", field, "."),
            )
