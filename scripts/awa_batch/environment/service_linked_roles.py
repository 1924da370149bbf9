"""The roles that AWS's own services need once in an account: looked for, made where they are missing, never destroyed.

They are the account's, not an environment's: in the Terraform state of one, its destruction would take them from all.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from awa_batch.batch.failures import CallError, calling
from awa_batch.target import Target
from awa_batch.terraform.allowed_accounts import region_of

ROLES = {
    "AWSServiceRoleForAutoScaling": "autoscaling.amazonaws.com",
    "AWSServiceRoleForBatch": "batch.amazonaws.com",
    "AWSServiceRoleForEC2Spot": "spot.amazonaws.com",
    "AWSServiceRoleForECS": "ecs.amazonaws.com",
}
"""Role → the service it is for. AWS makes those of Batch, ECS and Auto Scaling when they are first used, in the middle
of an apply, and that of Spot never by itself where AWS Batch asks for instances (Batch guide, "Using service-linked
roles"; EC2 guide, "Service-linked role for Spot Instance requests")."""


def iam_client(target: Target, root: Path) -> Any:
    """Return a client of the credentials that terraform is to use. Raises CallError."""
    region = region_of(root) or "us-east-1"
    with calling("getting credentials"):
        return target.session(None, region).create_client("iam", region_name=region)


def missing_roles(iam: Any) -> list[str]:
    """Return which of `ROLES` the account does not have. One call per 100 roles. Raises CallError."""
    with calling("listing the account's service-linked roles"):
        pages = iam.get_paginator("list_roles").paginate(PathPrefix="/aws-service-role/")
        there = {role["Path"].split("/")[2] for page in pages for role in page["Roles"]}
    return [name for name, service in ROLES.items() if service not in there]


def make_role(iam: Any, name: str) -> None:
    """Make one of `ROLES`; one that has been made meanwhile is as good. Raises CallError."""
    try:
        with calling(f"making the role {name}"):
            iam.create_service_linked_role(AWSServiceName=ROLES[name])
    except CallError:
        if name in missing_roles(iam):
            raise
