"""EventBridge Scheduler on the local AWS: schedules start jobs when they are due, and wrong ones are refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from batch_support import LocalBatch  # noqa: TC002 - as in the other tests
from botocore.exceptions import ClientError

ACCOUNT = "arn:aws:iam::123456789012"
SUBMIT = "arn:aws:scheduler:::aws-sdk:batch:submitJob"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
OFF = {"Mode": "OFF"}


def role(aws: LocalBatch, service: str = "scheduler.amazonaws.com") -> str:
    trust = json.dumps(TRUST).replace("scheduler.amazonaws.com", service)
    made = aws.client("iam").create_role(RoleName=aws.name("role"), AssumeRolePolicyDocument=trust)
    return str(made["Role"]["Arn"])


def dead_letters(aws: LocalBatch) -> tuple[str, str]:
    url = aws.client("sqs").create_queue(QueueName=aws.name("dead"))["QueueUrl"]
    return url, f"arn:aws:sqs:ap-northeast-1:123456789012:{url.rsplit('/', 1)[1]}"


def target(aws: LocalBatch, queue: str, definition: str, name: str, **more: Any) -> dict[str, Any]:
    request = {
        "JobName": f"{name}-<aws.scheduler.execution-id>-<aws.scheduler.attempt-number>",
        "JobQueue": queue,
        "JobDefinition": definition,
        "Tags": {"ScheduledTime": "<aws.scheduler.scheduled-time>", "Schedule": "<aws.scheduler.schedule-arn>"},
        "ContainerOverrides": {"Environment": [{"Name": "AT", "Value": "<aws.scheduler.scheduled-time>"}]},
    }
    return {"Arn": SUBMIT, "RoleArn": role(aws), "Input": json.dumps(request), **more}


@contextmanager
def scheduled(aws: LocalBatch, expression: str, wanted: dict[str, Any], **more: Any) -> Iterator[tuple[str, str]]:
    """Give a schedule's name and ARN, and delete it at the end."""
    scheduler, name = aws.client("scheduler"), aws.name("schedule")
    made = scheduler.create_schedule(
        Name=name, ScheduleExpression=expression, Target=wanted, FlexibleTimeWindow=OFF, **more
    )
    try:
        yield name, made["ScheduleArn"]
    finally:
        if name in names(aws):  # else it has deleted itself
            scheduler.delete_schedule(Name=name)


def jobs(aws: LocalBatch, queue: str, name: str) -> list[dict[str, Any]]:
    filters = [{"name": "JOB_NAME", "values": [f"{name}-*"]}]
    return list(aws.batch.list_jobs(jobQueue=queue, filters=filters)["jobSummaryList"])


@contextmanager
def once(aws: LocalBatch, wanted: dict[str, Any], hours: int = 0, **more: Any) -> Iterator[tuple[str, str, datetime]]:
    """Give a schedule that is due in a moment, and was not yet when it was made: its name, its ARN and its time.

    A machine that is busy may take longer to make it, and what is past by then never starts.
    """
    while True:
        due = soon()
        with scheduled(aws, at(due, hours), wanted, **more) as (name, arn):
            if datetime.now(UTC) < due:
                yield name, arn, due
                return


