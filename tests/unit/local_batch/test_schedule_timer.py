"""Schedules of the local AWS: which times start something, what is tried again, and what is given up."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from local_batch.refusals import Refusal, refuse
from local_batch.rules import schedules as rules
from local_batch.schedules.invocation import Invocation
from local_batch.schedules.timer import Timer

SUBMIT = "arn:aws:scheduler:::aws-sdk:batch:submitJob"
DEAD = "arn:aws:sqs:us-east-1:123456789012:dead"
NOW = datetime(2026, 11, 27, 3, 0, 0, tzinfo=UTC)
DUE = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
BUSY = Refusal("busy", code="ServerException", status=500)


class Gate:
    """moto's store with one group of schedules, and a queue that keeps what it is sent."""

    def __init__(self) -> None:
        self.schedules: dict[str, Any] = {}
        self.rules: dict[str, Any] = {}
        self.sent: list[dict[str, Any]] = []
        self.deleted: list[tuple[str, str]] = []

    @contextmanager
    def backend(self, service: str, region: str) -> Iterator[Any]:
        assert region == "us-east-1"
        if service == "sqs":
            yield SimpleNamespace(send_message=lambda **message: self.sent.append(message))
        elif service == "events":
            yield SimpleNamespace(event_buses={"default": SimpleNamespace(rules=self.rules)})
        else:
            groups = {"default": SimpleNamespace(schedules=self.schedules)}
            yield SimpleNamespace(
                schedule_groups=groups, delete_schedule=lambda group, name: self.deleted.append((group, name))
            )

    def add(self, name: str, expression: str, created: datetime, **more: Any) -> Any:
        values: dict[str, Any] = {
            "name": name, "group_name": "default", "arn": f"arn:{name}", "schedule_expression": expression,
            "schedule_expression_timezone": "UTC", "state": "ENABLED", "start_date": None, "end_date": None,
            "creation_date": created.timestamp(), "last_modified_date": created.timestamp(),
            "action_after_completion": None,
            "target": {"Arn": SUBMIT, "Input": '{"JobName": "<aws.scheduler.scheduled-time>"}'},
        }  # fmt: skip
        self.schedules[name] = SimpleNamespace(**values | more)
        return self.schedules[name]


@pytest.fixture
def gate() -> Gate:
    return Gate()


def timer_of(gate: Gate) -> tuple[Timer, list[str], Callable[[datetime], datetime | None]]:
    """Return a timer, the times whose jobs were submitted, and a look at a moment, which says when the next one is."""
    started: list[str] = []

    def submit(_region: str, asked: dict[str, Any]) -> dict[str, Any]:
        started.append(asked["JobName"])
        return {"jobId": "j"}

    timer = Timer(gate, submit, lambda seconds: seconds)  # type: ignore[arg-type]

    def look(now: datetime) -> datetime | None:
        found = timer._look(["us-east-1"], now)
        for thread in threading.enumerate():
            if thread.name.startswith("schedule "):
                thread.join()
        return found

    return timer, started, look


def test_each_time_starts_once_and_the_next_is_known(gate: Gate) -> None:
    gate.add("hourly", "cron(0 * * * ? *)", NOW - timedelta(minutes=30))
    _, started, look = timer_of(gate)
    assert look(NOW - timedelta(seconds=1)) == NOW
    assert started == []
    assert look(NOW) == NOW + timedelta(hours=1)
    assert look(NOW + timedelta(minutes=59)) == NOW + timedelta(hours=1)
    assert look(NOW + timedelta(hours=1, seconds=3)) == NOW + timedelta(hours=2)
    assert started == ["2026-11-27T03:00:00Z", "2026-11-27T04:00:00Z"]


def test_rates_pass_faster_and_the_clock_on_the_wall_does_not(gate: Gate) -> None:
    timer, started, look = timer_of(gate)
    timer._scaled = lambda seconds: seconds / 60
    gate.add("rate", "rate(1 hour)", NOW)
    assert look(NOW) == NOW + timedelta(minutes=1)
    assert look(NOW + timedelta(minutes=1)) == NOW + timedelta(minutes=2)
    assert started == ["2026-11-27T03:00:00Z", "2026-11-27T03:01:00Z"]
    del gate.schedules["rate"]
    gate.add("cron", "cron(0 12 * * ? *)", NOW)
    assert look(NOW + timedelta(minutes=2)) == DUE


def test_another_speed_wakes_the_thread(gate: Gate) -> None:
    timer, _, _ = timer_of(gate)
    timer._is_dirty = False
    timer.wake()
    assert timer._is_dirty


