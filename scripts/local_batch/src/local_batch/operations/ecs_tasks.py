"""Jobs as ECS shows them: tasks, the container instances under them, and task definitions.

The forms are those of ECS's API reference (Task, ContainerInstance, TaskDefinition). A task's definition has the name
and the revision of the job definition, as in the task's own metadata.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from local_batch.arns import ACCOUNT
from local_batch.json_object import Json
from local_batch.operations import container_properties, ecs_properties
from local_batch.runners.base import ESSENTIAL_EXITED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local_batch.scheduler.job import Job
    from local_batch.scheduler.memory import Memory
    from local_batch.scheduler.objects import Definition, Environment

    Containers = Callable[[str], dict[str, str]]
    """Task's ARN → names of its containers that are known → their ARNs."""


class Ran(NamedTuple):
    """A task: a job's attempt that runs, or one that has ended, ``record`` being what DescribeJobs shows of it."""

    arn: str
    job: Job
    record: Json | None

    @property
    def status(self) -> str:
        """ECS's lastStatus (ECS guide, "Amazon ECS task lifecycle")."""
        if self.record is not None:
            return "STOPPED"
        return "RUNNING" if self.job.status == "RUNNING" else "PENDING"

    @property
    def desired_status(self) -> str:
        """What ECS wants of it."""
        stopping = self.job.attempt is not None and self.job.attempt.stop is not None
        return "STOPPED" if self.record is not None or stopping else "RUNNING"

    @property
    def cluster(self) -> str:
        """The name of its cluster."""
        return self.arn.split("/")[1]

    @property
    def instance(self) -> str | None:
        """The ARN of its container instance; None on Fargate."""
        if self.record is not None:
            found: str | None = _place(self.record).get("containerInstanceArn")
            return found
        return self.job.attempt.container_instance_arn if self.job.attempt is not None else None

    @property
    def launch_type(self) -> str:
        """EC2 or FARGATE."""
        return "EC2" if self.instance else "FARGATE"


def _place(record: Json) -> Json:
    tasks = record.get("taskProperties")
    return dict(tasks[0] if tasks else record["container"])


def tasks(memory: Memory, region: str) -> Iterator[Ran]:
    """Return all tasks of a region that are there, or were while their jobs are remembered."""
    for one in memory.jobs.values():
        if one.region != region:
            continue
        for job in one.children or one.nodes or (one,):
            for record in job.attempts or ():
                if arn := _place(record).get("taskArn"):
                    yield Ran(str(arn), job, record)
            if job.attempt is not None:
                yield Ran(job.attempt.task_arn, job, None)


def family(definition: Definition) -> str:
    """Return the family of a job definition's task definitions."""
    return str(definition.detail["jobDefinitionName"])


def definition_arn(region: str, definition: Definition) -> str:
    """Return the ARN of a job definition's task definition."""
    return f"arn:aws:ecs:{region}:{ACCOUNT}:task-definition/{family(definition)}:{definition.detail['revision']}"


def shown_task(task: Ran, cluster_arn: str, containers: Containers, *, with_tags: bool) -> Json:
    """Return a task as DescribeTasks shows it."""
    job, record = task.job, task.record
    submission = job.submission
    several = submission.task["containers"] if submission.task else [{"name": "default", **job.container}]
    ended = {} if record is None else {one["name"]: one for one in _containers(record)}
    arns = containers(task.arn)
    created = job.attempt.created_at if record is None and job.attempt is not None else None
    started = record["startedAt"] if record is not None else job.started_at if task.status == "RUNNING" else None
    found: Json = {
        "attachments": [],
        "attributes": [],
        "availabilityZone": f"{job.region}a",
        "clusterArn": cluster_arn,
        "connectivity": "CONNECTED",
        "containerInstanceArn": task.instance,
        "containers": [_shown_container(task, one, arns.get(one["name"]), ended.get(one["name"])) for one in several],
        "cpu": str(int(job.need[0] * 1024)),
        "memory": str(job.need[1]),
        "createdAt": _seconds(created or started or job.created_at),
        "startedAt": _seconds(started),
        "desiredStatus": task.desired_status,
        "lastStatus": task.status,
        "enableExecuteCommand": False,
        "group": f"family:{family(submission.definition)}",
        "healthStatus": "UNKNOWN",
        "launchType": task.launch_type,
        "overrides": {"containerOverrides": [_override(one) for one in several]},
        "tags": [{"key": key, "value": value} for key, value in submission.task_tags.items()] if with_tags else [],
        "taskArn": task.arn,
        "taskDefinitionArn": definition_arn(job.region, submission.definition),
        "version": 1,
    }
    if record is not None:
        found |= {
            "stoppedAt": _seconds(record["stoppedAt"]),
            "executionStoppedAt": _seconds(record["stoppedAt"]),
            "stoppedReason": record["statusReason"],
            "stopCode": _stop_code(record),
        }
    return {name: value for name, value in found.items() if value is not None}


def _containers(record: Json) -> list[Json]:
    tasks = record.get("taskProperties")
    return list(tasks[0]["containers"]) if tasks else [{"name": "default", **record["container"]}]


def _shown_container(task: Ran, container: Json, arn: str | None, ended: Json | None) -> Json:
    found: Json = {
        "containerArn": arn,
        "taskArn": task.arn,
        "name": container["name"],
        "image": container["image"],
        "lastStatus": task.status,
        "networkInterfaces": [],
        "healthStatus": "UNKNOWN",
        "cpu": str(int(container_properties.vcpus_of(container) * 1024)),
        "memory": str(container_properties.memory_of(container)),
        "exitCode": (ended or {}).get("exitCode"),
        "reason": (ended or {}).get("reason"),
    }
    return {name: value for name, value in found.items() if value is not None}


