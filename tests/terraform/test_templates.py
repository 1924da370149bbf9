"""The planned variants of a platform, judged by CloudFormation's schemas and cfn-lint's rules, which are not ours."""

from __future__ import annotations

import ast
import copy as copies
import re
from pathlib import Path
from typing import Any

import pytest
from template_oracle import ORACLE, Resource, faults, planned
from terraform_support import MODULES, source


@pytest.fixture(scope="module")
def variants(copy: tuple[Path, dict[str, str]], attached: dict[str, str]) -> dict[str, list[Resource]]:
    return planned(copy[0], attached)


def table(name: str) -> set[str]:
    """Return the keys of a table of the judge, which our own environment cannot import."""
    for node in ast.parse(ORACLE.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and target.id == name:
                return {key.value for key in node.value.keys if isinstance(key, ast.Constant)}
    raise AssertionError(name)


def test_every_kind_is_mapped_or_justified() -> None:
    used = {kind for folder in MODULES for kind in re.findall(r'(?m)^resource "(aws_\w+)"', source(folder))}
    assert table("KINDS") | table("WITHOUT") == used
    assert table("KINDS") & table("WITHOUT") == set()


def test_the_variants_are_as_cloudformation_wants_them(variants: dict[str, list[Resource]]) -> None:
    assert set(variants) == {
        "dev", "prod", "everything", "arm_and_nat_per_zone", "existing_vpc", "longest_names",
    }  # fmt: skip
    kinds = {one["kind"] for resources in variants.values() for one in resources}
    assert table("KINDS") - kinds == {
        "aws_iam_policy",  # of the module deployer, which no environment calls
    }
    assert faults([one for resources in variants.values() for one in resources]) == []


PLANTED: list[tuple[str, list[str | int], Any, str]] = [
    (
        "aws_batch_job_queue",
        ["job_state_time_limit_action", 0, "max_time_seconds"],
        30,
        "30 is less than the minimum of 600",
    ),
    ("aws_batch_job_queue", ["priority"], 1001, "1001 is greater than the maximum of 1000"),
    ("aws_batch_compute_environment", ["compute_resources", 0, "allocation_strategy"], "CHEAPEST", "is not one of"),
    ("aws_batch_compute_environment", ["type"], None, "'Type' is a required property"),
    ("aws_cloudwatch_log_group", ["retention_in_days"], 45, "45 is not one of"),
    ("aws_iam_role", ["name"], "r" * 65, "is longer than 64"),
    ("aws_sqs_queue", ["message_retention_seconds"], 1_209_601, "1209601 is greater than the maximum of 1209600"),
    ("aws_subnet", ["cidr_block"], "10.65.32.0/19", "overlaps with"),
    ("aws_s3_bucket_versioning", ["versioning_configuration", 0, "status"], "On", "'On' is not one of"),
    ("aws_ecr_repository", ["image_tag_mutability"], "FROZEN", "'FROZEN' is not one of"),
    ("aws_batch_job_definition", ["container_properties"], '{"command": ["true"]}', "'Image' is a required property"),
    ("aws_vpc", ["colour"], "blue", "colour = 'blue' has no place in AWS::EC2::VPC"),
]


@pytest.fixture(scope="module")
def planted(variants: dict[str, list[Resource]]) -> str:
    """What is said of a platform in which each fault of PLANTED is one resource's: they are looked at together."""
    resources = copies.deepcopy(variants["prod"])
    used: set[str] = set()
    for kind, path, value, _ in PLANTED:
        one = next(one for one in resources if one["kind"] == kind and one["address"] not in used)
        used.add(one["address"])
        place = one["values"]
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
    return "\n".join([*faults(resources), *faults([{**resources[0], "kind": "aws_new"}])])


@pytest.mark.parametrize(("kind", "path", "value", "said"), PLANTED, ids=[said for *_, said in PLANTED])
def test_a_fault_is_found(planted: str, kind: str, path: list[str | int], value: Any, said: str) -> None:
    assert said in planted, f"{kind} {path} = {value}\n{planted}"


def test_a_kind_that_is_not_mapped_is_told(planted: str) -> None:
    assert "aws_new is neither in KINDS nor in WITHOUT" in planted
