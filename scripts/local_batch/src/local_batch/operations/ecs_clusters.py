"""What ECS says of the clusters that AWS Batch makes, one for each compute environment, and of the tasks on them.

Whoever replaces an environment asks ECS whether tasks are left on its cluster (Batch guide, "Updating compute
environments": replace one after its jobs are done). All other clusters, tasks and task definitions are moto's.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from local_batch.json_object import Json
from local_batch.operations import ecs_tasks, find
from local_batch.operations.paging import page
from local_batch.refusals import Refusal
from local_batch.rules import calls as rules
from local_batch.scheduler.job import ACTIVE

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_batch.operations.ecs_tasks import Containers, Ran
    from local_batch.scheduler.job import Job
    from local_batch.scheduler.objects import Definition, Environment, Region
    from local_batch.scheduler.scheduler import Scheduler

TARGET = "AmazonEC2ContainerServiceV20141113."
_PREFIX = "AWSBatch-"
"""What the names of Batch's clusters begin with."""


class Asked(NamedTuple):
    """A request to ECS, and where its answer is."""

    scheduler: Scheduler
    region: Region
    members: Json
    containers: Containers

    def cluster(self) -> Environment:
        """Return the environment of the cluster that is asked for. Raises Refusal."""
        environment = _of(self.region, self.members.get("cluster"))
        if environment is None:
            raise Refusal("Cluster not found.", code="ClusterNotFoundException")
        return environment


def answer(scheduler: Scheduler, region: Region, operation: str, members: Json, containers: Containers) -> Json | None:
    """Return ECS's answer where it is asked of what is Batch's, else None. Raises Refusal."""
    asked = Asked(scheduler, region, members, containers)
    if operation == "DescribeTaskDefinition":
        return _described_definition(asked)
    named = members.get("clusters") if operation == "DescribeClusters" else [members.get("cluster")]
    if not isinstance(named, list) or not any(_name(one).startswith(_PREFIX) for one in named):
        return None
    if operation == "DescribeClusters":
        return _described_clusters(region, named)
    function = _OF_A_CLUSTER.get(operation)
    if function is None:
        message = f"{operation} is not there in the local AWS for the clusters of AWS Batch."
        raise Refusal(message, code="UnsupportedFeatureException")
    return function(asked)


def owned(scheduler: Scheduler, region: Region, operation: str, members: Json) -> tuple[str, list[str]] | None:
    """Return the member of a list's answer and what of it is Batch's; None of lists that Batch has no part in."""
    if operation == "ListClusters":
        return "clusterArns", [str(one.detail["ecsClusterArn"]) for one in region.environments.values()]
    if operation not in {"ListTaskDefinitions", "ListTaskDefinitionFamilies"}:
        return None
    status, prefix = str(members.get("status") or "ACTIVE"), str(members.get("familyPrefix") or "")
    found = [one for one in _definitions(scheduler, region) if status in {"ALL", one.detail["status"]}]
    if operation == "ListTaskDefinitions":  # here the prefix is a whole name (API reference)
        arns = [ecs_tasks.definition_arn(region.name, one) for one in found if prefix in {"", ecs_tasks.family(one)}]
        return "taskDefinitionArns", sorted(arns, reverse=members.get("sort") == "DESC")
    return "families", sorted({name for name in map(ecs_tasks.family, found) if name.startswith(prefix)})


def _definitions(scheduler: Scheduler, region: Region) -> list[Definition]:
    """Return the job definitions of which a task was started: those have task definitions."""
    started = (task.job.submission.definition for task in ecs_tasks.tasks(scheduler.memory, region.name))
    return list(dict.fromkeys(started))


def _described_definition(asked: Asked) -> Json | None:
    named = str(asked.members.get("taskDefinition") or "").rpartition("/")[2]
    try:
        definition = find.definition(asked.region, named)
    except Refusal:
        return None
    if definition not in _definitions(asked.scheduler, asked.region):
        return None
    tags = [{"key": key, "value": value} for key, value in definition.detail["tags"].items()]
    shown: Json = {"taskDefinition": ecs_tasks.shown_definition(asked.region.name, definition)}
    return {**shown, "tags": tags} if "TAGS" in (asked.members.get("include") or ()) else shown


def _described_clusters(region: Region, named: list[object]) -> Json:
    found, missing = [], []
    for one in named:
        environment = _of(region, one)
        if environment is None:
            missing.append({"arn": str(one), "reason": "MISSING"})
            continue
        arn = str(environment.detail["ecsClusterArn"])
        states = [job.status for job in _on(environment)]
        found.append(
            {
                "clusterArn": arn,
                "clusterName": _name(arn),
                "status": "ACTIVE",
                "registeredContainerInstancesCount": len(_instances(environment)),
                "runningTasksCount": states.count("RUNNING"),
                "pendingTasksCount": len(states) - states.count("RUNNING"),
                "activeServicesCount": 0,
                "statistics": [],
                "tags": [],
                "settings": [{"name": "containerInsights", "value": "disabled"}],
                "capacityProviders": [],
                "defaultCapacityProviderStrategy": [],
            }
        )
    return {"clusters": found, "failures": missing}


