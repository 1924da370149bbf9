"""Which way a planned change of a compute environment takes, and what it says that running jobs feel."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from awa_batch.terraform.compute_changes import ComputeChange, compute_changes

ARN = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/"


def environment(kind: str = "EC2", name: str = "a", **resources: Any) -> dict[str, Any]:
    """Return an environment as the provider's state has it."""
    return {
        "arn": f"{ARN}{name}",
        "compute_environment_name": f"awa-batch-dev-{name}",
        "ecs_cluster_arn": f"cluster-{name}",
        "state": "ENABLED",
        "tags": {"Generation": name},
        "tags_all": {"Generation": name},
        "update_policy": [] if "FARGATE" in kind else [
            {"job_execution_timeout_minutes": 45, "terminate_jobs_on_update": False}
        ],
        "compute_resources": [{
            "type": kind, "min_vcpus": 0, "max_vcpus": 16, "desired_vcpus": 4, "subnets": ["b", "a"],
            "security_group_ids": ["sg"], "instance_type": ["m7i"],
            "launch_template": [{"launch_template_id": "lt", "version": "1"}], **resources,
        }],
    }  # fmt: skip


def planned(
    before: dict[str, Any] | None, after: dict[str, Any] | None, actions: list[str], **more: Any
) -> dict[str, Any]:
    change = {"actions": actions, "before": before, "after": after, **more}
    return {
        "address": "module.platform.x",
        "type": "aws_batch_compute_environment",
        "index": "on_demand/a",
        "change": change,
    }


def one(before: dict[str, Any] | None, after: dict[str, Any] | None, *actions: str, **more: Any) -> ComputeChange:
    (found,) = compute_changes({"resource_changes": [planned(before, after, list(actions), **more)]})
    return found


@pytest.mark.parametrize(
    ("kind", "change", "way"),
    [
        ("EC2", {"max_vcpus": 32}, "scaling"),
        ("EC2", {"min_vcpus": 2, "max_vcpus": 32}, "scaling"),
        ("EC2", {"instance_type": ["m7i", "c7i"]}, "infrastructure update"),
        ("EC2", {"subnets": ["a", "c"]}, "infrastructure update"),
        ("EC2", {"security_group_ids": ["sg", "sg-2"]}, "infrastructure update"),
        ("EC2", {"max_vcpus": 32, "tags": {"a": "b"}}, "infrastructure update"),
        ("FARGATE", {"max_vcpus": 32}, "scaling"),
        ("FARGATE", {"subnets": ["a", "c"]}, "scaling"),
        ("FARGATE_SPOT", {"security_group_ids": ["sg-2"]}, "scaling"),
        ("EC2", {"subnets": ["a", "b"]}, "settings"),  # a set
        ("EC2", {"desired_vcpus": 9}, "settings"),  # AWS Batch moves it
    ],
)
def test_the_way_follows_from_what_changes(kind: str, change: dict[str, Any], way: str) -> None:
    assert one(environment(kind), environment(kind, **change), "update").way == way


def test_a_launch_template_that_is_not_known_yet_is_an_infrastructure_update_under_the_policy() -> None:
    found = one(
        environment(),
        environment(),
        "update",
        after_unknown={"compute_resources": [{"launch_template": [{"version": True}]}]},
    )
    assert (found.way, found.fields) == ("infrastructure update", ("compute_resources.launch_template",))
    assert "45 minutes" in found.felt
    assert found.disturbs_jobs
    assert not found.ends_environment
    ended = environment(instance_type=["c7i"])
    ended["update_policy"][0]["terminate_jobs_on_update"] = True
    assert "at once" in one(environment(), ended, "update").felt


@pytest.mark.parametrize("actions", [("create", "delete"), ("delete", "create")])
def test_a_replacement_names_what_asks_for_it(actions: tuple[str, str]) -> None:
    found = one(
        environment("SPOT"),
        environment("SPOT", instance_type=["c7i"]),
        *actions,
        replace_paths=[["compute_resources", 0, "instance_type"]],
    )
    assert (found.way, found.fields) == ("replacement", ("compute_resources.instance_type",))
    assert (found.key, found.cluster, found.ends_environment) == ("ec2/on_demand/a", "cluster-a", True)


def test_what_is_new_is_felt_by_nobody_and_what_goes_is() -> None:
    new = one(None, {"compute_environment_name_prefix": "p-", **environment("FARGATE")}, "create")
    assert (new.way, new.felt, new.disturbs_jobs) == ("new", "nothing", False)
    gone = one(environment("FARGATE"), None, "delete")
    assert (gone.way, gone.ends_environment) == ("deleted", True)
    assert "INVALID" in gone.felt
    assert "retry rules" in one(environment(), None, "delete").felt


def test_what_stays_is_not_told() -> None:
    assert compute_changes({"resource_changes": [planned(environment(), environment(), ["no-op"])]}) == []
    assert compute_changes({}) == []


def queue(*names: str) -> dict[str, Any]:
    order = [{"order": number, "compute_environment": f"{ARN}{name}"} for number, name in enumerate(names, 1)]
    return {"name": "high", "arn": "q", "compute_environment_order": order[::-1]}


def test_a_queue_tells_its_order_and_what_goes_off_it() -> None:
    entry = {"address": "q", "type": "aws_batch_job_queue", "change": {
        "actions": ["update"], "before": queue("a"), "after": queue("b"), "after_unknown": {}}}  # fmt: skip
    old = planned(environment(), environment(), ["no-op"])
    (found,) = compute_changes({"resource_changes": [old, entry]})
    assert (found.key, found.way, found.fields) == ("high", "order", ("b",))
    assert found.felt == "those that run go on; none starts on ec2/on_demand/a any more"
    same = deepcopy(entry)
    same["change"]["after"] = queue("a")  # type: ignore[index]
    assert compute_changes({"resource_changes": [same]}) == []
