"""Values that are not shown: those under a name that sounds like a secret, by the rule of the job side.

container/runtime/awa_runtime/masking.py has the same for what a job prints; a test holds both against each other.
"""

from __future__ import annotations

import json
import re
from typing import Any

MASK = "**********"
SECRET_NAME = re.compile(r"password|passwd|secret|token|credential|key", re.IGNORECASE)


def is_secret_name(name: str) -> bool:
    """Return whether a value under this name is masked (``db_password``, ``apiKey``, ``AWS_SESSION_TOKEN``)."""
    return SECRET_NAME.search(name) is not None


def masked_request(submit_job: dict[str, Any]) -> dict[str, Any]:
    """Return a SubmitJob request as it may be shown: variables and parameters under secret names are ``**********``.

    In a variable that holds a JSON object (``CONFIG_JSON``), its own members are. The request itself stays as it is.
    """
    shown = dict(submit_job)
    if parameters := shown.get("parameters"):
        shown["parameters"] = {name: _masked(name, value) for name, value in parameters.items()}
    if overrides := shown.get("containerOverrides"):
        shown["containerOverrides"] = _masked_overrides(overrides)
    if several := shown.get("ecsPropertiesOverride"):
        tasks = [
            {**task, "containers": [_masked_overrides(one) for one in task.get("containers", ())]}
            for task in several.get("taskProperties", ())
        ]
        shown["ecsPropertiesOverride"] = {**several, "taskProperties": tasks}
    return shown


def _masked_overrides(overrides: dict[str, Any]) -> dict[str, Any]:
    pairs = [{**pair, "value": _masked(pair["name"], pair["value"])} for pair in overrides.get("environment", ())]
    return {**overrides, **({"environment": pairs} if pairs else {})}


def masked_value(value: Any) -> Any:
    """Return JSON data as it may be shown: what stands under secret names is ``**********``."""
    return _inside(value)


def _masked(name: str, value: str) -> str:
    if is_secret_name(name):
        return MASK if value else value
    if not value.lstrip().startswith(("{", "[")):
        return value
    try:
        inside = json.loads(value)
    except (ValueError, RecursionError):
        return value
    hidden = _inside(inside)
    return value if hidden == inside else json.dumps(hidden, ensure_ascii=False)


def _inside(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: MASK if is_secret_name(name) and item not in (None, "") else _inside(item)
            for name, item in value.items()
        }
    return [_inside(item) for item in value] if isinstance(value, list) else value
