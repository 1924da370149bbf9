"""Limits on the size of a SubmitJob request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from awa_batch.errors import UsageError

MAX_OVERRIDES_CHARACTERS = 8192
"""ECS's limit on all container overrides together, JSON included (ECS API reference, RunTask.overrides).

SubmitJob accepts more; the job then is FAILED.
"""

MAX_REQUEST_BYTES = 30 * 1024
"""The limit on one SubmitJob request (AWS Batch service quotas)."""


def overrides_size(overrides: Mapping[str, Any]) -> int:
    """Return how many characters ``containerOverrides`` takes as compact JSON."""
    return len(json.dumps(overrides, separators=(",", ":"), ensure_ascii=False)) if overrides else 0


def request_size(request: Mapping[str, Any]) -> int:
    """Return how many bytes a SubmitJob request takes as boto3 sends it: with blanks, and beyond ASCII escaped."""
    return len(json.dumps(request))


def check_overrides_size(overrides: Mapping[str, Any]) -> None:
    """Refuse overrides that ECS would not take: the job would be accepted and then fail."""
    if (size := overrides_size(overrides)) > MAX_OVERRIDES_CHARACTERS:
        largest = max(overrides, key=lambda key: len(json.dumps(overrides[key])))
        raise UsageError(
            f"containerOverrides has {size} characters; ECS takes {MAX_OVERRIDES_CHARACTERS} "
            f"(most of it is {largest}).",
            fix="Put the configuration in S3 and pass its URI.",
        )


def check_request_size(request: Mapping[str, Any]) -> None:
    """Refuse a SubmitJob request above 30 KiB."""
    if (size := request_size(request)) > MAX_REQUEST_BYTES:
        raise UsageError(
            f"The request has {size} bytes; SubmitJob takes {MAX_REQUEST_BYTES}.",
            fix="Put large parameters in S3 and pass their URI.",
        )
