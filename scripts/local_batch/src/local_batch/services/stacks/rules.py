"""Rules of EventBridge that stacks make: with numbers where Batch has numbers, and refused as PutRule refuses them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from local_batch.json_object import Json
from local_batch.refusals import Refusal
from local_batch.services.stacks.errors import StackResourceError

if TYPE_CHECKING:
    from collections.abc import Callable

_NUMBERS = (("ArrayProperties", "Size"), ("RetryStrategy", "Attempts"))


def install(check: Callable[[Json], None]) -> None:
    """Have moto make rules of what `checked` returns. ``check`` raises Refusal for one that EventBridge refuses."""
    from moto.events.models import Rule

    rule: Any = Rule
    for name in ("create_from_cloudformation_json", "update_from_cloudformation_json"):
        setattr(rule, name, classmethod(_with_checked(getattr(rule, name).__func__, check)))


def _with_checked(original: Any, check: Callable[[Json], None]) -> Any:
    def make(cls: Any, *given: Any, **named: Any) -> Any:
        # moto gives the resource by position when it makes one, by name when it changes one.
        if "cloudformation_json" in named:
            named["cloudformation_json"] = checked(named["cloudformation_json"], check)
        else:
            given = (given[0], checked(given[1], check), *given[2:])
        return original(cls, *given, **named)

    return make


def checked(resource: Json, check: Callable[[Json], None]) -> Json:
    """Return a rule of a template as EventBridge has it. Raises StackResourceError for one that it refuses."""
    found: Json = copy.deepcopy(resource)
    properties = found.get("Properties") or {}
    for target in properties.get("Targets") or ():
        parameters = target.get("BatchParameters") or {}
        for member, inner in _NUMBERS:
            value = (parameters.get(member) or {}).get(inner)
            if isinstance(value, str) and value.isascii() and value.isdigit():
                parameters[member][inner] = int(value)
    try:
        check(properties)
    except Refusal as refusal:
        raise StackResourceError(
            f'Resource handler returned message: "{refusal.message} (Service: EventBridge, Status Code: 400)"'
        ) from None
    return found
