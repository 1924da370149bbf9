"""Job queues as targets of EventBridge's rules: what PutTargets refuses, and the job that an event submits."""

from __future__ import annotations

import json
import re

from eventbridge_schedules import At, ExpressionError, expression_of
from local_batch.json_object import Json
from local_batch.refusals import Refusal, not_valid
from local_batch.rules import jobs as rules

TARGET = "AWSEvents."
_ONE_OF_MANY = re.compile(r"rate\(1 \w+s\)")


def is_queue(arn: object) -> bool:
    """Say whether a target's ARN is a job queue's."""
    parts = str(arn).split(":", 5)
    return len(parts) == 6 and parts[2] == "batch" and parts[5].startswith("job-queue/")


def check(asked: Json) -> None:
    """Refuse what PutTargets refuses of a job queue, in AWS's words where they are public. Raises Refusal.

    They are in hashicorp/terraform-provider-aws#27215 and aws/aws-cdk#7137; bounds in EventBridge's API reference,
    BatchArrayProperties and BatchRetryStrategy.
    """
    for number, target in enumerate(asked.get("Targets") or (), 1):
        if not isinstance(target, dict) or not is_queue(target.get("Arn")):
            continue
        if not target.get("RoleArn"):
            raise _refused(f"RoleArn is required for target {target['Arn']}.")
        parameters = target.get("BatchParameters")
        if not parameters:
            raise _refused(f"Parameter(s) BatchParameters must be specified for target: {target.get('Id')}.")
        for member in ("JobDefinition", "JobName"):
            if parameters.get(member) is None:
                place = f"targets.{number}.member.batchParameters.{member[:1].lower()}{member[1:]}"
                raise _refused(not_valid(None, place, "Member must not be null").message)
        for member, inner, bounds in (
            ("ArrayProperties", "Size", rules.ARRAY_SIZE),
            ("RetryStrategy", "Attempts", rules.ATTEMPTS),
        ):
            value = (parameters.get(member) or {}).get(inner)
            # 0 is what Terraform's provider and others send for none.
            if value and not bounds.hold(value):
                raise _refused(f"BatchParameters.{member}.{inner} of target {target.get('Id')} must be {bounds}.")


def check_whole_rule(asked: Json) -> None:
    """Refuse a rule with its targets, as a stack has it. Raises Refusal."""
    check_rule(asked)
    check(asked)


def check_rule(asked: Json) -> None:
    """Refuse a rule whose schedule is none, in AWS's words, which moto says of less. Raises Refusal.

    A rule has cron and rate alone (EventBridge guide, "Setting a schedule pattern for scheduled rules").
    """
    expression = asked.get("ScheduleExpression")
    if not isinstance(expression, str) or not expression:
        return
    try:
        found = expression_of(expression)
    except ExpressionError:
        found = None
    # "Different units are required for values of 1, such as minute, and values over 1, such as minutes" (same page).
    if found is None or isinstance(found, At) or _ONE_OF_MANY.fullmatch(expression):
        raise _refused("Parameter ScheduleExpression is not valid.")


def _refused(message: str) -> Refusal:
    return Refusal(message, code="ValidationException")


def submission(target: Json, text: str) -> Json:
    """Return SubmitJob's members, in Pascal case, of what a target is given.

    "EventBridge input transformer" (Batch guide, "AWS Batch jobs as EventBridge targets") has ``Parameters`` of the job
    in the input. An event as it is has no member of a job's: it says nothing of it.
    """
    try:
        given = json.loads(text)
    except ValueError:
        given = None
    parameters = target["BatchParameters"]
    found: Json = {**given} if isinstance(given, dict) else {}
    found |= {
        "JobQueue": target["Arn"],
        "JobName": parameters["JobName"],
        "JobDefinition": parameters["JobDefinition"],
    }
    if size := (parameters.get("ArrayProperties") or {}).get("Size"):
        found["ArrayProperties"] = {"Size": size}
    if attempts := (parameters.get("RetryStrategy") or {}).get("Attempts"):
        found["RetryStrategy"] = {"Attempts": attempts}
    return found
