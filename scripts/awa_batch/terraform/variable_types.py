"""The types of a module's variables, as far as they name keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from awa_batch.terraform import hcl


@dataclass(frozen=True)
class Fields:
    """The type of an object: the types of its attributes."""

    types: dict[str, Type]


@dataclass(frozen=True)
class Each:
    """The type of a map, list or set: that of its values."""

    type: Type


Type = Fields | Each | None
"""None: a type without keys of its own, or one that says nothing of them (string, number, bool, any)."""


def variable_types(files: Iterable[hcl.Block]) -> dict[str, Type]:
    """Return variable → type of a module, from the content of its files."""
    types: dict[str, Type] = {}
    for content in files:
        for block in content.inner("variable"):
            constraint = block.attribute("type")
            types |= {label: type_of(constraint.value) if constraint else None for label in block.labels}
    return types


def type_of(constraint: hcl.Value) -> Type:
    """Return the type that a variable's type constraint stands for."""
    match constraint:
        case hcl.Call("optional", (inner, *_)):
            return type_of(inner)
        case hcl.Call("map" | "list" | "set", (inner,)):
            return Each(type_of(inner))
        case hcl.Call("object", (hcl.Map(attributes),)):
            return Fields({one.key: type_of(one.value) for one in attributes if one.key is not None})
        case _:
            return None


def has_fields(type_: Type) -> bool:
    """Whether a value of this type has keys that can be wrong."""
    return isinstance(type_, Fields) or (isinstance(type_, Each) and has_fields(type_.type))
