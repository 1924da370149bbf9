"""Text that can reach a job: no NUL, no half of a surrogate pair, no empty word in a command."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from awa_batch.errors import UsageError
from awa_batch.text import Field

UNSENDABLE = re.compile("[\0\ud800-\udfff]")
"""NUL, which ends a word and a variable (POSIX, exec), and what UTF-8 cannot encode (RFC 3629, section 3)."""


def fault_of(value: Any) -> str:
    """Return what is wrong with the text in a JSON value, at any depth, as the end of a sentence; "" where nothing is.

    The place of a text within the value is named before it.
    """
    if isinstance(value, str):
        found = UNSENDABLE.search(value)
        if found is None:
            return ""
        if found[0] == "\0":
            return "has a NUL character, which no command, variable or tag can hold"
        return f"has half of a surrogate pair ({found[0]!a}): that is no text in UTF-8"
    if isinstance(value, Mapping):
        for key, part in value.items():
            if fault := fault_of(key):
                return f"the name {key!a} {fault}"
            if fault := fault_of(part):
                return f"{key!a}: {fault}" if isinstance(part, Mapping | list | tuple) else f"{key!a} {fault}"
    elif isinstance(value, list | tuple):
        for place, part in enumerate(value, start=1):
            if fault := fault_of(part):
                return (
                    f"entry {place}: {fault}" if isinstance(part, Mapping | list | tuple) else f"entry {place} {fault}"
                )
    return ""


def check_text(value: Any, field: str) -> None:
    """Refuse text, at any depth of a JSON value, that cannot reach a job; ``field`` is what has it."""
    if fault := fault_of(value):
        raise UsageError(
            Field(field), f" {fault}." if isinstance(value, str) else f": {fault}.", fix="Take that character out."
        )


def check_command(command: Iterable[str], field: str = "command") -> None:
    """Refuse a command with an empty word (model: ContainerOverrides.command); ``field`` is what has it."""
    for place, word in enumerate(command, start=1):
        if word == "":
            raise UsageError(
                Field(field),
                f": word {place} of the command is empty, and AWS Batch takes no empty string there.",
                fix='Leave the word out, or let a shell make it: ["sh", "-c", "…"].',
            )
