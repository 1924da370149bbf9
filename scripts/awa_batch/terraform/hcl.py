"""Read Terraform files as written: which blocks, which settings on which line, and what of their values is literal.

Nothing is evaluated. What is not written out (a `for`, a template, a calculation) is `UNKNOWN`, and whoever reads on
passes over it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any


class UnreadableError(Exception):
    """A file that python-hcl2 cannot read. Terraform may: its own message is the better one where it cannot either."""


@dataclass(frozen=True)
class Unknown:
    """A value that only terraform can work out."""


UNKNOWN = Unknown()

LOCALS = "local"
"""What references to values of ``locals`` blocks begin with. It is Terraform's word, no environment's name."""


@dataclass(frozen=True)
class String:
    """A string without references."""

    text: str


@dataclass(frozen=True)
class Name:
    """A bare word or a number as written: ``string`` in a type, ``true``, ``50``."""

    text: str


@dataclass(frozen=True)
class List:
    """A list as written."""

    values: tuple[Value, ...]


@dataclass(frozen=True)
class Attribute:
    """One ``key = value`` and its line (from 1); ``key`` None where it is not literal.

    ``start`` and ``end`` are where the value stands in the file's text.
    """

    key: str | None
    line: int
    value: Value
    start: int
    end: int


@dataclass(frozen=True)
class Map:
    """An object or map as written."""

    attributes: tuple[Attribute, ...]


@dataclass(frozen=True)
class Call:
    """A function with its arguments: ``merge(…)``, or ``optional(…)`` in a type."""

    name: str
    arguments: tuple[Value, ...]


@dataclass(frozen=True)
class Conditional:
    """``condition ? one : other``: the value is one of them."""

    values: tuple[Value, ...]


@dataclass(frozen=True)
class Reference:
    """``local.sizes.small`` as its names, and its line (from 1).

    None stands for a step that is no name: ``[*]``, ``[var.x]``.
    """

    names: tuple[str | None, ...]
    line: int


Value = Unknown | String | Name | List | Map | Call | Conditional | Reference


@dataclass(frozen=True)
class Block:
    """A block with its kind, labels and content: ``module "platform" { … }``. A file is a block without a kind."""

    kind: str
    labels: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    blocks: tuple[Block, ...]

    def attribute(self, key: str) -> Attribute | None:
        """Return the attribute of a name, or None."""
        return next((one for one in self.attributes if one.key == key), None)

    def inner(self, kind: str, *labels: str) -> Iterator[Block]:
        """Yield the blocks of a kind directly inside, those with ``labels`` where any are given."""
        yield from (block for block in self.blocks if block.kind == kind and labels in ((), block.labels))


def read_file(file: Path) -> Block:
    """Return what a file says. Raises UnreadableError."""
    try:
        return read_text(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(str(error)) from None


@lru_cache(maxsize=32)
def read_text(text: str) -> Block:
    """Return what a file's text says. Raises UnreadableError."""
    import hcl2  # 0.3 s
    from lark.exceptions import LarkError

    try:
        (body,) = hcl2.parses_to_tree(text).children
    except (LarkError, RecursionError) as error:
        raise UnreadableError(str(error).strip().partition("\n")[0]) from None
    return _block("", (), body)


# What follows walks python-hcl2's tree of lark: nodes have `data` and `children`, tokens are strings with `line`,
# `start_pos` and `end_pos`. It is read as it is since python-hcl2's own data keeps no line of a nested setting.
_IGNORED = {"new_line_or_comment"}


def _parts(node: Any) -> list[Any]:
    return [child for child in node.children if getattr(child, "data", None) not in _IGNORED]


def _line(node: Any) -> int:
    return int(node.line if hasattr(node, "line") else node.meta.line)


def _block(kind: str, labels: tuple[str, ...], body: Any) -> Block:
    attributes, blocks = [], []
    for part in _parts(body):
        if part.data == "attribute":
            attributes.append(_attribute(part))
        elif part.data == "block":
            *head, inner = [one for one in _parts(part) if hasattr(one, "data")]
            first, *rest = (_word(word) or "" for word in head)
            blocks.append(_block(first, tuple(rest), inner))
    return Block(kind, labels, tuple(attributes), tuple(blocks))


def _word(node: Any) -> str | None:
    """Return a name or a literal string as it is written, None for all else."""
    value = _value(node)
    return value.text if isinstance(value, Name | String) else None


def _value(node: Any) -> Value:
    parts = _parts(node) if hasattr(node, "data") else []
    match getattr(node, "data", None):
        case "expr_term" | "object_elem_key":
            inner = [part for part in parts if hasattr(part, "data")]
            parenthesised = len(parts) > len(inner)
            value = _value(inner[0]) if len(inner) == 1 else UNKNOWN
            return UNKNOWN if parenthesised and isinstance(value, Name) else value
        case "identifier" | "keyword" | "literal_value" | "int_lit" | "float_lit":
            return Name(str(parts[0]))
        case "string":
            return _string(parts)
        case "tuple":
            return List(tuple(_value(part) for part in parts if hasattr(part, "data")))
        case "object":
            return Map(tuple(_attribute(part) for part in parts if getattr(part, "data", None) == "object_elem"))
        case "function_call":
            names = [part for part in parts if getattr(part, "data", None) == "identifier"]
            given = next((part for part in parts if getattr(part, "data", None) == "arguments"), None)
            arguments = [part for part in _parts(given) if hasattr(part, "data")] if given is not None else []
            return Call(str(names[-1].children[0]), tuple(map(_value, arguments)))
        case "conditional":
            return Conditional(tuple(_value(part) for part in [part for part in parts if hasattr(part, "data")][1:]))
        case "get_attr_expr_term" | "index_expr_term" | "attr_splat_expr_term" | "full_splat_expr_term":
            return _reference(node)
        case _:
            return UNKNOWN


def _reference(node: Any) -> Value:
    of, step = _parts(node)
    match _value(of):
        case Reference(names):
            pass
        case Name(text):
            names = (text,)
        case _:
            return UNKNOWN
    inner = [part for part in _parts(step) if hasattr(part, "data")]
    one = _word(inner[0]) if len(inner) == 1 and "splat" not in step.data else None
    return Reference((*names, one), _line(node))


def _attribute(node: Any) -> Attribute:
    key, _separator, value = _parts(node)
    return Attribute(_word(key), _line(key), _value(value), value.meta.start_pos, value.meta.end_pos)


def _string(parts: list[Any]) -> Value:
    _opening, *inner, _closing = parts
    chars = [char for part in inner for char in part.children]
    if any(hasattr(char, "data") or char.type != "STRING_CHARS" or "\\" in char for char in chars):
        return UNKNOWN
    return String("".join(chars))
