"""The reasons that AWS Batch gives for jobs it cannot start, in a job's statusReason while it is RUNNABLE.

Source: AWS Batch User Guide, "Jobs stuck in a RUNNABLE status" (job_stuck_in_runnable and its pages on capacity,
misconfiguration, invalid compute environments, an undetermined root cause); "Job queue blocked events" carry the same.
"""

from __future__ import annotations

import re

from awa_batch.explain.model import Finding
from awa_batch.explain.rules import Rule
from awa_batch.text import Command, Field, Step, Text

_CORRECT: Text = ("Correct it in Terraform: ", Step("plan", "apply"), ". The queue then goes on by itself.")

REASONS: tuple[Rule, ...] = (
    Rule(
        ("capacity:insufficient_instance_capacity",),
        "NO_CAPACITY",
        "EC2 has no instances of the types that the compute environment asks for.",
        (
            ("Allow more instance types or zones in Terraform, or submit it to another queue: ", Field("queue"), "."),
            ("Spot capacity changes by the hour; an on-demand queue waits less.",),
        ),
    ),
    Rule(
        ("misconfiguration:compute_environment_max_resource",),
        "MAX_VCPUS_TOO_LOW",
        "It needs more vCPUs than the compute environments may ever have.",
        (("Raise max_vcpus in Terraform, or submit it with fewer: ", Field("vcpu"), "."),),
    ),
    Rule(
        ("misconfiguration:job_resource_requirement",),
        "TOO_LARGE_FOR_INSTANCES",
        "No instance type of the compute environment has so many vCPUs, so much memory or such GPUs.",
        (
            (
                "Ask for less (", Field("vcpu"), ", ", Field("memory"), ", ", Field("gpu"),
                "), or allow larger instance types in Terraform.",
            ),
        ),
    ),
    Rule(
        ("misconfiguration:ec2_instance_configuration_unsupported",),
        "INSTANCE_CONFIGURATION",
        "EC2 does not start instances as the compute environment asks for them: its instance types, image, zones or "
        "launch template do not go together.",
        (_CORRECT,),
    ),
    Rule(
        ("misconfiguration:service_role_permissions",),
        "SERVICE_ROLE",
        "AWS Batch may not start instances: its service role lacks a permission.",
        (("Use the service-linked role AWSServiceRoleForBatch, or correct the role of the compute environment.",),),
    ),
    Rule(
        ("action_required",),
        "COMPUTE_ENVIRONMENT_INVALID",
        "The compute environments of its queue are INVALID, so nothing is started.",
        ((Command("queues"),), _CORRECT),
    ),
    Rule(
        ("undetermined",),
        "BLOCKED",
        "It blocks its queue, and AWS Batch could not find out why.",
        (
            (
                "The usual causes: instances that do not join the cluster (a private subnet needs NAT or the endpoints "
                "ecs, ecs-agent and ecs-telemetry; an instance role without the ECS permissions), the account's quota "
                "of vCPUs, a job that is larger than what an instance leaves free.",
            ),
            (Command("queues"),),
            (Command("doctor"),),
        ),
    ),
    Rule(
        (),
        "BLOCKED",
        "It blocks its queue, for a reason that AWS Batch names.",
        ((Command("queues"),), _CORRECT),
    ),
)  # fmt: skip
"""The last one is for a reason of that form that is newer than this table."""

_FORM = re.compile(r"\s*(?:(?:CAPACITY|MISCONFIGURATION):\w+|ACTION_REQUIRED|UNDETERMINED)\b", re.IGNORECASE)


def blocked_reason(said: str) -> Finding | None:
    """Return what a job's statusReason says of why nothing starts, or None where it is no such reason."""
    if not _FORM.match(said):
        return None
    small = said.lower()
    rule = next(rule for rule in REASONS if not rule.words or any(word in small for word in rule.words))
    return Finding(rule.verdict, rule.what, (said,), rule.steps)
