"""What AWS refuses in retry strategies and timeouts."""

from __future__ import annotations

from local_batch.json_object import Json
from local_batch.refusals import refuse
from local_batch.rules import jobs as rules


def check(strategy: Json | None) -> None:
    """Refuse a retry strategy with attempts or conditions that AWS refuses; None: none is given. Raises Refusal."""
    if strategy is None:
        return
    attempts, conditions = strategy.get("attempts"), strategy.get("evaluateOnExit") or []
    if attempts is not None and not rules.ATTEMPTS.hold(attempts):
        raise refuse(f"retryStrategy.attempts must be {rules.ATTEMPTS}")
    if conditions and attempts is None:
        raise refuse("retryStrategy.attempts must be specified when evaluateOnExit is specified")
    if len(conditions) > rules.MOST_CONDITIONS:
        raise refuse(f"evaluateOnExit can have at most {rules.MOST_CONDITIONS} conditions")
    for rule in conditions:
        if not any(name in rule for name in rules.CONDITIONS):
            raise refuse("evaluateOnExit must have at least one of onStatusReason, onReason, onExitCode")
        for name, pattern in rules.CONDITIONS.items():
            if name in rule and not pattern.fullmatch(rule[name]):
                raise refuse(f"evaluateOnExit.{name} {rule[name]} should match valid pattern")
        if rule["action"].upper() not in {"RETRY", "EXIT"}:
            raise refuse(f"evaluateOnExit.action {rule['action']} must be RETRY or EXIT")


def complete(strategy: Json | None) -> Json | None:
    """Return a retry strategy as AWS shows it: with the conditions, if only [], and their actions in lower case.

    terraform-provider-aws sends actions in lower case and expects them back so (aws_batch_job_definition, StateFunc of
    retry_strategy.evaluate_on_exit.action).
    """
    if strategy is None:
        return None
    conditions = [{**rule, "action": rule["action"].lower()} for rule in strategy.get("evaluateOnExit") or ()]
    return {**strategy, "evaluateOnExit": conditions}


def check_timeout(timeout: Json | None) -> None:
    """Refuse a timeout under a minute, or without seconds; None means that none is given. Raises Refusal."""
    if timeout is None:
        return
    seconds = timeout.get("attemptDurationSeconds")
    if seconds is None or seconds < rules.LEAST_TIMEOUT:
        raise refuse(f"attemptDurationSeconds must be at least {rules.LEAST_TIMEOUT} seconds")
