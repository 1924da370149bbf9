"""Schedules as EventBridge Scheduler has them: look at one, turn one on or off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from awa_batch.batch.failures import CallError, calling

State = Literal["ENABLED", "DISABLED"]


def get_schedule(scheduler: Any, group: str, name: str) -> dict[str, Any] | None:
    """Return GetSchedule's answer, or None where AWS has no such schedule. One call. Raises CallError."""
    try:
        with calling(f"looking at the schedule {name}"):
            answer: dict[str, Any] = dict(scheduler.get_schedule(GroupName=group, Name=name))
            answer["Arn"], answer["ScheduleExpression"], answer["Target"]["Arn"]  # an answer without is none
            return answer
    except CallError as error:
        if error.is_not_there:
            return None
        raise


def set_state(scheduler: Any, schedule: Mapping[str, Any], state: State) -> None:
    """Turn a schedule, as `get_schedule` returned it, on or off, and leave all else as it is. One call.

    UpdateSchedule sets what it is not given to its default (API reference), so all that was read goes back. Raises
    CallError.
    """
    with calling(f"changing the schedule {schedule['Name']}"):
        taken = scheduler.meta.service_model.operation_model("UpdateSchedule").input_shape.members
        kept = {name: value for name, value in schedule.items() if name in taken and value is not None}
        scheduler.update_schedule(**{**kept, "State": state})