def _listed_tasks(asked: Asked) -> Json:
    """ListTasks: by what ECS wants of them, which is RUNNING where nothing is said (API reference)."""
    name, members = _name(asked.cluster().detail["ecsClusterArn"]), asked.members
    status = members.get("desiredStatus") or "RUNNING"
    found = []
    for task in ecs_tasks.tasks(asked.scheduler.memory, asked.region.name):
        if task.cluster != name or task.desired_status != status:
            continue
        instance, family = members.get("containerInstance"), members.get("family")
        wanted = (
            (instance is None or _id(task.instance) == _id(instance))
            and (family is None or ecs_tasks.family(task.job.submission.definition) == family)
            and members.get("launchType") in {None, task.launch_type}
            and not any(members.get(other) for other in ("startedBy", "serviceName", "daemonName"))
        )
        if wanted:
            found.append(task.arn)
    return _paged(found, members, "taskArns")


def _described_tasks(asked: Asked) -> Json:
    arn = str(asked.cluster().detail["ecsClusterArn"])
    named = [str(one) for one in asked.members.get("tasks") or ()]
    _check_number(named, "Tasks")
    there: dict[str, Ran] = {
        _id(task.arn): task
        for task in ecs_tasks.tasks(asked.scheduler.memory, asked.region.name)
        if task.cluster == _name(arn)
    }
    with_tags = "TAGS" in (asked.members.get("include") or ())
    return {
        "tasks": [
            ecs_tasks.shown_task(there[_id(one)], arn, asked.containers, with_tags=with_tags)
            for one in named
            if _id(one) in there
        ],
        "failures": [{"arn": one, "reason": "MISSING"} for one in named if _id(one) not in there],
    }


def _listed_instances(asked: Asked) -> Json:
    environment, members = asked.cluster(), asked.members
    if members.get("filter"):
        message = "A filter of container instances is not there in the local AWS."
        raise Refusal(message, code="InvalidParameterException")
    status = members.get("status")
    own = "ACTIVE" if environment.open else "DRAINING"
    return _paged(list(_instances(environment)) if status in {None, own} else [], members, "containerInstanceArns")


def _described_instances(asked: Asked) -> Json:
    environment = asked.cluster()
    named = [str(one) for one in asked.members.get("containerInstances") or ()]
    _check_number(named, "Container instances")
    there = {_id(arn): (arn, jobs) for arn, jobs in _instances(environment).items()}
    return {
        "containerInstances": [
            ecs_tasks.shown_instance(environment, *there[_id(one)]) for one in named if _id(one) in there
        ],
        "failures": [{"arn": one, "reason": "MISSING"} for one in named if _id(one) not in there],
    }


_OF_A_CLUSTER: dict[str, Callable[[Asked], Json]] = {
    "ListTasks": _listed_tasks,
    "DescribeTasks": _described_tasks,
    "ListContainerInstances": _listed_instances,
    "DescribeContainerInstances": _described_instances,
}


def _instances(environment: Environment) -> dict[str, list[Job]]:
    """Return the container instances of an environment with the jobs on each: none without a job, none on Fargate."""
    found: dict[str, list[Job]] = defaultdict(list)
    for job in _on(environment):
        if job.attempt is not None and (arn := job.attempt.container_instance_arn):
            found[arn].append(job)
    return found


def _on(environment: Environment) -> list[Job]:
    """Return the jobs that run on an environment, each node of a multi-node job by itself."""
    found = [one for job in environment.running for one in job.nodes or (job,) if one.status in ACTIVE]
    return sorted(found, key=lambda job: (job.sequence, job.index or job.node or 0))


def _paged(arns: list[str], members: Json, name: str) -> Json:
    try:
        found, token = page(arns, members)
    except Refusal as refusal:
        raise Refusal(refusal.message, code="InvalidParameterException") from None
    return {name: list(found), **({"nextToken": token} if token else {})}


def _check_number(named: list[str], what: str) -> None:
    """Refuse none, and more than 100 (API reference, DescribeTasks.tasks, DescribeContainerInstances)."""
    if not 0 < len(named) <= rules.DESCRIBED_OBJECTS:
        message = f"{what} cannot be empty." if not named else f"{what} must be at most {rules.DESCRIBED_OBJECTS}."
        raise Refusal(message, code="InvalidParameterException")


def _id(arn: object) -> str:
    return str(arn or "").rpartition("/")[2]


def _name(named: object) -> str:
    return str(named or "").rpartition("/")[2]


def _of(region: Region, named: object) -> Environment | None:
    """Return the compute environment of a cluster by its name or ARN."""
    wanted = _name(named)
    found = region.environments.values()
    return next((one for one in found if _name(one.detail["ecsClusterArn"]) == wanted), None)
