"""Whether a failed attempt is tried again."""

from __future__ import annotations

from local_batch.json_object import Json


def matches(pattern: str, text: str | None) -> bool:
    """Say whether a Batch glob matches: exact, or a prefix where it ends in ``*``. A missing text is an empty one."""
    have = text or ""
    return have.startswith(pattern[:-1]) if pattern.endswith("*") else have == pattern


def retried(strategy: Json, made: int, *, exit_code: int | None, reason: str | None, status_reason: str | None) -> bool:
    """Say whether a job whose attempt number ``made`` (from 1) failed gets another one.

    The rules of ``evaluateOnExit`` are read in order; the first whose conditions all match decides, and where none
    matches the job is retried, as AWS documents it.
    """
    if made >= int(strategy.get("attempts") or 1):
        return False
    code = None if exit_code is None else str(exit_code)
    for rule in strategy.get("evaluateOnExit") or ():
        conditions = (
            (rule.get("onStatusReason"), status_reason),
            (rule.get("onReason"), reason),
            (rule.get("onExitCode"), code),
        )
        if all(pattern is None or matches(pattern, text) for pattern, text in conditions):
            return str(rule["action"]).upper() == "RETRY"
    return True
