"""What moto 5.2 gets wrong and Terraform would stumble over: each fix says what AWS does instead."""

from __future__ import annotations

from typing import Any


def apply() -> None:
    """Mend moto's classes, once, before its first request."""
    _launch_template_tags()
    _bucket_policy_conditions()


def _launch_template_tags() -> None:
    """Keep a launch template's own tags out of its data.

    CreateLaunchTemplate's TagSpecifications tag the template itself; moto also adds them to what instances get, and
    Terraform would remove them with every apply.
    """
    from moto.ec2.models.launch_templates import LaunchTemplateBackend

    original = LaunchTemplateBackend.create_launch_template

    def create(self: Any, name: str, description: str, template_data: dict[str, Any], tag_spec: dict[str, Any]) -> Any:
        specifications = template_data.pop("TagSpecifications", [])
        kept = [one for one in specifications if one.get("ResourceType") != "launch-template"]
        if kept:
            template_data["TagSpecifications"] = kept
        return original(self, name, description, template_data, tag_spec)

    LaunchTemplateBackend.create_launch_template = create  # type: ignore[method-assign]


def _bucket_policy_conditions() -> None:
    """Leave the statements of a bucket policy that have conditions out of its decisions.

    moto takes every condition as met or not met without looking at the request, so that the usual "deny what is not
    TLS" denies everything. Here requests come over loopback, which stands for TLS.
    """
    import json

    from moto.iam.access_control import IAMPolicy, PermissionResult
    from moto.s3.models import FakeBucket

    def get_permission(self: Any, action: str, resource: str) -> Any:
        if self.policy is None:
            return PermissionResult.NEUTRAL
        policy = json.loads(self.policy)
        statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
        policy["Statement"] = [statement for statement in statements if not statement.get("Condition")]
        return IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource)

    FakeBucket.get_permission = get_permission  # type: ignore[method-assign]
