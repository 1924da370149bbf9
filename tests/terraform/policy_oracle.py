"""What AWS's own table of actions says of the policies of an applied environment."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from bench.peers import ROOT, locked_environment

ORACLE = Path(__file__).parent / "oracles" / "policies.py"

INLINE_CHARACTERS = 10_240
"""All inline policies of a role together, white space not counted (IAM guide, "IAM and AWS STS quotas")."""
MOST_CHARACTERS = {
    "aws_cloudwatch_log_resource_policy.policy_document": 5_120,
    "aws_ecr_repository_policy.policy": 10_240,
    "aws_iam_policy.policy": 6_144,
    "aws_iam_role.assume_role_policy": 2_048,
    "aws_kms_key.policy": 32_768,
    "aws_s3_bucket.policy": 20_480,
    "aws_s3_bucket_policy.policy": 20_480,
    "aws_sns_topic.policy": 30_720,
    "aws_sns_topic_policy.policy": 30_720,
    "aws_sqs_queue.policy": 8_192,
    "aws_sqs_queue_policy.policy": 8_192,
    "aws_vpc_endpoint.policy": 20_480,
}
"""Characters of one such policy, from each service's quotas: PutResourcePolicy of CloudWatch Logs, ECR, IAM (a
managed policy; the default of a role's trust policy), KMS, S3, SNS, SQS, VPC."""


def documents(state: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every policy in a Terraform state: ``name`` (``<type>.<attribute> <address>``) and ``document``."""
    return [
        {
            "name": f"{one['type']}.{attribute} {one['name']}[{instance.get('index_key', '')}]",
            "role": instance["attributes"].get("role"),
            "document": json.loads(value),
        }
        for one in state["resources"]
        if one["mode"] == "managed"
        for instance in one["instances"]
        for attribute, value in instance["attributes"].items()
        if isinstance(value, str) and '"Statement"' in value
    ]


def faults(found: list[dict[str, Any]]) -> list[str]:
    """Return what is wrong with policies, one line each: unknown actions and keys, resources of none of them, sizes."""
    python = locked_environment(ROOT / ".checkov", ROOT / "tests/terraform/checkov/requirements.lock") / "python"
    done = subprocess.run([python, ORACLE], input=json.dumps(found), capture_output=True, text=True, check=True)
    inline: dict[str, int] = {}
    wrong: list[str] = json.loads(done.stdout)
    for one in found:
        kind = one["name"].split()[0]
        size = len(json.dumps(one["document"], separators=(",", ":")))
        if kind == "aws_iam_role_policy.policy":
            inline[one["role"]] = inline.get(one["role"], 0) + size
        elif size > MOST_CHARACTERS.get(kind, 0):
            wrong.append(f"{one['name']}: {size} characters, more than {MOST_CHARACTERS.get(kind, 'is known')}")
    return wrong + [
        f"role {role}: {size} characters inline" for role, size in inline.items() if size > INLINE_CHARACTERS
    ]