def test_of_times_that_the_machine_slept_through_the_last_is_started(gate: Gate) -> None:
    gate.add("hourly", "cron(0 * * * ? *)", NOW + timedelta(minutes=1))
    _, started, look = timer_of(gate)
    look(NOW + timedelta(minutes=2))
    assert look(NOW + timedelta(hours=5, minutes=30)) == NOW + timedelta(hours=6)
    assert started == ["2026-11-27T08:00:00Z"]


def test_a_rate_begins_with_its_creation_or_its_start_date(gate: Gate) -> None:
    gate.add("now", "rate(2 hours)", NOW)
    gate.add("later", "rate(2 hours)", NOW, start_date=(NOW + timedelta(hours=1)).timestamp())
    _, started, look = timer_of(gate)
    assert look(NOW) == NOW + timedelta(hours=1)
    look(NOW + timedelta(hours=1))
    look(NOW + timedelta(hours=2))
    assert started == ["2026-11-27T03:00:00Z", "2026-11-27T04:00:00Z", "2026-11-27T05:00:00Z"]


def test_what_passes_while_a_schedule_is_off_is_not_made_up_for(gate: Gate) -> None:
    one = gate.add("hourly", "cron(0 * * * ? *)", NOW - timedelta(minutes=5), state="DISABLED")
    _, started, look = timer_of(gate)
    assert look(NOW - timedelta(minutes=4)) is None
    on = NOW + timedelta(hours=2, minutes=30)
    one.state, one.last_modified_date = "ENABLED", on.timestamp()
    assert look(on) == NOW + timedelta(hours=3)
    assert started == []


def test_a_change_counts_from_when_it_was_made(gate: Gate) -> None:
    one = gate.add("it", "cron(0 9 * * ? *)", NOW)
    _, started, look = timer_of(gate)
    look(NOW)
    changed = NOW + timedelta(minutes=30)
    one.schedule_expression, one.last_modified_date = "cron(15 * * * ? *)", changed.timestamp()
    assert look(changed) == NOW + timedelta(minutes=75)  # not 3:15, before the change
    assert started == []


def test_dates_bound_it_and_the_last_run_deletes_it_where_it_says_so(gate: Gate) -> None:
    end = (NOW + timedelta(hours=1)).timestamp()
    gate.add("bound", "cron(0 * * * ? *)", NOW - timedelta(minutes=5), end_date=end, action_after_completion="DELETE")
    gate.add("kept", "at(2026-11-27T04:00:00)", NOW)
    _, started, look = timer_of(gate)
    look(NOW)
    assert gate.deleted == []
    assert look(NOW + timedelta(hours=1)) is None
    assert gate.deleted == [("default", "bound")]
    assert look(NOW + timedelta(hours=9)) is None
    assert sorted(started) == ["2026-11-27T03:00:00Z", "2026-11-27T04:00:00Z", "2026-11-27T04:00:00Z"]


def test_a_schedule_made_again_under_its_name_is_a_new_one(gate: Gate) -> None:
    gate.add("it", "rate(1 day)", NOW)
    _, started, look = timer_of(gate)
    look(NOW)
    gate.add("it", "rate(1 day)", NOW + timedelta(hours=1))
    look(NOW + timedelta(hours=1))
    del gate.schedules["it"]
    assert look(NOW + timedelta(days=3)) is None
    assert started == ["2026-11-27T03:00:00Z", "2026-11-27T04:00:00Z"]


def test_a_rule_with_a_schedule_is_due_by_utc_and_a_rate_after_its_first_time_has_passed(gate: Gate) -> None:
    timer, _, look = timer_of(gate)
    told: list[tuple[str, str, datetime]] = []
    timer.on_rule = lambda *due: told.append(due)

    def rule(name: str, expression: str | None, state: str = "ENABLED") -> None:
        gate.rules[name] = SimpleNamespace(name=name, arn=f"arn:{name}", scheduled_expression=expression, state=state)

    rule("noon", "cron(0 12 * * ? *)")
    rule("often", "rate(2 hours)")
    rule("pattern", None)
    rule("off", "rate(1 minute)", "DISABLED")
    assert look(NOW) == NOW + timedelta(hours=2)
    assert told == []
    look(NOW + timedelta(hours=2))
    assert told == [("us-east-1", "often", NOW + timedelta(hours=2))]
    rule("often", "rate(1 day)")  # counts from when it was changed
    assert look(NOW + timedelta(hours=3)) == DUE
    assert look(DUE) == NOW + timedelta(hours=27)
    assert told[1:] == [("us-east-1", "noon", DUE)]
    rule("off", "rate(1 minute)")
    assert look(DUE + timedelta(seconds=30)) == DUE + timedelta(minutes=1)
    del gate.rules["often"], gate.rules["off"]
    assert look(DUE + timedelta(minutes=2)) == DUE + timedelta(days=1)
    assert len(told) == 2


