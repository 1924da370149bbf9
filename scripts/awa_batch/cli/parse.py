"""Turn what people type into values, or say what is wrong with it: one line naming the flag, one of what to do."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from awa_batch.errors import UsageError
from awa_batch.files import read_given_text
from awa_batch.json_text import JsonError, read_json


def pairs(given: Sequence[str], flag: str) -> dict[str, str]:
    """Read ``K=V`` arguments; a later one of the same key wins."""
    result: dict[str, str] = {}
    for entry in given:
        key, sign, value = entry.partition("=")
        if not sign or not key:
            raise UsageError(f"{flag} {entry!r} has no name and value.", fix=f"Write {flag} NAME=VALUE.")
        result[key] = value
    return result


def command(text: str, flag: str) -> list[str]:
    """Read a JSON list of strings."""
    try:
        value = read_json(text)
    except JsonError:
        value = None
    if not isinstance(value, list) or not value or not all(isinstance(word, str) for word in value):
        try:
            words = shlex.split(text)
        except ValueError:
            words = ["echo", "hello"]
        raise UsageError(
            f"{flag} {text!r} is not a JSON list of strings.",
            fix=f"Write {flag} '{json.dumps(words or ['echo', 'hello'])}', or the words after --.",
        )
    return value


def words(given: Sequence[str], flag: str) -> list[str]:
    """Read a list: the argument again for more, or several in one with commas between them.

    An empty one is refused: a shell variable that is not set must not leave a dependency out.
    """
    found = [word.strip() for text in given for word in text.split(",")]
    if "" in found:
        raise UsageError(f"{flag} has an empty value.", fix="Check the variable that it comes from, or leave it out.")
    return found


def tags(text: str, flag: str) -> dict[str, str]:
    """Read ``K=V,K=V`` or a JSON object of strings."""
    if text.lstrip().startswith("{"):
        return string_values(_json(text, flag), flag)
    return pairs([part for part in text.split(",") if part.strip()], flag)


def environment_json(text: str, flag: str) -> dict[str, str]:
    """Read variables from JSON: an object of strings, or AWS's list of names and values."""
    value = _json(text, flag)
    if isinstance(value, list):
        named = [isinstance(entry, dict) and entry.keys() == {"name", "value"} for entry in value]
        if not all(named):
            raise UsageError(
                f"{flag}: entry {named.index(False) + 1} is not a name and a value.",
                fix='Write [{"name": "A", "value": "1"}], or {"A": "1"}.',
            )
        value = {str(entry["name"]): entry["value"] for entry in value}
    return string_values(value, flag)


def string_values(value: object, flag: str) -> dict[str, str]:
    """Read a JSON object as strings: a value that is none becomes JSON text, as a command or a variable needs it."""
    if not isinstance(value, dict):
        raise UsageError(f"{flag} is not a JSON object.", fix='Write {"NAME": "VALUE"}.')
    for name, entry in value.items():
        if entry is None:
            raise UsageError(f"{flag}: {name} is null.", fix=f"Give {name} a value, or leave it out.")
    return {
        name: entry if isinstance(entry, str) else json.dumps(entry, separators=(",", ":"), ensure_ascii=False)
        for name, entry in value.items()
    }


def environment_file(file: Path, flag: str) -> dict[str, str]:
    """Read variables from a file of ``NAME=VALUE`` lines (comments, quotes and ``export`` as in .env files)."""
    from dotenv.parser import parse_stream

    values: dict[str, str] = {}
    for binding in parse_stream(StringIO(read_given_text(file, f"{flag} {file}", "Name a file of NAME=VALUE lines."))):
        if binding.error or (binding.key is not None and binding.value is None):
            original = binding.original.string  # begins with the blank lines before it
            line = binding.original.line + original[: len(original) - len(original.lstrip())].count("\n")
            raise UsageError(f"{flag} {file}: line {line}: not NAME=VALUE.", fix="Write NAME=VALUE there.")
        if binding.key is not None and binding.value is not None:
            values[binding.key] = binding.value
    return values


def parameters_file(file: Path, flag: str) -> dict[str, str]:
    """Read a JSON object of parameters for ``Ref::``; a value that is not a string becomes JSON text."""
    return string_values(json_file(file, flag), f"{flag} {file}")


def overrides_file(file: Path, flag: str) -> dict[str, Any]:
    """Read a JSON object in the form of SubmitJob's ``containerOverrides``."""
    value = json_file(file, flag)
    if not isinstance(value, dict):
        raise UsageError(f"{flag} {file} is not a JSON object.", fix='Write {"command": ["echo", "hello"]}.')
    return value


def json_value(file: Path, flag: str) -> Any:
    """Return what the JSON ``file`` holds, which must be something."""
    value = json_file(file, flag)
    if value is None:
        raise UsageError(f"{flag} {file} is null.", fix="Write a value, or leave the flag out.")
    return value


def json_file(file: Path, flag: str) -> Any:
    """Return what the JSON ``file`` holds. UsageError names line and column of what is malformed."""
    return _json(read_given_text(file, f"{flag} {file}", "Name a JSON file that can be read."), f"{flag} {file}")


def _json(text: str, source: str) -> Any:
    try:
        return read_json(text)
    except JsonError as error:
        where = "" if error.line is None else f"line {error.line} column {error.column}: "
        raise UsageError(f"{source}: {where}{error.problem}.", fix=error.fix or "Correct the JSON there.") from None
