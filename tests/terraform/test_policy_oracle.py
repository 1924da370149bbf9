"""The judge of policies itself: each kind of fault that it is there for is found, and what is right passes."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from policy_oracle import documents, faults

STATE = Path(__file__).resolve().parents[1] / "data" / "applied_with_two_pools.json.gz"
QUEUE, DEFINITION, JOB = (f"arn:aws:batch:r:1:{kind}" for kind in ("job-queue/q", "job-definition/d-*", "job/*"))


def of(*statements: dict[str, Any]) -> list[str]:
    document = {"Statement": [{"Effect": "Allow", "Sid": "S", **one} for one in statements]}
    return faults([{"name": "aws_iam_role_policy.policy x", "role": "x", "document": document}])


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ({"Action": "batch:SubmitJobs", "Resource": "*"}, "AWS has no action batch:SubmitJobs"),
        ({"Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/x", QUEUE]}, f"none of its actions is for {QUEUE}"),
        ({"Action": "batch:DescribeJobs", "Resource": JOB}, "batch:DescribeJobs knows no resource"),
        ({"Action": "batch:SubmitJob", "Resource": [QUEUE, DEFINITION]}, "batch:SubmitJob asks for a job as well"),
        (
            {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringLike": {"sqs:x": "1"}}},
            "its actions know no condition key sqs:x",
        ),
        ({"Action": "s3:GetObject", "Resource": [f"arn:aws:s3:::b/{n:0>99}" for n in range(100)]}, "characters inline"),
    ],
)
def test_a_fault_is_found(statement: dict[str, Any], said: str) -> None:
    assert said in "\n".join(of(statement))


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "batch:SubmitJob", "Resource": [QUEUE, DEFINITION, JOB]},
        {"Action": ["s3:Get*"], "Resource": "arn:aws:s3:::b/*", "Condition": {"StringLike": {"aws:PrincipalArn": "x"}}},
        {"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::b", "Condition": {"StringLike": {"s3:prefix": "x"}}},
        {"Action": "logs:PutLogEvents", "Resource": "arn:aws:logs:r:1:log-group:/aws/batch/x:*"},
        {"Action": "ecr:GetAuthorizationToken", "Resource": "*"},
    ],
)
def test_what_is_right_passes(statement: dict[str, Any]) -> None:
    assert of(statement) == []


def test_an_applied_state_has_policies_and_the_one_fault_that_was_in_it() -> None:
    found = documents(json.loads(gzip.decompress(STATE.read_bytes())))
    assert len(found) >= 10
    assert faults(found) == [
        "aws_iam_role_policy.policy submitter[]: batch:SubmitJob asks for a job as well, which no resource is"
    ]
