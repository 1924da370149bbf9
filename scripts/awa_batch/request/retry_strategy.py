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
_FAILED_TO_START: tuple[EvaluateOnExitTypeDef, ...] = (
    {"onStatusReason": "Task failed to start*", "action": "RETRY"},
    {"onStatusReason": "ResourceInitializationError*", "action": "RETRY"},
)
_CAUSES: dict[str, dict[Platform, tuple[EvaluateOnExitTypeDef, ...]]] = {
    "spot": {
        "EC2": ({"onStatusReason": "Host EC2*", "action": "RETRY"},),
        "FARGATE": ({"onStatusReason": "Your Spot Task*", "action": "RETRY"},),
    },
    "start": {
        "EC2": _FAILED_TO_START,
        # Network interfaces and storage of its own are made for a Fargate task alone.
        "FARGATE": (*_FAILED_TO_START, {"onStatusReason": "Timeout waiting for*", "action": "RETRY"}),
    },
    "pull": dict.fromkeys(("EC2", "FARGATE"), ({"onReason": "CannotPullContainer*", "action": "RETRY"},)),
    "oom": dict.fromkeys(("EC2", "FARGATE"), ({"onReason": "OutOfMemoryError*", "action": "RETRY"},)),
}
"""The rules of each cause, in AWS's own words.

Sources: AWS Batch User Guide, "Automated job retries"; Amazon ECS Developer Guide, "Stopped tasks error codes". A
pattern has letters, digits, periods, colons and blanks, and may end in ``*`` (model: EvaluateOnExit): only beginnings
can be told apart.
"""
_LAST: EvaluateOnExitTypeDef = {"onReason": "*", "action": "EXIT"}


def retry_rules(given: Sequence[str], platform: Platform) -> list[EvaluateOnExitTypeDef]:
    """Return ``evaluateOnExit`` that retries just what ``given`` names; empty where nothing is.

    ``spot``: the instance or task was reclaimed; ``start``: the task did not start, so nothing of the job ran;
    ``pull``: the image could not be pulled (part of ``start``); ``oom``: out of memory; ``exit:CODE``: the container
    left with that code. AWS Batch retries what no rule matches, so the last rule is EXIT. Raises UsageError.
    """
    rules: list[EvaluateOnExitTypeDef] = []
    causes = list(dict.fromkeys(given))
    for word in causes:
        if word in _CAUSES:
            rules.extend(rule.copy() for rule in _CAUSES[word][platform])
        elif (match := _EXIT.fullmatch(word)) and 1 <= int(match[1]) <= 255:
            rules.append({"onExitCode": str(int(match[1])), "action": "RETRY"})
        else:
            raise UsageError(
                Field("retry_on", word),
                " is not a known cause.",
                fix="Use spot, start, pull, oom or exit:CODE (1 to 255), with commas between them.",
            )
    if len(rules) >= MAX_RETRY_RULES:
        raise UsageError(
            Field("retry_on"),
            f" names {len(causes)} causes, which take {len(rules)} rules; AWS Batch takes {MAX_RETRY_RULES}, and the "
            "last one ends the rest.",
            fix=(
                f"Name causes of {MAX_RETRY_RULES - 1} rules or fewer (start takes {len(_CAUSES['start'][platform])}, "
                "every other one 1); ",
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
