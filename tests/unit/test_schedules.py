"""Schedules of an environment: what is told of them, what pausing sends, and what a run by hand submits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from awa_batch.batch.failures import CallError
from awa_batch.contract import Contract
from awa_batch.errors import AwsError, NotAppliedError, UsageError
from awa_batch.schedules import request_by_hand, schedule_states, switch

KEYS = {"region_name": "ap-northeast-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
NAMED = {"GroupName": "awa-batch-local", "Name": "nightly"}
ARN = "arn:aws:scheduler:ap-northeast-1:123456789012:schedule/awa-batch-local/nightly"
DEFINITION = "arn:aws:batch:ap-northeast-1:123456789012:job-definition/awa-batch-local-fargate-sample:7"
REQUEST: dict[str, Any] = {
    "JobName": "awa-batch-local-nightly-<aws.scheduler.execution-id>",
    "JobQueue": "awa-batch-local-fargate-high-priority",
    "JobDefinition": "awa-batch-local-fargate-sample",
    "ShareIdentifier": "default",
    "Parameters": {"Mode": "delta"},
    "ArrayProperties": {"Size": 3},
    "Tags": {"Schedule": "nightly", "ScheduledTime": "<aws.scheduler.scheduled-time>"},
    "ContainerOverrides": {
        "Environment": [{"Name": "AWA_SCHEDULED_TIME", "Value": "<aws.scheduler.scheduled-time>"}],
        "Command": ["python", "run_batch.py"],
    },
}


def answer(**changes: Any) -> dict[str, Any]:
    return {
        **NAMED,
        "Arn": ARN,
        "Description": "a description",
        "ScheduleExpression": "cron(0 3 * * ? *)",
        "ScheduleExpressionTimezone": "Asia/Tokyo",
        "State": "ENABLED",
        "StartDate": datetime(2026, 1, 1, tzinfo=UTC),
        "CreationDate": datetime(2026, 1, 1, tzinfo=UTC),
        "LastModificationDate": datetime(2026, 1, 2, tzinfo=UTC),
        "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5},
        "ActionAfterCompletion": "NONE",
        "Target": {
            "Arn": "arn:aws:scheduler:::aws-sdk:batch:submitJob",
            "RoleArn": "arn:aws:iam::123456789012:role/awa-batch-local-schedules",
            "Input": json.dumps(REQUEST),
            "DeadLetterConfig": {"Arn": "arn:aws:sqs:ap-northeast-1:123456789012:q"},
            "RetryPolicy": {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 3},
        },
        **changes,
    }


@contextmanager
def stubbed(contract: Contract, *answers: dict[str, Any] | str, revisions: int | None = 7) -> Iterator[Any]:
    """Give clients whose Scheduler gives these answers to GetSchedule (a text: an error of that code)."""
    scheduler, batch = boto3.client("scheduler", **KEYS), boto3.client("batch", **KEYS)
    with Stubber(scheduler) as stub, Stubber(batch) as batch_stub:
        for one in answers:
            if isinstance(one, str):
                status = 404 if one == "ResourceNotFoundException" else 403
                stub.add_client_error("get_schedule", one, "no", status)
            else:
                stub.add_response("get_schedule", one, NAMED)
        found = [
            {
                "jobDefinitionName": "awa-batch-local-fargate-sample", "jobDefinitionArn": DEFINITION,
                "type": "container",
                "revision": revisions, "containerProperties": {"image": "repository@sha256:0"},
            }
        ] if revisions else []  # fmt: skip
        asked = {"jobDefinitionName": "awa-batch-local-fargate-sample", "status": "ACTIVE"}
        batch_stub.add_response("describe_job_definitions", {"jobDefinitions": found}, asked)
        yield SimpleNamespace(contract=contract, scheduler=scheduler, batch=batch, stub=stub)


@pytest.fixture
def one(contract: Contract) -> Contract:
    """A contract with the one schedule ``nightly``."""
    return replace(contract, schedules={"nightly": contract.schedules["nightly"]})


def test_what_aws_has_is_told_beside_what_terraform_wants(one: Contract) -> None:
    with stubbed(one, answer(State="DISABLED")) as clients:
        (found,) = schedule_states(clients, 2)
    assert (found.state, found.wanted, found.is_on) == ("DISABLED", "ENABLED", False)
    assert (found.queue, found.job_definition) == ("fargate-low-priority", "fargate-sample")
    assert [moment.strftime("%H:%M %Z") for moment in found.next] == ["03:00 JST", "03:00 JST"]
    assert found.next[0] > datetime.now(UTC)


def test_a_schedules_end_and_what_is_not_understood_are_no_error(one: Contract) -> None:
    with stubbed(
        one, answer(EndDate=datetime(2026, 2, 1, tzinfo=UTC)), answer(ScheduleExpression="moon(full)")
    ) as clients:
        assert [schedule_states(clients, 2)[0].next for _ in range(2)] == [(), ()]


def test_one_that_aws_has_not_is_missing_and_an_error_is_told(one: Contract) -> None:
    with stubbed(one, "ResourceNotFoundException", "AccessDeniedException", "ResourceNotFoundException") as clients:
        assert schedule_states(clients, 2)[0].state == "MISSING"
        with pytest.raises(CallError, match="looking at the schedule nightly"):
            schedule_states(clients, 2)
        with pytest.raises(NotAppliedError, match="AWS has no schedule nightly in the group awa-batch-local"):
            switch(clients, "nightly", "DISABLED")


def test_pausing_sends_back_all_that_was_read(one: Contract) -> None:
    """UpdateSchedule sets what it is not given to its default."""
    before = answer()
    with stubbed(one, before) as clients:
        of_aws = ("Arn", "CreationDate", "LastModificationDate")
        expected = {**{name: value for name, value in before.items() if name not in of_aws}, "State": "DISABLED"}
        clients.stub.add_response("update_schedule", {"ScheduleArn": ARN}, expected)
        assert switch(clients, "nightly", "DISABLED")
        clients.stub.assert_no_pending_responses()


def test_pausing_what_is_paused_changes_nothing(one: Contract) -> None:
    with stubbed(one, answer(State="DISABLED")) as clients:
        assert not switch(clients, "nightly", "DISABLED")


def test_a_run_by_hand_submits_what_the_schedule_would(one: Contract) -> None:
    with stubbed(one, answer()) as clients:
        request = request_by_hand(clients, "nightly")
    sent: Any = dict(request.submit_job)
    assert sent.pop("jobName").startswith("awa-batch-local-nightly-by-hand-")
    now = sent["tags"].pop("ScheduledTime")
    assert abs((datetime.now(UTC) - datetime.strptime(now, "%Y-%m-%dT%H:%M:%S%z")).total_seconds()) < 60
    assert sent == {
        "jobQueue": one.queues["fargate-high-priority"].arn, "jobDefinition": DEFINITION, "shareIdentifier": "default",
        "parameters": {"Mode": "delta"}, "arrayProperties": {"size": 3}, "tags": {"Schedule": "nightly"},
        "containerOverrides": {
            "environment": [{"name": "AWA_SCHEDULED_TIME", "value": now}], "command": ["python", "run_batch.py"],
        },
    }  # fmt: skip
    assert request.image == "repository@sha256:0"


def test_a_name_without_the_attempts_id_says_so_too_and_is_unique(one: Contract) -> None:
    changed = answer()
    changed["Target"]["Input"] = json.dumps({**REQUEST, "JobName": "fixed"})
    with stubbed(one, changed) as clients:
        name = request_by_hand(clients, "nightly").job_name
    assert name.startswith("fixed-by-hand-")
    assert len(name) > len("fixed-by-hand-")


@pytest.mark.parametrize("target", [
    {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"}, {"Input": "no JSON"}, {"Input": "[]"}, {"Input": "{}"},
])  # fmt: skip
def test_what_submits_no_job_is_not_run(one: Contract, target: dict[str, str]) -> None:
    changed = answer()
    changed["Target"] |= target
    with stubbed(one, changed) as clients, pytest.raises(AwsError, match="nightly submits no job of local"):
        request_by_hand(clients, "nightly")


def test_before_the_first_release_nothing_is_run(one: Contract) -> None:
    with stubbed(one, answer(), revisions=None) as clients, pytest.raises(NotAppliedError, match="no ACTIVE revision"):
        request_by_hand(clients, "nightly")


def test_a_name_that_is_not_there_names_the_nearest(contract: Contract) -> None:
    with pytest.raises(UsageError) as caught:
        switch(SimpleNamespace(contract=contract), "nighty", "DISABLED")  # type: ignore[arg-type]
    assert "has no schedule 'nighty'" in str(caught.value)
    assert "Did you mean 'nightly'? It has: hourly, nightly." in str(caught.value)


def test_a_contract_from_before_there_were_schedules_has_none(contract_value: dict[str, Any]) -> None:
    del contract_value["schedules"]
    found = Contract.checked(contract_value)
    assert found.schedules == {}
    with pytest.raises(UsageError, match="It has none"):
        switch(SimpleNamespace(contract=found), "nightly", "DISABLED")  # type: ignore[arg-type]
