"""Queues to begin with: one on EC2 and one on Fargate, each with an environment of its name, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_batch.operations.table import OPERATIONS
from local_batch.options import EC2_QUEUE, FARGATE_QUEUE

if TYPE_CHECKING:
    from local_batch.json_object import Json
    from local_batch.scheduler.objects import Region
    from local_batch.scheduler.scheduler import Scheduler

MAX_VCPUS = 256
"""CreateComputeEnvironment's own default in AWS's console. What runs at once is bounded by the machine."""

_RESOURCES: dict[str, Json] = {
    EC2_QUEUE: {"type": "EC2", "minvCpus": 0, "instanceTypes": ["optimal"], "instanceRole": "ecsInstanceRole"},
    FARGATE_QUEUE: {"type": "FARGATE"},
}


def make(scheduler: Scheduler, region: Region) -> None:
    """Make them in a region, VALID at once. Called with the scheduler's lock held."""
    for name, resources in _RESOURCES.items():
        more = {"maxvCpus": MAX_VCPUS, "subnets": ["subnet-default"], "securityGroupIds": ["sg-default"]}
        asked: Json = {
            "computeEnvironmentName": name,
            "type": "MANAGED",
            "computeResources": {**resources, **more},
        }
        OPERATIONS["CreateComputeEnvironment"](scheduler, region, asked)
        region.environments[name].is_looked_up = False  # it names a network and a role that are nowhere
        environment = region.environments[name].detail
        environment |= {"status": "VALID", "statusReason": "ComputeEnvironment Healthy"}
        asked = {
            "jobQueueName": name,
            "state": "ENABLED",
            "priority": 1,
            "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": name}],
        }
        OPERATIONS["CreateJobQueue"](scheduler, region, asked)
        region.queues[name].detail |= {"status": "VALID", "statusReason": "JobQueue Healthy"}
