"""Whether policies allow an action: what IAM does with statements that allow, for the conditions that ours have."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

Document = dict[str, Any]


def allowed_by(documents: list[Document], action: str, resource: str, context: dict[str, str]) -> list[tuple[str, str]]:
    """Return the id of each statement that allows it, with the action as it is written there.

    ``resource`` is ``*`` where AWS knows no resource of the action: only a statement with ``*`` counts then (Service
    Authorization Reference, "Resource types"). Raises ValueError for what this does not know: a Deny, NotAction,
    NotResource, an operator.
    """
    found = []
    for document in documents:
        for statement in document["Statement"]:
            if statement["Effect"] != "Allow" or {"NotAction", "NotResource"} & set(statement):
                raise ValueError(f"{statement.get('Sid')}: nothing but what allows is known here")
            written = [one for one in listed(statement["Action"]) if like(one.lower(), action.lower())]
            if not written or not any(like(one, resource) for one in listed(statement["Resource"])):
                continue
            if all(
                holds(operator, context.get(key), listed(values))
                for operator, keys in statement.get("Condition", {}).items()
                for key, values in keys.items()
            ):
                found += [(statement["Sid"], one) for one in written]
    return found


def holds(operator: str, given: str | None, values: list[str]) -> bool:
    """Return whether one condition holds; a key that the request has not makes all but ``Null`` fail."""
    if operator == "Null":
        return (given is None) == (values == ["true"])
    if operator not in ("StringEquals", "StringLike", "ArnEquals", "ArnLike", "Bool"):
        raise ValueError(f"{operator} is not known here")
    if given is None:
        return False
    return given in values if operator in ("StringEquals", "Bool") else any(like(one, given) for one in values)


def listed(value: Any) -> list[Any]:
    """Return a value that may be one or several as a list."""
    return value if isinstance(value, list) else [value]


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern))


def like(pattern: str, text: str) -> bool:
    """Return whether a text fits a pattern of IAM, whose ``*`` takes colons and slashes too."""
    return _compiled(pattern).fullmatch(text) is not None
