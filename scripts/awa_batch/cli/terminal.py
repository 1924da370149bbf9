"""What a job writes, on its way to a terminal: it never commands the terminal."""

from __future__ import annotations

import re

_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # control sequences: colours, the cursor
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"  # strings: titles, links, clipboard
    r"|\x1b[ -/]*[0-~]"  # escapes of two characters and more
)
"""The sequences of ECMA-48 (sections 5.3 to 5.6), with xterm's BEL as the end of a string."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""All control characters but tab and line feed."""


def plain(text: str) -> str:
    """Return text without terminal control sequences; other control characters become escapes, as in Python.

    A carriage return at the end of a line is a line's end and nothing more.
    """
    if text.isprintable():
        return text
    text = _SEQUENCE.sub("", text.replace("\r\n", "\n").removesuffix("\r"))
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)