def _override(container: Json) -> Json:
    members = ("name", "command", "environment")
    return {member: container[member] for member in members if container.get(member)}


def _stop_code(record: Json) -> str:
    """Return why it stopped (ECS API reference, Task.stopCode)."""
    reason = str(record["statusReason"] or "")
    if reason == ESSENTIAL_EXITED:
        return "EssentialContainerExited"
    if record["startedAt"] is None:
        return "TaskFailedToStart"
    return "SpotInterruption" if reason.startswith("Your Spot Task") else "UserInitiated"


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def shown_instance(environment: Environment, arn: str, jobs: list[Job]) -> Json:
    """Return a container instance as DescribeContainerInstances shows it.

    One whose type is not known is as large as what runs on it.
    """
    running = sum(1 for job in jobs if job.status == "RUNNING")
    used = {
        "CPU": int(sum(job.need[0] for job in jobs) * 1024),
        "MEMORY": sum(job.need[1] for job in jobs),
    }
    zone = f"{arn.split(':')[3]}a"
    attributes = {"ecs.availability-zone": zone, "ecs.os-type": "linux", "ecs.os-family": "LINUX"}
    attempt = jobs[0].attempt
    size = dict(used)
    if attempt is not None and (instance := attempt.instance) is not None:
        size = {"CPU": int(instance.size.vcpus * 1024), "MEMORY": instance.size.memory}
        attributes["ecs.instance-type"] = instance.kind
    return {
        "containerInstanceArn": arn,
        "ec2InstanceId": attempt.instance_id if attempt is not None else "",
        "version": 1,
        "versionInfo": {},
        "registeredResources": [_resource(name, value) for name, value in size.items()],
        "remainingResources": [_resource(name, value - used[name]) for name, value in size.items()],
        "status": "ACTIVE" if environment.open else "DRAINING",
        "agentConnected": True,
        "runningTasksCount": running,
        "pendingTasksCount": len(jobs) - running,
        "attributes": [{"name": name, "value": value} for name, value in attributes.items()],
        "attachments": [],
        "tags": [],
    }


def _resource(name: str, value: int) -> Json:
    return {"name": name, "type": "INTEGER", "doubleValue": 0.0, "longValue": 0, "integerValue": value}


_TAKEN_OVER = (
    "image", "command", "environment", "mountPoints", "linuxParameters", "secrets", "ulimits", "user", "privileged",
    "readonlyRootFilesystem", "logConfiguration", "repositoryCredentials", "dependsOn", "startTimeout", "stopTimeout",
    "firelensConfiguration",
)  # fmt: skip
"""Members that a container of Batch and one of ECS have alike (models: ContainerProperties, ContainerDefinition)."""


def shown_definition(region: str, definition: Definition) -> Json:
    """Return a job definition's task definition as DescribeTaskDefinition shows it."""
    detail = definition.detail
    if properties := detail.get("containerProperties"):
        containers = [{"name": "default", **properties}]
        task: Json = {**properties, "taskRoleArn": properties.get("jobRoleArn")}
    elif nodes := detail.get("nodeProperties"):
        # Here that of the first group of nodes; on AWS each has one of its own.
        first = nodes["nodeRangeProperties"][0]["container"]
        containers, task = [{"name": "default", **first}], {**first, "taskRoleArn": first.get("jobRoleArn")}
    else:
        task = ecs_properties.task_of(detail["ecsProperties"])
        containers = task["containers"]
    kind = "FARGATE" if definition.fargate else "EC2"
    found: Json = {
        "taskDefinitionArn": definition_arn(region, definition),
        "family": family(definition),
        "revision": detail["revision"],
        "status": detail["status"],
        "containerDefinitions": [_shown_definition(one, family(definition), region) for one in containers],
        "taskRoleArn": task.get("taskRoleArn"),
        "executionRoleArn": task.get("executionRoleArn"),
        "networkMode": "awsvpc" if definition.fargate else "host",
        "volumes": task.get("volumes") or [],
        "placementConstraints": [],
        "requiresCompatibilities": [kind],
        "compatibilities": [kind],
        "runtimePlatform": task.get("runtimePlatform"),
        "ephemeralStorage": task.get("ephemeralStorage"),
        "ipcMode": task.get("ipcMode"),
        "pidMode": task.get("pidMode"),
    }
    if definition.fargate:
        size = (
            sum(map(container_properties.vcpus_of, containers)),
            sum(map(container_properties.memory_of, containers)),
        )
        found |= {"cpu": str(int(size[0] * 1024)), "memory": str(size[1])}
    return {name: value for name, value in found.items() if value is not None}


def _shown_definition(container: Json, stream_prefix: str, region: str) -> Json:
    found: Json = {
        "name": container["name"],
        "cpu": int(container_properties.vcpus_of(container) * 1024),
        "memory": container_properties.memory_of(container),
        "essential": container.get("essential", True),
        "portMappings": [],
        "volumesFrom": [],
        **{member: container[member] for member in _TAKEN_OVER if container.get(member) is not None},
    }
    if gpus := container_properties.gpus_of(container):
        found["resourceRequirements"] = [{"type": "GPU", "value": str(gpus)}]
    found.setdefault(
        "logConfiguration",
        {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": "/aws/batch/job", "awslogs-region": region, "awslogs-stream-prefix": stream_prefix
            },
        },
    )  # fmt: skip
    return found
