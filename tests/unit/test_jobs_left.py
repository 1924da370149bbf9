"""What keeps an apply from deleting a compute environment with jobs on it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from awa_batch.batch.clusters import tasks_on
from awa_batch.environment.jobs_left import check_no_jobs_end, jobs_left
from awa_batch.errors import UsageError
from awa_batch.terraform.compute_changes import ComputeChange, Way


class Ecs:
    """ECS with so many running and pending tasks by cluster; of others it has none."""

    def __init__(self, **clusters: tuple[int, int]) -> None:
        self.clusters = clusters
        self.asked: list[list[str]] = []

    def describe_clusters(self, clusters: list[str]) -> dict[str, Any]:
        self.asked.append(clusters)
        return {
            "clusters": [
                {"clusterArn": name, "runningTasksCount": count[0], "pendingTasksCount": count[1]}
                for name, count in self.clusters.items()
                if name in clusters
            ],
            "failures": [{"arn": name, "reason": "MISSING"} for name in clusters if name not in self.clusters],
        }


def clients(ecs: Ecs) -> Any:
    return SimpleNamespace(make=lambda service: {"ecs": ecs}[service])


def change(generation: str, way: Way, cluster: str) -> ComputeChange:
    return ComputeChange(generation, "EC2", "n", way, (), "", cluster=cluster)


def test_tasks_are_counted_by_cluster_a_hundred_at_a_time() -> None:
    ecs = Ecs(c5=(2, 1))
    found = tasks_on(ecs, [f"c{number}" for number in range(101)])
    assert (found["c5"], found["c6"], sum(found.values())) == (3, 0, 3)
    assert [len(some) for some in ecs.asked] == [100, 1]


@pytest.mark.parametrize("way", ["deleted", "replacement"])
def test_what_ends_jobs_is_refused_and_says_where_they_are(way: Way) -> None:
    ecs = Ecs(busy=(1, 2), idle=(0, 0))
    with pytest.raises(UsageError) as refused:
        check_no_jobs_end(clients(ecs), [change("on_demand/a", way, "busy"), change("spot/a", way, "idle")])
    assert "(3 on ec2/on_demand/a)" in refused.value.what
    assert "nothing was changed" in refused.value.what
    assert "end_jobs" in refused.value.fix


def test_what_ends_no_jobs_passes_and_asks_for_nothing() -> None:
    ecs = Ecs(busy=(1, 0))
    check_no_jobs_end(clients(ecs), [change("a", "scaling", "busy"), change("b", "infrastructure update", "busy")])
    check_no_jobs_end(clients(ecs), [change("c", "deleted", ""), change("d", "new", "")])
    assert ecs.asked == []
    check_no_jobs_end(clients(ecs), [change("c", "deleted", "gone")])


def test_a_plan_is_told_with_what_runs_there() -> None:
    ecs = Ecs(busy=(1, 0))
    assert jobs_left(clients(ecs), [change("b", "infrastructure update", "busy")]) == {"ec2/b": 1}
