"""The container overrides: a given ``containerOverrides`` with what the spec says on top, checked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from awa_batch import limits
from awa_batch.batch.service_model import shape_of
from awa_batch.contract.model import JobDefinition, Queue
from awa_batch.errors import UsageError
from awa_batch.job import JobSpec
from awa_batch.limits.job import MIN_MEMORY, MIN_VCPU
from awa_batch.text import Field

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import ContainerOverridesTypeDef, ResourceRequirementTypeDef

_TYPES = ("VCPU", "MEMORY", "GPU")
_OVERRIDES = Field("container_overrides")


@dataclass(frozen=True)
class _Resources:
    vcpu: float | None = None
    memory: int | None = None
    gpu: int | None = None


def container_overrides(
    spec: JobSpec, environment: Mapping[str, str], definition: JobDefinition, queue: Queue
) -> ContainerOverridesTypeDef:
    """Return SubmitJob's ``containerOverrides``: the spec's own, with what its other fields say on top.

    ``environment`` are the variables that the job gets. Raises UsageError naming the field at fault.
    """
    _check_shape(spec.container_overrides)
    overrides = cast("ContainerOverridesTypeDef", dict(spec.container_overrides))  # its shape has been checked
    limits.check_command(overrides.get("command", ()), "container_overrides")
    given = _given_resources(overrides.pop("resourceRequirements", []))
    variables = {entry.get("name", ""): entry.get("value", "") for entry in overrides.pop("environment", [])}
    limits.check_environment_names(variables, "container_overrides")
    variables.update(environment)
    if spec.command is not None:
        if not spec.command:
            raise UsageError(
                Field("command"), " is an empty list.", fix=("Leave ", Field("command"), " out, or put something in.")
            )
        overrides["command"] = list(spec.command)
    if variables:
        overrides["environment"] = [{"name": name, "value": value} for name, value in variables.items()]
    resources = _Resources(
        given.vcpu if spec.vcpu is None else spec.vcpu,
        given.memory if spec.memory is None else spec.memory,
        given.gpu if spec.gpu is None else spec.gpu,
    )
    if requirements := _requirements(resources, definition, queue):
        overrides["resourceRequirements"] = requirements
    return overrides


def _requirements(wanted: _Resources, definition: JobDefinition, queue: Queue) -> list[ResourceRequirementTypeDef]:
    """Return resourceRequirements: right on EC2 and Fargate, where the old vcpus and memory are silently ignored."""
    vcpu = definition.vcpu if wanted.vcpu is None else wanted.vcpu
    memory = definition.memory if wanted.memory is None else wanted.memory
    check_resources(definition, queue, vcpu, memory)
    requirements: list[ResourceRequirementTypeDef] = []
    if wanted.vcpu is not None or wanted.memory is not None:
        requirements = [{"type": "VCPU", "value": f"{vcpu:g}"}, {"type": "MEMORY", "value": str(memory)}]
    if wanted.gpu is not None:
        if definition.platform == "FARGATE":
            raise UsageError(
                Field("gpu", wanted.gpu),
                ": Fargate has no GPUs.",
                fix=("Use a job definition and a queue on EC2, or no ", Field("gpu"), "."),
            )
        if wanted.gpu < 1:
            raise UsageError(
                Field("gpu", wanted.gpu),
                ": a job has 1 GPU or more, or none at all.",
                fix=("Leave ", Field("gpu"), " out."),
            )
        requirements.append({"type": "GPU", "value": str(wanted.gpu)})
    return requirements


def check_resources(definition: JobDefinition, queue: Queue, vcpu: float, memory: int) -> None:
    """Refuse vCPUs and memory (MiB) that the platform does not have or the queue never gives. Raises UsageError."""
    if not math.isfinite(vcpu):
        raise UsageError(
            Field("vcpu", vcpu), ": not a number of vCPUs.", fix=("Use ", Field("vcpu", definition.vcpu), ".")
        )
    beside_vcpu, beside_memory = definition.sidecar_vcpu, definition.sidecar_memory
    if definition.platform == "FARGATE":
        limits.check_fargate_task(vcpu, memory, beside_vcpu, beside_memory)
    else:
        if vcpu < MIN_VCPU or vcpu != int(vcpu):
            raise UsageError(
                Field("vcpu", vcpu),
                f": a job on EC2 takes whole vCPUs, {MIN_VCPU} or more.",
                fix=("Use ", Field("vcpu", max(MIN_VCPU, round(vcpu))), "."),
            )
        if memory < MIN_MEMORY:
            raise UsageError(
                Field("memory", memory),
                f": a job takes {MIN_MEMORY} MiB or more.",
                fix=("Use ", Field("memory", MIN_MEMORY), " or more (MiB)."),
            )
    if vcpu + beside_vcpu > queue.max_vcpus:
        with_them = f" and its sidecars have {beside_vcpu:g}" if beside_vcpu else ""
        raise UsageError(
            Field("vcpu", vcpu),
            f": the queue {queue.name} never has more than {queue.max_vcpus} vCPUs{with_them}; "
            "the job would wait in RUNNABLE for ever.",
            fix=(
                "Use ",
                Field("vcpu", f"{queue.max_vcpus - beside_vcpu:g}"),
                " or less, or raise max_vcpus in Terraform.",
            ),
        )


def _check_shape(overrides: Mapping[str, Any]) -> None:
    """Refuse what SubmitJob would not take, in the words of botocore's own model of it."""
    for old, new in (("vcpus", "VCPU"), ("memory", "MEMORY")):
        if old in overrides:
            raise UsageError(
                _OVERRIDES,
                f": {old} is ignored where the definition has resourceRequirements.",
                fix=f'Write "resourceRequirements": [{{"type": "{new}", "value": "{overrides[old]}"}}].',
            )
    if "instanceType" in overrides:
        raise UsageError(_OVERRIDES, ": instanceType is for multi-node jobs alone.", fix="Take it out.")
    if not overrides:
        return
    from botocore.validate import ParamValidator

    report = ParamValidator().validate(dict(overrides), shape_of("ContainerOverrides")).generate_report()
    if report:
        raise UsageError(
            _OVERRIDES,
            f": {report.splitlines()[0]}",
            fix="Write it as the containerOverrides of `aws batch submit-job`: command, environment, "
            "resourceRequirements.",
        )


def _given_resources(requirements: Sequence[ResourceRequirementTypeDef]) -> _Resources:
    values: dict[str, float] = {}
    for entry in requirements:
        kind, value = str(entry.get("type")), str(entry.get("value"))
        if kind not in _TYPES:
            raise UsageError(
                _OVERRIDES,
                f": resourceRequirements has no type {kind!r}.",
                fix=f"Use one of {', '.join(_TYPES)}.",
            )
        try:
            values[kind] = float(value) if kind == "VCPU" else int(value)
        except ValueError:
            raise UsageError(
                _OVERRIDES,
                f": {value!r} is not a value for {kind}.",
                fix="Write a number in quotes (MEMORY in MiB).",
            ) from None
    memory, gpu = values.get("MEMORY"), values.get("GPU")
    return _Resources(values.get("VCPU"), None if memory is None else int(memory), None if gpu is None else int(gpu))
