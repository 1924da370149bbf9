"""What ECS says of the clusters on which AWS Batch runs jobs, one for each compute environment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from awa_batch.batch.failures import calling
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
