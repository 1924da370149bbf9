"""Read Terraform's values in JSON (``*.tfvars.json``) as `hcl` has them: Python's own reader keeps no line of a key."""

from __future__ import annotations

import json
import re
from pathlib import Path

from awa_batch.terraform import hcl

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*")
_COMMENT = "//"
"""A key of the outermost object that Terraform passes over ("Comment properties" in its JSON syntax)."""


def read_file(file: Path) -> hcl.Block:
    """Return the values that a file gives. Raises hcl.UnreadableError where it is not one object in JSON."""
    try:
        text = file.read_text(encoding="utf-8")
        json.loads(text)  # what follows takes well-formed text for granted
        value, _end = _value(text, _after_space(text, 0))
    except (OSError, ValueError, RecursionError) as error:
        raise hcl.UnreadableError(str(error)) from None
    if not isinstance(value, hcl.Map):
        raise hcl.UnreadableError("It is not an object.")
    return hcl.Block("", (), tuple(one for one in value.attributes if one.key != _COMMENT), ())


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _value(text: str, at: int) -> tuple[hcl.Value, int]:
    """Return the value that starts at ``at``, and where it ends."""
    match text[at]:
        case "{":
            return _map(text, at)
        case "[":
            return _list(text, at)
        case _:
            value, end = _DECODER.raw_decode(text, at)
            return hcl.String(value) if isinstance(value, str) else hcl.Name(text[at:end]), end


def _map(text: str, at: int) -> tuple[hcl.Value, int]:
    attributes = []
    at = _after_space(text, at + 1)
    while text[at] != "}":
        line = text.count("\n", 0, at) + 1
        key, at = _DECODER.raw_decode(text, at)
        colon = _after_space(text, at)
        start = _after_space(text, colon + 1)
        value, end = _value(text, start)
        attributes.append(hcl.Attribute(key, line, value, start, end))
        at = _after_comma(text, end)
    return hcl.Map(tuple(attributes)), at + 1


def _list(text: str, at: int) -> tuple[hcl.Value, int]:
    values = []
    at = _after_space(text, at + 1)
    while text[at] != "]":
        value, end = _value(text, at)
        values.append(value)
        at = _after_comma(text, end)
    return hcl.List(tuple(values)), at + 1


def _after_comma(text: str, at: int) -> int:
    at = _after_space(text, at)
    return _after_space(text, at + 1) if text[at] == "," else at
