"""Names and ARNs of Batch objects in the one account of ENV=local."""

from __future__ import annotations

import re
import time

from local_batch.refusals import refuse

ACCOUNT = "123456789012"
DEFAULT_REGION = "us-east-1"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")


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


def check_name(name: str, what: str) -> None:
    """Refuse a name that is not 1 to 128 letters, digits, hyphens and underscores."""
    if not _NAME.fullmatch(name):
        raise refuse(f"{what} should match valid pattern")


def now_ms() -> int:
    """Return the time as Batch writes it: milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
