"""What ECS says of the clusters on which AWS Batch runs jobs, one for each compute environment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from awa_batch.batch.failures import CallError, calling
from awa_batch.batch.parts import in_parts


def tasks_on(ecs: Any, clusters: Iterable[str]) -> dict[str, int]:
    """Return cluster (ARN) → tasks that run or are about to; 0 for one that is gone.

    A job's task is there from STARTING to its end. One call per 100 (API reference, DescribeClusters). Raises
    CallError.
    """
    found = dict.fromkeys(clusters, 0)
    with calling("looking for tasks of jobs"):
        for some in in_parts(found):
            for one in ecs.describe_clusters(clusters=some)["clusters"]:
                count = int(one.get("runningTasksCount", 0)) + int(one.get("pendingTasksCount", 0))
                found[one["clusterArn"]] = count
    return found


def instance_types(ecs: Any, instances: Iterable[str]) -> dict[str, str]:
    """Return container instance (ARN) → its EC2 type, of those that ECS still shows.

    ECS forgets an instance about an hour after it went (ECS API reference, DescribeContainerInstances), and who submits
    jobs may not be allowed to ask: then there is none. One call for each 100 of a cluster. Raises CallError where AWS
    does not answer at all.
    """
    by_cluster: dict[str, list[str]] = {}
    for arn in dict.fromkeys(instances):
        if cluster := cluster_of(arn):
            by_cluster.setdefault(cluster, []).append(arn)
    found: dict[str, str] = {}
    for cluster, arns in by_cluster.items():
        for some in in_parts(arns):
            try:
                with calling("looking at container instances"):
                    answer = ecs.describe_container_instances(cluster=cluster, containerInstances=some)
            except CallError as error:
                if not error.code:
                    raise
                break
            for one in answer["containerInstances"]:
                named = {entry["name"]: entry.get("value", "") for entry in one.get("attributes") or ()}
                if kind := named.get("ecs.instance-type"):
                    found[one["containerInstanceArn"]] = kind
    return found


def cluster_of(arn: str) -> str:
    """Return the name of the cluster in the ARN of a task or a container instance; "" where it has none.

    ``arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/ID`` (ECS developer guide, "Amazon Resource Names and IDs").
    """
    parts = arn.rpartition(":")[2].split("/")
    return parts[1] if len(parts) == 3 else ""
