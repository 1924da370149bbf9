"""What terraform/changes.json says of a change, and the modules' READMEs with it: the provider plans it so.

One plan changes many inputs at once; each must have its effect in it, and there must be no other effect.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from applied_state import ROOT, Applied

if TYPE_CHECKING:
    from batch_support import LocalBatch

SAID: dict[str, dict[str, str]] = json.loads((ROOT / "terraform" / "changes.json").read_text(encoding="utf-8"))
KEY = "arn:aws:kms:ap-northeast-1:123456789012:key/11111111-2222-3333-4444-555555555555"
OLDER_STATE = r"module\.ecr\.aws_ecr_lifecycle_policy\."
"""What a plan of that state replaces without any change: the provider knows no update of a lifecycle policy."""

IN_PLACE = f"""
  ec2 = {{
    pools         = {{ on_demand = {{ max_vcpus = 32, instance_types = ["c7i"] }}, spot = {{ max_vcpus = 32 }} }}
    queues        = {{ high = {{ priority = 90 }} }}
    update_policy = {{ job_timeout_minutes = 60 }}
  }}
  fargate = {{
    pools  = {{ on_demand = {{ max_vcpus = 40 }} }}
    queues = {{ high = {{ fair_share = {{ shares = {{ research = 0.5 }} }} }} }}
  }}
  iam = {{
    instance_policy_arns     = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
    session_manager          = true
    submitter_principal_arns = ["arn:aws:iam::123456789012:root"]
  }}
  images  = {{ pull_account_ids = ["210987654321"] }}
  network = {{
    egress_rules              = {{ https = {{ description = "all", from_port = 443, to_port = 443 }} }}
    extra_interface_endpoints = ["ssm"]
    flow_logs                 = {{ enabled = true }}
    interface_endpoints       = true
    nat                       = "single"
  }}
  observability   = {{
    alerts             = {{ enabled = true }}
    dashboard          = true
    kms_key_arn        = "{KEY}"
    log_retention_days = 60
  }}
  storage         = {{ kms_key_arn = "{KEY}" }}
  tags            = {{ Team = "research" }}
  unreleased_code = false
"""
REPLACES = """
  ec2     = { disk = { size = 100 } }
  fargate = { pools = { on_demand = { capacity = "SPOT" } } }
  iam     = { role_path = "/batch/" }
  images  = { encryption = { type = "KMS" } }
  network = { vpc_cidr = "10.80.0.0/16" }
"""


@pytest.fixture(scope="module")
def applied(process_aws: LocalBatch, tmp_path_factory: pytest.TempPathFactory) -> Applied:
    applied = Applied(process_aws, tmp_path_factory.mktemp("applied"))
    capacity = {
        key: {
            "id": f"{key}-capacity",
            "input": {"value": value, "type": "string"},
            "output": {"value": value, "type": "string"},
        }
        for key, value in {"on_demand": "ON_DEMAND", "spot": "SPOT"}.items()
    }
    applied.remember("module.platform.module.resources_fargate[0]", "terraform_data", "capacity", capacity)
    return applied


def deleted(changes: dict[str, dict[str, Any]]) -> list[str]:
    """Return the addresses of what a plan deletes or replaces, without what it does anyhow."""
    found = [address for address, change in changes.items() if "delete" in change["actions"]]
    return [address for address in found if not re.search(OLDER_STATE, address)]


def test_what_is_said_to_change_in_place_replaces_nothing(applied: Applied) -> None:
    changes = applied.changes(IN_PLACE)
    # Tags of instances are an infrastructure update, which the provider makes by a replacement on this strategy.
    spot = 'module.platform.module.resources_ec2[0].aws_batch_compute_environment.this["spot/a"]'
    assert deleted(changes) == [spot]
    assert SAID["resources_ec2"]["tags"].endswith("[infrastructure update](#what-a-change-does)")
    updated = {address for address, change in changes.items() if change["actions"] == ["update"]}
    for kind in (
        "aws_vpc", "aws_subnet", "aws_iam_role", "aws_ecr_repository", "aws_s3_bucket", "aws_cloudwatch_log_group",
        "aws_batch_compute_environment", "aws_batch_job_queue", "aws_batch_job_definition", "aws_security_group",
        "aws_batch_scheduling_policy", "aws_s3_bucket_server_side_encryption_configuration",
        "aws_vpc_security_group_egress_rule", "aws_vpc_endpoint",
    ):  # fmt: skip
        assert any(f".{kind}." in address for address in updated), kind


def test_what_is_said_to_replace_replaces_and_leaves_the_rest(applied: Applied) -> None:
    changes = applied.changes(REPLACES)
    of = {
        ("network", "vpc_cidr"): r"module\.network\.",
        ("iam", "role_path"): r"module\.iam\.",
        ("ecr", "encryption"): r"module\.ecr\.aws_ecr_repository\.",
        ("resources_ec2", "disk"): r'module\.resources_ec2\[0\]\.aws_batch_compute_environment\.this\["spot/a"\]',
        ("resources_fargate", "pools"): r'fargate\[0\]\.aws_batch_compute_environment\.this\["on_demand"\]',
    }
    for (module, name), pattern in of.items():
        assert re.search(r"replaces|infrastructure update", SAID[module][name])
        assert any(re.search(pattern, address) for address in deleted(changes)), name
    assert [address for address in deleted(changes) if not any(re.search(one, address) for one in of.values())] == []
    assert any("aws_vpc.this" in address for address in deleted(changes))
    # Spot is replaced where on demand is updated, and a queue goes over before the old one is deleted.
    on_demand = 'module.platform.module.resources_ec2[0].aws_batch_compute_environment.this["on_demand/a"]'
    assert changes[on_demand]["actions"] == ["update"]
    environments = [one for address, one in changes.items() if ".aws_batch_compute_environment." in address]
    assert ["create", "delete"] in [one["actions"] for one in environments]
    assert ["delete", "create"] not in [one["actions"] for one in environments]


def test_another_name_replaces_all_but_the_network(applied: Applied) -> None:
    changes = applied.changes(**{"awa-batch": "other"})
    kept = {
        address.split(".")[4]
        for address, one in changes.items()
        if ".network." in address and one["actions"] == ["update"]
    }
    assert kept == {
        "aws_default_security_group", "aws_route_table", "aws_subnet", "aws_vpc", "aws_vpc_endpoint",
    }  # fmt: skip
    others = [address for address in changes if ".network." not in address and ".terraform_data." not in address]
    assert [address for address in others if changes[address]["actions"] == ["update"]] == []
    for name in ("project", "environment"):
        assert SAID["platform"][name].startswith("replaces everything but VPC, subnets and endpoints")
    assert SAID["network"]["name"].startswith("replaces security groups; renames")
