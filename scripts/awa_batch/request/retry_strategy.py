"""A job's ``retryStrategy``: which failures are tried again, and how often."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from awa_batch.contract.model import Platform
from awa_batch.errors import UsageError
from awa_batch.limits.job import MAX_RETRY_RULES
from awa_batch.text import Field

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import EvaluateOnExitTypeDef, RetryStrategyTypeDef

DEFAULT_ATTEMPTS = 3
"""Attempts where causes are named and no number is."""

_EXIT = re.compile(r"exit:([0-9]{1,3})")
_SPOT = {"EC2": "Host EC2*", "FARGATE": "Your Spot Task*"}
_LAST: EvaluateOnExitTypeDef = {"onReason": "*", "action": "EXIT"}


def retry_rules(given: Sequence[str], platform: Platform) -> list[EvaluateOnExitTypeDef]:
    """Return ``evaluateOnExit`` that retries just what ``given`` names; empty where nothing is.

    ``spot``: the instance or task was reclaimed; ``pull``: the image could not be pulled; ``oom``: out of memory;
    ``exit:CODE``: the container left with that code. AWS Batch retries what no rule matches, so the last rule is EXIT.
    Raises UsageError.
    """
    rules: list[EvaluateOnExitTypeDef] = []
    for word in dict.fromkeys(given):
        if word == "spot":
            rules.append({"onStatusReason": _SPOT[platform], "action": "RETRY"})
        elif word == "pull":
            rules.append({"onReason": "CannotPullContainer*", "action": "RETRY"})
        elif word == "oom":
            rules.append({"onReason": "OutOfMemoryError*", "action": "RETRY"})
        elif (match := _EXIT.fullmatch(word)) and 1 <= int(match[1]) <= 255:
            rules.append({"onExitCode": str(int(match[1])), "action": "RETRY"})
        else:
            raise UsageError(
                Field("retry_on", word),
                " is not a known cause.",
                fix="Use spot, pull, oom or exit:CODE (1 to 255), with commas between them.",
            )
    if len(rules) >= MAX_RETRY_RULES:
        raise UsageError(
            Field("retry_on"),
            f" names {len(rules)} causes; AWS Batch takes {MAX_RETRY_RULES} rules, and the last one ends the rest.",
            fix=(
                f"Name {MAX_RETRY_RULES - 1} or fewer; ",
                Field("attempts"),
                " without ",
                Field("retry_on"),
                " retries every failure.",
            ),
        )
    return [*rules, _LAST.copy()] if rules else []


def retry_strategy(attempts: int | None, rules: Sequence[EvaluateOnExitTypeDef]) -> RetryStrategyTypeDef | None:
    """Return what replaces the definition's strategy, exit rules included; without rules any failure is retried."""
    if attempts is None:
        return None
    return {"attempts": attempts, **({"evaluateOnExit": list(rules)} if rules else {})}
