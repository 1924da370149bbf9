"""What AWS refuses in retry strategies and timeouts."""

from __future__ import annotations

import re
from typing import Any

from local_batch.refusals import refuse

Json = dict[str, Any]

MOST_ATTEMPTS = 10
MOST_RULES = 5
LEAST_TIMEOUT = 60
_PATTERNS = {
    "onStatusReason": re.compile(r"[A-Za-z0-9.:\s]{0,511}[A-Za-z0-9.:\s*]"),
    "onReason": re.compile(r"[A-Za-z0-9.:\s]{0,511}[A-Za-z0-9.:\s*]"),
    "onExitCode": re.compile(r"[0-9]{0,511}[0-9*]"),
}


def check(strategy: Json | None) -> None:
    """Refuse a retry strategy."""
    if strategy is None:
        return
    attempts, rules = strategy.get("attempts"), strategy.get("evaluateOnExit") or []
    if attempts is not None and not 1 <= attempts <= MOST_ATTEMPTS:
        raise refuse(f"retryStrategy.attempts must be between 1 and {MOST_ATTEMPTS}")
    if rules and attempts is None:
        raise refuse("retryStrategy.attempts must be specified when evaluateOnExit is specified")
    if len(rules) > MOST_RULES:
        raise refuse(f"evaluateOnExit can have at most {MOST_RULES} conditions")
    for rule in rules:
        if not any(name in rule for name in _PATTERNS):
            raise refuse("evaluateOnExit must have at least one of onStatusReason, onReason, onExitCode")
        for name, pattern in _PATTERNS.items():
            if name in rule and not pattern.fullmatch(rule[name]):
                raise refuse(f"evaluateOnExit.{name} {rule[name]} should match valid pattern")
        if rule["action"].upper() not in {"RETRY", "EXIT"}:
            raise refuse(f"evaluateOnExit.action {rule['action']} must be RETRY or EXIT")


def check_timeout(timeout: Json | None) -> None:
    """Refuse a timeout under a minute."""
    if timeout is None:
        return
    seconds = timeout.get("attemptDurationSeconds")
    if seconds is None or seconds < LEAST_TIMEOUT:
        raise refuse(f"attemptDurationSeconds must be at least {LEAST_TIMEOUT} seconds")
