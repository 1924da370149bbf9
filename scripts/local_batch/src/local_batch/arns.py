"""Names and ARNs of Batch objects in the one account that there is."""

from __future__ import annotations

ACCOUNT = "123456789012"
DEFAULT_REGION = "us-east-1"


def arn(region: str, kind: str, name: str) -> str:
    """Return the ARN of a Batch object, for example kind ``job-queue``."""
    partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    return f"arn:{partition}:batch:{region}:{ACCOUNT}:{kind}/{name}"


def is_arn(text: str) -> bool:
    """Say whether a text is meant as an ARN."""
    return text.startswith("arn:")


def name_of(text: str) -> str:
    """Return the last part of an ARN, or the text itself when it is a bare name."""
    return text.split("/", 1)[-1] if is_arn(text) else text
