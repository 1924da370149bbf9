"""The plan's policies find what they are for: each rule broken once in a plan that keeps to all."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_SPEC = importlib.util.spec_from_file_location(
    "plan_policy", Path(__file__).resolve().parents[1] / "local" / "plan_policy.py"
)
assert _SPEC is not None
assert _SPEC.loader is not None
plan_policy = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(plan_policy)

TAGS = {"Project": "p", "Environment": "e"}
CONTAINER: dict[str, Any] = {
    "image": f"r/latest@sha256:{'a' * 64}",
    "readonlyRootFilesystem": True,
    "user": "10001:10001",
    "jobRoleArn": "job",
    "executionRoleArn": "execution",
    "linuxParameters": {"initProcessEnabled": True},
    "networkConfiguration": {"assignPublicIp": "DISABLED"},
}
DEFINITION: dict[str, Any] = {
    "platform_capabilities": ["FARGATE"],
    "timeout": [{"attempt_duration_seconds": 60}],
    "retry_strategy": [{"evaluate_on_exit": [{"action": "exit", "on_reason": "*"}]}],
    "propagate_tags": True,
    "deregister_on_new_revision": False,
    "tags": TAGS,
}


def found(kind: str, values: dict[str, Any]) -> list[str]:
    resource = {"mode": "managed", "type": kind, "address": "it", "values": values}
    lines: list[str] = plan_policy.violations({"planned_values": {"root_module": {"resources": [resource]}}})
    return [line.removeprefix("it: ") for line in lines]


def definition(container: dict[str, Any] | None = None, **values: Any) -> list[str]:
    properties = json.dumps({**CONTAINER, **(container or {})})
    return found("aws_batch_job_definition", {**DEFINITION, "container_properties": properties, **values})


def test_a_good_definition_breaks_nothing() -> None:
    assert definition() == []


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (lambda: definition({"image": "r/latest:1"}), "its image is no digest"),
        (lambda: definition({"readonlyRootFilesystem": False}), "its root file system can be written to"),
        (lambda: definition({"user": "root"}), "it runs as root"),
        (lambda: definition({"user": "0:0"}), "it runs as root"),
        (lambda: definition({"privileged": True}), "it is privileged"),
        (lambda: definition({"jobRoleArn": "execution"}), "its job role is no role of its own"),
        (lambda: definition({"linuxParameters": {}}), "it has no init process"),
        (lambda: definition({"networkConfiguration": {}}), "it may get a public address"),
        (lambda: definition(timeout=[]), "it has no timeout"),
        (lambda: definition(retry_strategy=[]), "its retries do not end in EXIT"),
        (
            lambda: definition(retry_strategy=[{"evaluate_on_exit": [{"action": "retry", "on_reason": "*"}]}]),
            "its retries do not end in EXIT",
        ),
        (lambda: definition(propagate_tags=False), "its tags do not reach the tasks"),
        (lambda: definition(deregister_on_new_revision=True), "a release would deregister what a rollback needs"),
        (lambda: definition(tags={"Project": "p"}), "it lacks the tags Project and Environment"),
        (lambda: found("aws_subnet", {"map_public_ip_on_launch": True}), "what starts in it gets a public address"),
    ],
)
def test_each_rule_is_seen_when_broken(broken: Callable[[], list[str]], rule: str) -> None:
    assert broken() == [rule]
