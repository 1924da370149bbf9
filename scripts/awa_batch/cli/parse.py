"""Turn what people type into values, or say what is wrong with it: one line naming the flag, one of what to do."""

from __future__ import annotations

import json
import math
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from awa_batch.errors import UsageError

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)?")
_UNITS = {None: 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


def pairs(given: Sequence[str], flag: str) -> dict[str, str]:
    """Read ``K=V`` arguments; a later one of the same key wins."""
    result: dict[str, str] = {}
    for entry in given:
        key, sign, value = entry.partition("=")
        if not sign or not key:
            raise UsageError(f"{flag} {entry!r} has no name and value.", fix=f"Write {flag} NAME=VALUE.")
        result[key] = value
    return result


def duration(text: str, flag: str) -> int:
    """Read seconds, or a number with s, m, h or d, as whole seconds."""
    match = _DURATION.fullmatch(text.strip().lower())
    seconds = float(match[1]) * _UNITS[match[2]] if match else math.inf
    if seconds == math.inf:
        raise UsageError(f"{flag} {text!r} is not a duration.", fix=f"Write seconds, or 90m, 2h: {flag} 2h.")
    return round(seconds)


def command(text: str | None, args: Sequence[str]) -> list[str] | None:
    """Return the command from ``--command`` (a JSON list of strings) or from the words after ``--``."""
    if text is None:
        return list(args) or None
    if args:
        raise UsageError("The command is given twice: by --command and after --.", fix="Give it one way.")
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, list) or not value or not all(isinstance(word, str) for word in value):
        try:
            words = shlex.split(text)
        except ValueError:
            words = ["echo", "hello"]
        raise UsageError(
            f"--command {text!r} is not a JSON list of strings.",
            fix=f"Write --command '{json.dumps(words or ['echo', 'hello'])}', or the words after --.",
        )
    return value


def json_file_as_text(file: Path, flag: str) -> str:
    """Return the JSON of ``file`` in one line. UsageError names line and column of what is malformed."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{flag} {file}: {error.strerror}.", fix="Name a JSON file that can be read.") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{flag} {file} is not UTF-8 text: {error.reason}.", fix="Save it as UTF-8.") from None

    def refuse(constant: str) -> None:
        raise UsageError(f"{flag} {file}: {constant} is not JSON.", fix="Write null, or a number.")

    try:
        value = json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{flag} {file}: line {error.lineno} column {error.colno}: {error.msg}.", fix="Mend the JSON there."
        ) from None
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