def test_the_thread_wakes_for_a_change_and_ends(gate: Gate) -> None:
    timer, started, _ = timer_of(gate)
    timer.start()
    gate.add("now", "rate(1 day)", datetime.now(UTC))
    timer.changed("us-east-1")
    deadline = time.monotonic() + 10
    while not started:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    timer.stop()
    timer._thread.join(10)
    assert not timer._thread.is_alive()


def run(gate: Gate, answers: list[Refusal | Exception | None], **target: Any) -> tuple[list[Any], list[float]]:
    """Run one invocation whose calls are answered so; return what was called with, and the seconds waited."""
    asked: list[Any] = []
    waits: list[float] = []

    def submit(region: str, request: dict[str, Any]) -> dict[str, Any]:
        assert region == "us-east-1"
        asked.append(request)
        if error := answers[min(len(asked), len(answers)) - 1]:
            raise error
        return {"jobId": "j"}

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return False

    text = '{"JobName": "<aws.scheduler.execution-id>", "Try": "<aws.scheduler.attempt-number>"}'
    whole = {"Arn": SUBMIT, "Input": text, "DeadLetterConfig": {"Arn": DEAD}, **target}
    Invocation(gate, submit, wait, "us-east-1", "arn:s", whole, DUE).run()  # type: ignore[arg-type]
    return asked, waits


def told(gate: Gate) -> dict[str, str]:
    (message,) = gate.sent
    assert message["queue_name"] == "dead"
    return {name: value["StringValue"] for name, value in message["message_attributes"].items()}


def test_what_passes_is_tried_again_with_a_new_id(gate: Gate) -> None:
    asked, waits = run(gate, [BUSY, BUSY, None])
    assert [one["Try"] for one in asked] == ["1", "2", "3"]
    assert len({one["JobName"] for one in asked}) == 3
    assert waits == [1.0, 2.0]
    assert gate.sent == []


def test_retries_end_with_their_number(gate: Gate) -> None:
    asked, _ = run(gate, [BUSY], RetryPolicy={"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 3600})
    assert len(asked) == 3
    found = told(gate)
    assert (found["RETRY_ATTEMPTS"], found["EXHAUSTED_RETRY_CONDITION"]) == ("2", "MaximumRetryAttempts")
    assert json.loads(gate.sent[0]["message_body"])["Try"] == "3"


def test_retries_end_with_the_age_of_the_event(gate: Gate) -> None:
    _, waits = run(gate, [BUSY], RetryPolicy={"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 60})
    assert sum(waits) <= 60
    assert told(gate)["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"


def test_the_rules_are_those_of_the_model() -> None:
    model = ServiceModel(Loader().load_service_model("scheduler", "service-2"), "scheduler")
    assert model.shape_for("Name").metadata["pattern"] == rules.NAME
    assert model.shape_for("ScheduleGroupName").metadata["pattern"] == rules.NAME
    assert model.shape_for("RoleArn").metadata["pattern"] == rules.ROLE_ARN
    assert model.shape_for("DeadLetterConfig").members["Arn"].metadata["pattern"] == rules.QUEUE_ARN
    assert model.shape_for("MaximumRetryAttempts").metadata["max"] == rules.ATTEMPTS
    assert model.shape_for("MaximumEventAgeInSeconds").metadata["max"] == rules.AGE


def test_without_a_policy_it_is_awss_own(gate: Gate) -> None:
    _, waits = run(gate, [BUSY])
    assert len(waits) == 185
    assert max(waits) == 60


def test_a_refusal_is_for_good(gate: Gate) -> None:
    asked, waits = run(gate, [refuse("no such queue")])
    assert (len(asked), waits) == (1, [])
    found = told(gate)
    assert found["ERROR_CODE"] == "ClientException"
    assert found["RETRY_ATTEMPTS"] == "0"
    assert "EXHAUSTED_RETRY_CONDITION" not in found


def test_a_fault_of_ours_is_schedulers_own_error(gate: Gate) -> None:
    run(gate, [KeyError("x")], RetryPolicy={"MaximumRetryAttempts": 0})
    found = told(gate)
    assert found["ERROR_CODE"] == "AWS.Scheduler.InternalServerError"
    assert found["ERROR_MESSAGE"] == "Unexpected error occurred while processing the request"


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ({"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"}, "ClientException"),
        ({"Input": "{"}, "ValidationException"),
    ],
)
def test_what_cannot_be_called_is_given_up_at_once(gate: Gate, target: dict[str, str], code: str) -> None:
    asked, _ = run(gate, [None], **target)
    assert asked == []
    assert told(gate)["ERROR_CODE"] == code


def test_without_a_dead_letter_queue_it_is_gone(gate: Gate) -> None:
    run(gate, [refuse("no")], DeadLetterConfig=None)
    assert gate.sent == []
