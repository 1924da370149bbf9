"""What a schedule calls: the universal target's input, with Scheduler's keywords filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_KEYWORD = re.compile(r"<aws\.scheduler\.(schedule-arn|scheduled-time|execution-id|attempt-number)>")


def filled(text: str, *, schedule_arn: str, scheduled_time: str, execution_id: str, attempt: int) -> str:
    """Return an input with the context attributes in their places.

    ``scheduled_time`` looks like 2022-03-22T18:59:43Z; ``attempt`` begins with 1 (EventBridge Scheduler guide, "Adding
    context attributes").
    """
    values = {
        "schedule-arn": schedule_arn,
        "scheduled-time": scheduled_time,
        "execution-id": execution_id,
        "attempt-number": str(attempt),
    }
    return _KEYWORD.sub(lambda found: values[found[1]], text)


def member_names(shape: Any, value: Any) -> Any:
    """Return a universal target's input as the SDK takes it.

    Scheduler wants members in Pascal case, down to the last structure (EventBridge Scheduler guide, "Using universal
    targets"); AWS Batch's own begin with a small letter. ``shape`` is botocore's of the request: keys of maps, such as
    the names of tags and parameters, stay as they are. Members that the shape does not have too, for AWS to refuse.
    """
    kind = getattr(shape, "type_name", "")
    if kind == "structure" and isinstance(value, Mapping):
        names = {name[:1].upper() + name[1:]: name for name in shape.members}
        return {
            names.get(key, key): member_names(shape.members[names[key]], inner) if key in names else inner
            for key, inner in value.items()
        }
    if kind == "list" and isinstance(value, list):
        return [member_names(shape.member, item) for item in value]
    if kind == "map" and isinstance(value, Mapping):
        return {key: member_names(shape.value, item) for key, item in value.items()}
    return value
