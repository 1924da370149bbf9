"""An environment's schedules: how they stand and when they are due next, on and off, and one run by hand."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from awa_batch.batch.definitions import newest_definition
from awa_batch.batch.schedules import State, get_schedule, set_state
from awa_batch.batch.service_model import shape_of
from awa_batch.contract import find_queue, find_schedule
from awa_batch.errors import AwsError, NotAppliedError
from awa_batch.limits.job import MAX_JOB_NAME
from awa_batch.request.build import unique_job_name
from awa_batch.request.model import JobRequest, without_empty
from awa_batch.text import Step
from eventbridge_schedules import ExpressionError, expression_of, filled, member_names

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.contract import Schedule

BY_HAND = "by-hand"
"""What the name of a job says that was not started by the clock."""
_SUBMIT = ":aws-sdk:batch:submitJob"


@dataclass(frozen=True)
class ScheduleState:
    """A schedule as AWS has it; ``queue`` and ``job_definition`` are logical names.

    ``state`` is AWS's word (ENABLED, DISABLED, or MISSING where it has no such schedule) and ``wanted`` Terraform's.
    ``next`` are the next times in the schedule's time zone: also of one that is off, which would be its times.
    """

    name: str
    state: str
    wanted: State
    expression: str
    timezone: str
    queue: str
    job_definition: str
    next: tuple[datetime, ...] = ()

    @property
    def is_on(self) -> bool:
        """Whether it starts jobs."""
        return self.state == "ENABLED"


def schedule_states(clients: Clients, times: int) -> list[ScheduleState]:
    """Return the environment's schedules by name, each with its next ``times``. One call each. Raises CallError."""
    now = datetime.fromtimestamp(time.time(), UTC)
    return [
        _state(name, schedule, get_schedule(clients.scheduler, schedule.group, name), now, times)
        for name, schedule in sorted(clients.contract.schedules.items())
    ]


def _state(name: str, schedule: Schedule, found: Mapping[str, Any] | None, now: datetime, times: int) -> ScheduleState:
    expression = str(found["ScheduleExpression"]) if found else ""
    timezone = str(found.get("ScheduleExpressionTimezone") or "UTC") if found else ""
    return ScheduleState(
        name=name,
        state=str(found.get("State") or "ENABLED") if found else "MISSING",
        wanted="ENABLED" if schedule.enabled else "DISABLED",
        expression=expression,
        timezone=timezone,
        queue=schedule.queue,
        job_definition=schedule.job_definition,
        next=_next(found, expression, timezone, now, times) if found else (),
    )


def _next(found: Mapping[str, Any], expression: str, timezone: str, now: datetime, times: int) -> tuple[datetime, ...]:
    try:
        parsed = expression_of(expression, timezone)
    except ExpressionError:  # AWS took it: it knows more than we do
        return ()
    created = found.get("CreationDate") or now
    return tuple(islice(parsed.due(now, created, found.get("StartDate"), found.get("EndDate")), times))


def switch(clients: Clients, name: str, state: State) -> bool:
    """Turn a schedule on or off; return whether that changed anything. Two calls.

    Raises UsageError for a name that the environment does not have, NotAppliedError where AWS has no such schedule,
    CallError.
    """
    found = _found(clients, name)
    if (found.get("State") or "ENABLED") == state:
        return False
    set_state(clients.scheduler, found, state)
    return True


def request_by_hand(clients: Clients, name: str) -> JobRequest:
    """Return the request that a schedule would send now: its target's input, with the newest ACTIVE revision.

    The job's name has ``by-hand`` where the id of Scheduler's attempt would be, and the scheduled time is now. Two
    calls. Raises what `switch` raises, and AwsError for a target that is no SubmitJob of this environment.
    """
    found = _found(clients, name)
    target = found["Target"]
    text = filled(
        str(target.get("Input") or "{}"),
        schedule_arn=str(found["Arn"]),
        scheduled_time=datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        execution_id=unique_job_name(BY_HAND),
        attempt=1,
    )
    try:
        sent = member_names(shape_of("SubmitJobRequest"), json.loads(text))
        named, queue, definition = str(sent["jobName"]), str(sent["jobQueue"]), str(sent["jobDefinition"])
    except (ValueError, KeyError, TypeError):
        raise _changed(clients, name) from None
    if not str(target["Arn"]).endswith(_SUBMIT):
        raise _changed(clients, name)
    if BY_HAND not in named or len(named) > MAX_JOB_NAME:
        named = unique_job_name(f"{named}-{BY_HAND}")
    newest = newest_definition(clients.batch, definition)
    if newest is None:
        step = clients.contract.target
        raise NotAppliedError(
            f"The job definition {definition} has no ACTIVE revision: no image has been released to it yet.",
            fix=("Run ", step.release_step, " and ", step.apply_step, "."),
        )
    return JobRequest(
        submit_job=without_empty(
            {
                **sent,
                "jobName": named,
                "jobQueue": find_queue(clients.contract, queue).arn,
                "jobDefinition": newest["jobDefinitionArn"],
            }
        ),
        image=newest["containerProperties"].get("image", ""),
    )


def _found(clients: Clients, name: str) -> dict[str, Any]:
    schedule = find_schedule(clients.contract, name)
    found = get_schedule(clients.scheduler, schedule.group, name)
    if found is None:
        raise NotAppliedError(
            f"AWS has no schedule {name} in the group {schedule.group}.", fix=("Run ", Step("plan", "apply"), ".")
        )
    return found


def _changed(clients: Clients, name: str) -> AwsError:
    return AwsError(
        f"The schedule {name} submits no job of {clients.contract.environment}: it was changed since the last apply.",
        fix=("Set it back with ", Step("plan", "apply"), "."),
    )
