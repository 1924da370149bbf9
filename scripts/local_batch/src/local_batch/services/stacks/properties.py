"""From the properties of a template to the members of an operation of Batch."""

from __future__ import annotations

import re
from typing import Any

from local_batch.services.stacks.errors import StackResourceError


def translated(shape: Any, value: Any, path: str) -> Any:
    """Return a property as the operation takes it: Pascal case to the model's, text to numbers and back.

    CloudFormation reads "2" where a schema has a number, and 2 where it has a string. Raises StackResourceError for a
    property that there is not.
    """
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        names = {name[:1].upper() + name[1:]: name for name in shape.members}
        if strange := [name for name in value if name not in names]:
            message = (
                f"Properties validation failed with message: {path}: extraneous key [{strange[0]}] is not permitted"
            )
            raise StackResourceError(message)
        return {
            names[name]: translated(shape.members[names[name]], inner, f"{path}/{name}")
            for name, inner in value.items()
            if inner is not None
        }
    if kind == "list" and isinstance(value, list):
        return [translated(shape.member, one, f"{path}/{n}") for n, one in enumerate(value) if one is not None]
    if kind == "map" and isinstance(value, dict):
        return {str(name): translated(shape.value, inner, f"{path}/{name}") for name, inner in value.items()}
    if kind in {"integer", "long"} and isinstance(value, str) and re.fullmatch(r"-?[0-9]+", value):
        return int(value)
    if kind in {"float", "double"} and isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value  # refused by the operation
    if kind == "boolean" and isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if kind == "string" and isinstance(value, bool):
        return str(value).lower()
    if kind == "string" and isinstance(value, (int, float)):
        return str(value)
    return value


def is_true(value: object) -> bool:
    """Whether a property is true, however it is written."""
    return str(value).lower() == "true"


def is_false(value: object) -> bool:
    """Whether a property is given, and false."""
    return str(value).lower() == "false"
