"""What AWS refuses in a multi-container job's ``ecsProperties`` and their overrides, and how overrides change them."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from local_batch.json_object import Json
from local_batch.operations import container_properties
from local_batch.operations.checks import check_variables
from local_batch.refusals import refuse
from local_batch.rules import fargate
from local_batch.rules import tasks as rules

_PER_TASK = ("executionRoleArn", "volumes", "ephemeralStorage", "runtimePlatform")


def task_of(properties: Json) -> Json:
    """Return the one task that ``ecsProperties`` describe. Raises Refusal."""
    tasks = properties.get("taskProperties") or []
    if len(tasks) != 1:
        raise refuse("ecsProperties must have exactly one element in taskProperties")
    return dict(tasks[0])


def totals(task: Json) -> tuple[float, int, int]:
    """Return the vCPUs, MiB and GPUs that a task's containers ask for together."""
    containers = task["containers"]
    return (
        sum(map(container_properties.vcpus_of, containers)),
        sum(map(container_properties.memory_of, containers)),
        sum(map(container_properties.gpus_of, containers)),
    )


def check(task: Json, *, on_fargate: bool) -> None:
    """Refuse a task (a definition's, or a job's after its overrides) that AWS refuses."""
    containers = task.get("containers") or []
    if not rules.CONTAINERS.hold(len(containers)):
        raise refuse(f"The number of containers must be {rules.CONTAINERS}")
    for container in containers:
        _check_container(container, task, on_fargate=on_fargate)
    names = [container["name"] for container in containers]
    if len(set(names)) != len(names):
        raise refuse("Container names must be unique within a task")
    if not any(container.get("essential", True) for container in containers):
        raise refuse("At least one container must be essential")
    _check_dependencies(containers)
    routers = [container for container in containers if container.get("firelensConfiguration")]
    if len(routers) > 1:
        raise refuse("Only one container can have a firelensConfiguration")
    drivers = {(container.get("logConfiguration") or {}).get("logDriver") for container in containers}
    if "awsfirelens" in drivers and not routers:
        raise refuse("The awsfirelens log driver needs a container with a firelensConfiguration")
    for member, known in (("ipcMode", rules.IPC_MODES), ("pidMode", rules.PID_MODES)):
        if task.get(member) and task[member] not in known:
            raise refuse(f"{member} must be one of {', '.join(known)}")
    if task.get("networkMode"):  # model: EcsTaskProperties.networkMode; MANAGED_INSTANCES alone, which is not there
        raise refuse("networkMode is not applicable for jobs on EC2 and Fargate")
    if not on_fargate:
        for member in ("networkConfiguration", "platformVersion", "runtimePlatform", "ephemeralStorage"):
            if task.get(member):
                raise refuse(f"{member} is only applicable for Fargate jobs")
        return
    for member in rules.NOT_ON_FARGATE:
        if task.get(member):
            raise refuse(f"{member} is not applicable for Fargate jobs")
    vcpus, memory, _ = totals(task)
    if memory not in fargate.SIZES.get(vcpus, ()):
        raise refuse(f"Fargate resource requirements ({vcpus:.2f} vCPU, {memory} MiB) not valid.")


def _check_container(container: Json, task: Json, *, on_fargate: bool) -> None:
    if not rules.CONTAINER_NAME.fullmatch(str(container.get("name") or "")):
        raise refuse("Every container of a task must have a name of up to 255 letters, digits, hyphens and underscores")
    container_properties.check_one_of_several(
        {**{member: task[member] for member in _PER_TASK if task.get(member)}, **container}, on_fargate=on_fargate
    )
    if any(part.startswith("-") for part in str(container.get("user") or "").split(":")):
        raise refuse("user must have positive integers as UID and GID")  # model: TaskContainerProperties.user
    for member in ("startTimeout", "stopTimeout"):
        value = container.get(member)
        if value is not None and value < rules.LEAST_TIMEOUT:
            raise refuse(f"{member} must be at least {rules.LEAST_TIMEOUT} seconds")
        if value is not None and on_fargate and not rules.FARGATE_TIMEOUT.hold(value):
            raise refuse(f"{member} must be {rules.FARGATE_TIMEOUT} seconds for Fargate jobs")
    if (router := container.get("firelensConfiguration")) and router.get("type") not in rules.LOG_ROUTERS:
        raise refuse(f"firelensConfiguration.type must be one of {', '.join(rules.LOG_ROUTERS)}")


def _check_dependencies(containers: list[Json]) -> None:
    named = {container["name"]: container for container in containers}
    for container in containers:
        for dependency in container.get("dependsOn") or ():
            other, condition = dependency["containerName"], dependency["condition"]
            if other not in named:
                raise refuse(f"Container {container['name']} depends on {other}, which is not in the task")
            if condition not in rules.CONDITIONS:
                raise refuse(f"The condition of a container dependency must be one of {', '.join(rules.CONDITIONS)}")
            if condition in rules.NOT_OF_ESSENTIAL and named[other].get("essential", True):
                raise refuse(f"The condition {condition} cannot be set on the essential container {other}")
    try:
        TopologicalSorter(
            {name: [one["containerName"] for one in entry.get("dependsOn") or ()] for name, entry in named.items()}
        ).prepare()
    except CycleError:
        raise refuse("Container dependencies must not be circular") from None


def overridden(task: Json, overrides: Json) -> Json:
    """Return a task with a submission's ``ecsPropertiesOverride``. Raises Refusal."""
    tasks = overrides.get("taskProperties") or []
    if len(tasks) > 1:
        raise refuse("ecsPropertiesOverride can have one element in taskProperties")
    changes: dict[str, Json] = {}
    for change in (tasks[0].get("containers") or []) if tasks else []:
        name = change.get("name")
        if name in changes:
            raise refuse(f"Container {name} is overridden more than once")
        changes[name] = change
        check_variables(change.get("environment") or ())
    unknown = changes.keys() - {container["name"] for container in task["containers"]}
    if unknown:
        raise refuse(f"Container {min(map(str, unknown))} of the override is not in the job definition")
    return {
        **task,
        "containers": [
            container_properties.overridden(container, changes.get(container["name"], {}))
            for container in task["containers"]
        ],
    }