def soon(seconds: float = 2) -> datetime:
    """Return a whole second that is about to come."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0)


def at(moment: datetime, hours: int = 0) -> str:
    return f"at({(moment + timedelta(hours=hours)).strftime('%Y-%m-%dT%H:%M:%S')})"


def test_a_schedule_submits_its_job_when_it_is_due_and_is_gone_where_it_says_so(process_aws: LocalBatch) -> None:
    aws = process_aws
    queue, definition = aws.queue(), aws.definition("sh", "-c", "echo due $AT")
    name = aws.name("once")
    wanted = target(aws, queue, definition, name)
    tokyo = {"ScheduleExpressionTimezone": "Asia/Tokyo"}
    with once(aws, wanted, 9, ActionAfterCompletion="DELETE", **tokyo) as (schedule, arn, due):
        aws.until(lambda: jobs(aws, queue, name))
        assert datetime.now(UTC) >= due
        (job,) = jobs(aws, queue, name)
        detail = aws.wait(job["jobId"], "SUCCEEDED")
        stamp = due.strftime("%Y-%m-%dT%H:%M:%SZ")
        execution, attempt = detail["jobName"].removeprefix(f"{name}-").split("-")
        assert (len(execution), attempt) == (16, "1")
        assert detail["tags"] == {"ScheduledTime": stamp, "Schedule": arn}
        assert f"due {stamp}" in aws.lines(detail)
        aws.until(lambda: schedule not in names(aws))


def names(aws: LocalBatch) -> set[str]:
    return {one["Name"] for one in aws.client("scheduler").list_schedules()["Schedules"]}


def test_a_rate_begins_at_once_and_a_paused_schedule_starts_nothing(process_aws: LocalBatch) -> None:
    aws = process_aws
    queue, definition = aws.queue(), aws.definition("true")
    paused, running = aws.name("paused"), aws.name("running")
    with (
        scheduled(aws, "rate(1 hour)", target(aws, queue, definition, paused), State="DISABLED") as (name, _),
        scheduled(aws, "rate(1 hour)", target(aws, queue, definition, running)),
    ):
        aws.until(lambda: jobs(aws, queue, running))
        assert jobs(aws, queue, paused) == []
        scheduler, again = aws.client("scheduler"), target(aws, queue, definition, paused)
        due = datetime.now(UTC)
        while datetime.now(UTC) >= due:  # a busy machine may take longer than that
            due = soon()
            # Which turns it on, as its state is not given.
            scheduler.update_schedule(Name=name, ScheduleExpression=at(due), Target=again, FlexibleTimeWindow=OFF)
        assert scheduler.get_schedule(Name=name)["State"] == "ENABLED"
        aws.until(lambda: jobs(aws, queue, paused))
        # What passed while it was off is not made up for: it is the time of the update that is due.
        assert len(jobs(aws, queue, paused)) == len(jobs(aws, queue, running)) == 1


def test_what_batch_refuses_lies_in_the_dead_letter_queue(process_aws: LocalBatch) -> None:
    aws = process_aws
    queue = aws.queue()
    url, dead = dead_letters(aws)
    wanted = target(aws, queue, "no-such-definition", "never", DeadLetterConfig={"Arn": dead})
    with once(aws, wanted) as (_, arn, due):
        found: list[dict[str, Any]] = []
        aws.until(lambda: found or found.extend(receive(aws, url)))
    (message,) = found
    body = json.loads(message["Body"])
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    execution = attributes.pop("EXECUTION_ID")
    assert body["JobName"] == f"never-{execution}-1"
    assert "no-such-definition" in attributes.pop("ERROR_MESSAGE")
    # A permanent error is not tried again, and has no EXHAUSTED_RETRY_CONDITION.
    assert attributes == {
        "ERROR_CODE": "ClientException", "IS_PAYLOAD_TRUNCATED": "false", "RETRY_ATTEMPTS": "0",
        "SCHEDULED_TIME": due.strftime("%Y-%m-%dT%H:%M:%SZ"), "SCHEDULE_ARN": arn, "TARGET_ARN": SUBMIT,
    }  # fmt: skip


def receive(aws: LocalBatch, url: str) -> list[dict[str, Any]]:
    answer = aws.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"])
    return list(answer.get("Messages", []))


def test_the_schedules_of_a_group_that_is_deleted_start_nothing(process_aws: LocalBatch) -> None:
    aws = process_aws
    queue, definition = aws.queue(), aws.definition("true")
    scheduler, group = aws.client("scheduler"), aws.name("group")
    scheduler.create_schedule_group(Name=group)
    kept, gone = (target(aws, queue, definition, name) for name in ("kept", "gone"))
    with once(aws, kept) as (_, _, due):
        # Due a second later: deleted before, as the first is waited for only then.
        late = at(due + timedelta(seconds=1))
        scheduler.create_schedule(
            Name="one", GroupName=group, ScheduleExpression=late, FlexibleTimeWindow=OFF, Target=gone
        )
        scheduler.delete_schedule_group(Name=group)
        aws.until(lambda: jobs(aws, queue, "kept"))
        with once(aws, kept) as (_, _, after):
            assert after > due
            aws.until(lambda: len(jobs(aws, queue, "kept")) == 2)
    assert jobs(aws, queue, "gone") == []


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"ScheduleExpression": "cron(0 3 * * *)"}, "Invalid Schedule Expression cron(0 3 * * *)."),
    ({"ScheduleExpression": "rate(0 minutes)"}, "Invalid Schedule Expression rate(0 minutes)."),
    ({"ScheduleExpression": "at(2026-02-30T00:00:00)"}, "Invalid Schedule Expression"),
    ({"ScheduleExpression": ""}, "length greater than or equal to 1"),
    ({"ScheduleExpressionTimezone": "Asia/Tokio"}, "Invalid ScheduleExpressionTimezone Asia/Tokio."),
    ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, "MaximumWindowInMinutes is required"),
    ({"FlexibleTimeWindow": {"Mode": "OFF", "MaximumWindowInMinutes": 5}}, "must not be set"),
    ({"FlexibleTimeWindow": {"Mode": "SOMETIMES"}}, "enum value set: [OFF, FLEXIBLE]"),
    ({"State": "PAUSED"}, "enum value set: [ENABLED, DISABLED]"),
    ({"StartDate": datetime(2020, 1, 1, tzinfo=UTC)}, "cannot be earlier than 5 minutes ago"),
    ({"EndDate": datetime(2020, 1, 1, tzinfo=UTC)}, "EndDate must be in the future"),
    ({"StartDate": datetime(2100, 1, 2, tzinfo=UTC), "EndDate": datetime(2100, 1, 1, tzinfo=UTC)}, "the StartDate"),
    ({"Name": "a b"}, "regular expression pattern"),
    ({"Target.RoleArn": "arn:aws:iam::1:role/x"}, "regular expression pattern"),
    ({"Target.RoleArn": f"{ACCOUNT}:role/nobody"}, "must allow AWS EventBridge Scheduler to assume the role"),
    ({"Target.RetryPolicy": {"MaximumRetryAttempts": 186}}, "value less than or equal to 185"),
    ({"Target.RetryPolicy": {"MaximumEventAgeInSeconds": 59}}, "value greater than or equal to 60"),
    ({"Target.DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:123456789012:q.fifo"}}, "regular expression pattern"),
    ({"Target.Input": "{"}, "Invalid RequestJson provided"),
    ({"Target.Input": '{"jobName": "n"}'}, "fields ['jobName'] are not supported"),
    ({"Target.Input": '{"JobName": "n"}'}, "['JobQueue', 'JobDefinition'] are missing"),
]  # fmt: skip


@pytest.mark.parametrize("operation", ["create_schedule", "update_schedule"])
def test_schedules_that_aws_refuses_are_refused(process_aws: LocalBatch, operation: str) -> None:
    aws = process_aws
    # botocore would refuse some of it by itself.
    scheduler, name = aws.client("scheduler", parameter_validation=False), aws.name("schedule")
    good: dict[str, Any] = {
        "Name": name,
        "ScheduleExpression": "cron(0 3 * * ? *)",
        "FlexibleTimeWindow": OFF,
        "State": "DISABLED",
        "Target": target(aws, "queue", "definition", "n"),
    }
    if operation == "update_schedule":
        scheduler.create_schedule(**good)
    for change, said in REFUSED:
        if operation == "update_schedule" and said in (
            "cannot be earlier than 5 minutes ago",
            "EndDate must be in the future",
        ):
            continue  # a schedule that runs has a start that is past
        asked = {**good, "Target": dict(good["Target"])}
        for place, value in change.items():
            part = asked["Target"] if place.startswith("Target.") else asked
            part[place.removeprefix("Target.")] = value
        with pytest.raises(ClientError) as caught:
            getattr(scheduler, operation)(**asked)
        assert caught.value.response["Error"]["Code"] == "ValidationException", change
        assert said in caught.value.response["Error"]["Message"], change
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        getattr(scheduler, operation)(**good, GroupName="no-such-group")
    wrong = {**good, "Target": {**good["Target"], "RoleArn": role(aws, "ec2.amazonaws.com")}}
    with pytest.raises(ClientError, match="must allow AWS EventBridge Scheduler to assume the role"):
        getattr(scheduler, operation)(**wrong)
    assert (name in names(aws)) == (operation == "update_schedule")
    if operation == "update_schedule":
        scheduler.delete_schedule(Name=name)
