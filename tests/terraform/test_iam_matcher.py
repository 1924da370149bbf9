"""The matcher that judges the deployer's policies: what IAM allows and does not, and what the matcher does not know."""

from __future__ import annotations

from typing import Any

import pytest
from iam_matcher import allowed_by

VPC = "arn:aws:ec2:r:1:vpc/vpc-1"


def allowed(statement: dict[str, Any], action: str, resource: str, context: dict[str, str]) -> bool:
    whole = {"Sid": "S", "Effect": "Allow", "Action": "ec2:CreateVpc", "Resource": "arn:aws:ec2:r:1:vpc/*", **statement}
    return bool(allowed_by([{"Statement": [whole]}], action, resource, context))


@pytest.mark.parametrize(
    ("statement", "action", "resource", "context", "meant"),
    [
        ({}, "ec2:CreateVpc", VPC, {}, True),
        ({}, "EC2:createvpc", VPC, {}, True),
        ({}, "ec2:CreateVpcEndpoint", VPC, {}, False),
        ({"Action": ["s3:GetObject", "ec2:Create*"]}, "ec2:CreateVpc", VPC, {}, True),
        ({}, "ec2:CreateVpc", "arn:aws:ec2:r:1:subnet/s", {}, False),
        ({}, "ec2:CreateVpc", "*", {}, False),  # an action without resources counts for * alone
        ({"Resource": "*"}, "ec2:CreateVpc", "*", {}, True),
        ({"Resource": "arn:aws:ec2:*"}, "ec2:CreateVpc", VPC, {}, True),  # a star takes colons and slashes
        ({"Resource": "arn:aws:ec2:r:1:vpc/vpc-?"}, "ec2:CreateVpc", VPC, {}, True),
        ({"Resource": "arn.aws.ec2.r.1.vpc/vpc-1"}, "ec2:CreateVpc", VPC, {}, False),
        ({"Condition": {"StringEquals": {"k": ["a", "b"]}}}, "ec2:CreateVpc", VPC, {"k": "b"}, True),
        ({"Condition": {"StringEquals": {"k": "a*"}}}, "ec2:CreateVpc", VPC, {"k": "ab"}, False),
        ({"Condition": {"ArnEquals": {"k": "a*"}}}, "ec2:CreateVpc", VPC, {"k": "ab"}, True),
        ({"Condition": {"StringEquals": {"k": "a"}}}, "ec2:CreateVpc", VPC, {}, False),  # the key is not there
        ({"Condition": {"StringEquals": {"k": "a", "l": "b"}}}, "ec2:CreateVpc", VPC, {"k": "a"}, False),
        ({"Condition": {"Null": {"k": "true"}}}, "ec2:CreateVpc", VPC, {}, True),
        ({"Condition": {"Null": {"k": "true"}}}, "ec2:CreateVpc", VPC, {"k": "a"}, False),
    ],
)
def test_what_iam_would_say(
    statement: dict[str, Any], action: str, resource: str, context: dict[str, str], meant: bool
) -> None:
    assert allowed(statement, action, resource, context) == meant


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Deny"},
        {"NotAction": "s3:*"},
        {"NotResource": "x"},
        {"Condition": {"StringNotEquals": {"k": "a"}}},
    ],
)
def test_what_it_does_not_know_is_no_answer(statement: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="known here"):
        allowed(statement, "ec2:CreateVpc", VPC, {})
