"""An environment whose jobs cost: pools of each kind, jobs of known sizes and times, and clients that play AWS."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from toolkit_support import DATA

from awa_batch.contract import Contract

ARN = "arn:aws:batch:ap-northeast-1:123456789012"
QUEUE = f"{ARN}:job-queue/awa-batch-local-ec2-high-priority"
START = 1_700_000_000_000
HOUR = 3600.0

POOLS: dict[str, tuple[str, list[str], str]] = {
    "od": ("EC2", ["m7i", "m6i", "m6a"], "ec2-high-priority"),
    "spot": ("SPOT", ["m6i"], "ec2-low-priority"),
    "fg": ("FARGATE", [], "fargate-high-priority"),
    "fgs": ("FARGATE_SPOT", [], "fargate-low-priority"),
}
"""Name → type, instance types, logical name of its queue."""


def task(pool: str) -> str:
    return f"arn:aws:ecs:ap-northeast-1:123456789012:task/{pool}_Batch_1/abc"


def instance(pool: str, number: int = 1) -> str:
    return f"arn:aws:ecs:ap-northeast-1:123456789012:container-instance/{pool}_Batch_1/i{number}"


def tried(seconds: float, pool: str, on: str = "", reason: str = "", at: float = 0.0) -> dict[str, Any]:
    """Return an attempt of so many seconds in a pool, on a container instance where ``on`` names one."""
    start = START + int(at * 1000)
    container = {"taskArn": task(pool)} | ({"containerInstanceArn": on} if on else {})
    return {
        "startedAt": start,
        "stoppedAt": start + int(seconds * 1000),
        "container": container,
        "statusReason": reason,
    }


def job(
    job_id: str,
    *attempts: dict[str, Any],
    vcpu: float = 1,
    memory: int = 2048,
    gpus: int = 0,
    status: str = "SUCCEEDED",
    queue: str = QUEUE,
    container: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return an entry of DescribeJobs."""
    asked = [{"type": "VCPU", "value": f"{vcpu:g}"}, {"type": "MEMORY", "value": str(memory)}]
    asked += [{"type": "GPU", "value": str(gpus)}] if gpus else []
    return {
        "jobId": job_id,
        "jobName": f"job-{job_id.partition(':')[0]}",
        "jobQueue": queue,
        "status": status,
        "attempts": list(attempts),
        "container": {"resourceRequirements": asked, **(container or {})},
        **more,
    }


class Batch:
    """AWS Batch with the pools and these jobs; counts its calls."""

    def __init__(self, *jobs: dict[str, Any]) -> None:
        self.jobs = {one["jobId"]: one for one in jobs}
        self.calls: list[str] = []
        self.pools_gone = False

    def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
        self.calls.append("describe_jobs")
        assert len(jobs) <= 100
        return {"jobs": [self.jobs[one] for one in jobs if one in self.jobs]}

    def get_paginator(self, name: str) -> Any:
        assert name == "describe_compute_environments"
        self.calls.append(name)
        return SimpleNamespace(paginate=lambda: [{"computeEnvironments": [] if self.pools_gone else environments()}])

    def describe_job_queues(self, jobQueues: list[str]) -> dict[str, Any]:  # noqa: N803
        self.calls.append("describe_job_queues")
        order = {queue: [name for name, pool in POOLS.items() if pool[2] == queue] for *_, queue in POOLS.values()}
        return {
            "jobQueues": [
                {
                    "jobQueueArn": arn,
                    "computeEnvironmentOrder": [
                        {"order": number, "computeEnvironment": f"{ARN}:compute-environment/awa-batch-local-{pool}"}
                        for number, pool in enumerate(order[arn.rpartition("/")[2].removeprefix("awa-batch-local-")])
                    ],
                }
                for arn in jobQueues
            ]
        }


def environments() -> list[dict[str, Any]]:
    """Return DescribeComputeEnvironments' entries, one of which is unmanaged."""
    found: list[dict[str, Any]] = [
        {
            "computeEnvironmentName": f"awa-batch-local-{name}",
            "computeEnvironmentArn": f"{ARN}:compute-environment/awa-batch-local-{name}",
            "ecsClusterArn": f"arn:aws:ecs:ap-northeast-1:123456789012:cluster/{name}_Batch_1",
            "computeResources": {"type": kind, "instanceTypes": types},
        }
        for name, (kind, types, _) in POOLS.items()
    ]
    unmanaged = {
        "computeEnvironmentName": "own",
        "computeEnvironmentArn": f"{ARN}:compute-environment/own",
        "computeResources": None,
    }
    return [*found, unmanaged]


class Ecs:
    """ECS that shows some container instances; ``refuses`` with an error."""

    def __init__(self, types: dict[str, str], refuses: Exception | None = None) -> None:
        self.types, self.refuses = types, refuses

    def describe_container_instances(self, cluster: str, containerInstances: list[str]) -> dict[str, Any]:  # noqa: N803
        if self.refuses:
            raise self.refuses
        assert all(f"/{cluster}/" in arn for arn in containerInstances)
        return {
            "containerInstances": [
                {"containerInstanceArn": arn, "attributes": [{"name": "ecs.instance-type", "value": self.types[arn]}]}
                for arn in containerInstances
                if arn in self.types
            ]
        }


class Clients:
    """What a command gets of an environment."""

    def __init__(self, batch: Any, ecs: Any = None, **others: Any) -> None:
        self.contract = Contract.checked(json.loads((DATA / "contract.json").read_text()))
        self.batch, self._made = batch, {"ecs": ecs or Ecs({}), **others}

    def make(self, service: str, region: str | None = None) -> Any:
        assert region in (None, "us-east-1")
        return self._made[service]
