"""The reasons that AWS Batch gives for jobs it cannot start (`job_state_time_limit_action` knows the same ones)."""

from __future__ import annotations

from awa_batch.explain.model import Finding
from awa_batch.text import Field, Text

_REASONS: tuple[tuple[str, str, str, tuple[Text, ...]], ...] = (
    (
        "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
        "NO_CAPACITY",
        "EC2 has no instances of the types that the compute environment asks for.",
        (
            ("Allow more instance types or zones in Terraform, or submit it to another queue: ", Field("queue"), "."),
            ("Spot capacity changes by the hour; an on-demand queue waits less.",),
        ),
    ),
    (
        "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
        "MAX_VCPUS_TOO_LOW",
        "It needs more vCPUs than the compute environments may ever have.",
        (("Raise max_vcpus in Terraform, or submit it with fewer: ", Field("vcpu"), "."),),
    ),
    (
        "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
        "TOO_LARGE_FOR_INSTANCES",
        "No instance type of the compute environment has so many vCPUs, so much memory or such GPUs.",
        (
            (
                "Ask for less (",
                Field("vcpu"),
                ", ",
                Field("memory"),
                ", ",
                Field("gpu"),
                "), or allow larger instance types in Terraform.",
            ),
        ),
    ),
    (
        "MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS",
        "SERVICE_ROLE",
        "AWS Batch may not start instances: its service role lacks a permission.",
        (("Use the service-linked role AWSServiceRoleForBatch, or correct the role of the compute environment.",),),
    ),
)


def blocked_reason(said: str) -> Finding | None:
    """Return what a job's or queue's statusReason says of why nothing starts, or None."""
    for begins, verdict, what, steps in _REASONS:
        if begins in said.upper():
            return Finding(verdict, what, (said,), steps)
    return None
