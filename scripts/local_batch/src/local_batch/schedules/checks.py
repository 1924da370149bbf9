"""What EventBridge Scheduler refuses of a schedule, and moto takes.

The words for an expression and for the role are AWS's own, as people report them (localstack's issue 9284 has the
first); those of the others are ours.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eventbridge_schedules import ExpressionError, expression_of, zone_of
from local_batch.refusals import Refusal
from local_batch.rules import schedules as rules

if TYPE_CHECKING:
    from local_batch.json_object import Json
    from local_batch.services.moto_gate import MotoGate


def check_schedule(gate: MotoGate, region: str, asked: Json, submit_members: frozenset[str], *, new: bool) -> None:
    """Refuse a CreateSchedule (``new``) or UpdateSchedule request whose form is right. Raises Refusal.

    ``submit_members`` are the members of SubmitJob as Scheduler spells them.
    """
    _check_names(asked)
    try:
        zone_of(str(asked.get("ScheduleExpressionTimezone") or "UTC"))
    except ExpressionError:
        raise invalid(f"Invalid ScheduleExpressionTimezone {asked['ScheduleExpressionTimezone']}.") from None
    try:
        expression_of(asked["ScheduleExpression"])
    except ExpressionError:
        raise invalid(f"Invalid Schedule Expression {asked['ScheduleExpression']}.") from None
    _check_window(asked["FlexibleTimeWindow"])
    _check_dates(asked, new=new)
    _check_target(gate, asked["Target"], submit_members)
    group = asked.get("GroupName") or "default"
    with gate.backend("scheduler", region) as scheduler:
        if group not in scheduler.schedule_groups:
            raise Refusal(f"Schedule group {group} does not exist.", code="ResourceNotFoundException", status=404)


def invalid(message: str) -> Refusal:
    """Return Scheduler's error for a request that it does not take."""
    return Refusal(message, code="ValidationException")


def moment(value: Any) -> datetime | None:
    """Return a date of a request, or of moto's store, which are seconds since the epoch or ISO 8601. Raises Refusal."""
    if value is None:
        return None
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return found if found.tzinfo else found.replace(tzinfo=UTC)
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        raise invalid(f"{value!r} is no date.") from None


def _check_names(asked: Json) -> None:
    """Hold names and ARNs against the patterns of the model, the whole of each."""
    target = asked["Target"]
    for place, value, pattern in (
        ("name", asked["Name"], rules.NAME),
        ("groupName", asked.get("GroupName"), rules.NAME),
        ("target.roleArn", target["RoleArn"], rules.ROLE_ARN),
        ("target.deadLetterConfig.arn", (target.get("DeadLetterConfig") or {}).get("Arn"), rules.QUEUE_ARN),
    ):
        if value is not None and not re.fullmatch(pattern, value):
            raise invalid(
                f"1 validation error detected: Value '{value}' at '{place}' failed to satisfy constraint: Member must "
                f"satisfy regular expression pattern: {pattern}"
            )


def _check_window(window: Json) -> None:
    minutes = window.get("MaximumWindowInMinutes")
    if window["Mode"] == "OFF" and minutes is not None:
        raise invalid("MaximumWindowInMinutes must not be set when FlexibleTimeWindow Mode is OFF.")
    if window["Mode"] == "FLEXIBLE" and minutes is None:
        raise invalid("MaximumWindowInMinutes is required when FlexibleTimeWindow Mode is FLEXIBLE.")


def _check_dates(asked: Json, *, new: bool) -> None:
    start, end = moment(asked.get("StartDate")), moment(asked.get("EndDate"))
    if str(asked["ScheduleExpression"]).startswith("at("):
        return  # "EventBridge Scheduler ignores the StartDate and EndDate" of a one-time schedule
    now = datetime.now(UTC)
    if new and start and (now - start).total_seconds() > rules.OLDEST_START:
        raise invalid("The StartDate you specify cannot be earlier than 5 minutes ago.")
    if start and end and end <= start:
        raise invalid("The EndDate must come after the StartDate.")
    if new and end and end <= now:
        raise invalid("The EndDate must be in the future.")


def _check_target(gate: MotoGate, target: Json, submit_members: frozenset[str]) -> None:
    if not _may_assume(gate, target["RoleArn"]):
        raise invalid("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.")
    if not rules.SUBMIT_JOB.fullmatch(target["Arn"]):
        return
    try:
        given = json.loads(target.get("Input") or "{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise invalid("Invalid RequestJson provided. Reason: it is not a JSON object.")
    if unknown := sorted(set(given) - submit_members):
        raise invalid(
            f"Invalid RequestJson provided. Reason: the fields {unknown} are not supported for api 'submitJob' for the "
            "service 'batch'."
        )
    if missing := [name for name in ("JobName", "JobQueue", "JobDefinition") if name not in given]:
        raise invalid(f"Invalid RequestJson provided. Reason: the required fields {missing} are missing.")


def _may_assume(gate: MotoGate, arn: str) -> bool:
    """Say whether a role is there and its trust names Scheduler. Conditions are not looked at."""
    with gate.backend("iam", "aws") as iam:
        role = next((one for one in iam.roles.values() if one.arn == arn), None)
        trust = str(role.assume_role_policy_document or "{}") if role else "{}"
    try:
        statements = json.loads(trust).get("Statement", [])
    except ValueError:
        return False
    for one in statements if isinstance(statements, list) else [statements]:
        principal = one.get("Principal")
        services = principal.get("Service", ()) if isinstance(principal, dict) else ()
        names = [services] if isinstance(services, str) else services
        if one.get("Effect") == "Allow" and rules.SERVICE in names:
            return True
    return False
