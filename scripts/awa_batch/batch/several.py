"""Jobs of several containers (``ecsProperties``), read as if their main container were their only one.

The main container is the first essential one: it decides of the job's end, its log and its exit code are the job's.
AWS shows ``container`` of such a job empty (model: JobDetail.container) and its definition without
``containerProperties``; here both are filled with the main container, and what the others are is asked for by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from awa_batch.batch.resources import memory_of, requirements, vcpu_of

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import JobDefinitionTypeDef, JobDetailTypeDef

_OF_THE_TASK = {"taskRoleArn": "jobRoleArn", "executionRoleArn": "executionRoleArn", "volumes": "volumes"} | {
    name: name
    for name in (
        "networkConfiguration", "runtimePlatform", "ephemeralStorage", "enableExecuteCommand", "taskArn",
        "containerInstanceArn",
    )
}  # fmt: skip
"""Member of a task → member of ``containerProperties`` or of a job's ``container``."""


class Beside(NamedTuple):
    """What a job's containers other than the main one ask for together; ``memory`` in MiB."""

    vcpu: float = 0.0
    memory: int = 0
    gpus: int = 0


class ContainerLogs(NamedTuple):
    """Where one container of several writes: the group (None: Batch's own), a stream for each attempt, the latest."""

    group: str | None
    attempts: tuple[str | None, ...]
    latest: str | None


def containers_of(entry: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the containers of a job's or a definition's task; () where it has ``containerProperties``."""
    return tuple(_task(entry).get("containers") or ())


def main_container(entry: Mapping[str, Any]) -> str | None:
    """Return the name of a job's or a definition's main container; None where it has only one, without a name."""
    containers = containers_of(entry)
    main = next((one for one in containers if one.get("essential", True)), None)
    return None if main is None else str(main.get("name", ""))


def beside_main(entry: Mapping[str, Any]) -> Beside:
    """Return what the other containers of a job or a definition ask for."""
    main = main_container(entry)
    others = [one for one in containers_of(entry) if one.get("name") != main]
    return Beside(
        sum(vcpu_of(one) or 0.0 for one in others),
        sum(memory_of(one) or 0 for one in others),
        sum(int(requirements(one).get("GPU", 0)) for one in others),
    )


def with_main_container(detail: JobDetailTypeDef) -> JobDetailTypeDef:
    """Return an entry of DescribeJobs' ``jobs`` whose ``container``, also of its attempts, is the main one."""
    if not containers_of(detail):
        return detail
    name = main_container(detail)
    attempts = [
        {**attempt, "container": _container(attempt.get("taskProperties"), name)}
        for attempt in cast("Mapping[str, Any]", detail).get("attempts") or ()
    ]
    whole = {**detail, "container": _container([_task(detail)], name), "attempts": attempts}
    return cast("JobDetailTypeDef", whole)


def with_container_properties(definition: JobDefinitionTypeDef) -> JobDefinitionTypeDef:
    """Return an entry of DescribeJobDefinitions whose ``containerProperties`` are the main container's."""
    if not containers_of(definition):
        return definition
    task = _task(definition)
    container = _container([task], main_container(definition))
    if version := task.get("platformVersion"):
        container["fargatePlatformConfiguration"] = {"platformVersion": version}
    return cast("JobDefinitionTypeDef", {**definition, "containerProperties": container})


def logs_of(detail: JobDetailTypeDef) -> dict[str, ContainerLogs]:
    """Return each container's name → where its log is; {} for a job with one container."""
    found: dict[str, ContainerLogs] = {}
    attempts: list[Mapping[str, Any]] = [
        (attempt.get("taskProperties") or ({},))[0] for attempt in detail.get("attempts") or ()
    ]
    for one in containers_of(detail):
        name, logging = str(one.get("name", "")), one.get("logConfiguration") or {}
        streams = tuple(_container([task], name).get("logStreamName") for task in attempts)
        group = (logging.get("options") or {}).get("awslogs-group")
        found[name] = ContainerLogs(group, streams, one.get("logStreamName"))
    return found


def _task(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    tasks = (entry.get("ecsProperties") or {}).get("taskProperties") or ()
    return cast("Mapping[str, Any]", tasks[0]) if tasks else {}


def _container(tasks: Sequence[Mapping[str, Any]] | None, name: object) -> dict[str, Any]:
    """Return one container of a task, with what the task says for all of them."""
    task = tasks[0] if tasks else {}
    found: Mapping[str, Any] = next((one for one in task.get("containers") or () if one.get("name") == name), {})
    shared = {own: task[member] for member, own in _OF_THE_TASK.items() if member in task}
    return {**shared, **found}
