"""The options that say a job, made from its spec, and what was said with them turned into a `JobSpec`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence, Set
from pathlib import Path
from typing import Any, TypeVar, cast

import click
from click.core import ParameterSource

from awa_batch.cli import parse
from awa_batch.cli.types import Duration, Number, Whole
from awa_batch.cli.words import words
from awa_batch.errors import UsageError
from awa_batch.job import JobSpec
from awa_batch.job.spec import STATEMENTS
from awa_batch.job.statement import Reading, Way

_F = TypeVar("_F", bound=Callable[..., Any])

MAX_INTEGER = 2**31 - 1
"""The largest number that SubmitJob takes of anything (model: Integer, a 32-bit integer)."""

_FILE = click.Path(path_type=Path)
_TYPES: dict[Reading, dict[str, Any]] = {
    "argument": {},
    "command": {},
    "duration": {"type": Duration()},
    "env_file": {"type": _FILE},
    "flag": {"is_flag": True},
    "integer": {"type": Whole(-MAX_INTEGER, MAX_INTEGER)},
    "json_file": {"type": _FILE},
    "number": {"type": Number(-MAX_INTEGER, MAX_INTEGER)},
    "object_file": {"type": _FILE},
    "pairs": {"multiple": True},
    "rows": {"type": _FILE},
    "strings_file": {"type": _FILE},
    "tags": {},
    "text": {},
    "variables": {},
    "words": {"multiple": True},
}
"""What click is told of each reading."""

_READ: dict[Reading, Callable[[Any, str], Any]] = {
    "command": parse.command,
    "duration": lambda seconds, _flag: round(seconds),
    "env_file": parse.environment_file,
    "json_file": parse.json_value,
    "object_file": parse.overrides_file,
    "pairs": parse.pairs,
    "strings_file": parse.parameters_file,
    "tags": parse.tags,
    "variables": parse.environment_json,
    "words": parse.words,
}
"""What makes a value of what was typed, and refuses it in the name of its flag; others are taken as they are."""


class Said:
    """What was said of a job with options and arguments."""

    def __init__(self, ways: Mapping[str, Sequence[Way]], given: Mapping[Way, Any], explicit: Set[Way]) -> None:
        """``ways`` are those of each field here, ``given`` what each of them got, ``explicit`` those without defaults.

        None, False and () are nothing.
        """
        self._ways = ways
        self._given = {
            way: value for way, value in given.items() if value is not None and value is not False and value != ()
        }
        self._explicit = explicit

    @property
    def each(self) -> Path | None:
        """The file with one child a row; None where none is named."""
        return next((cast("Path", value) for way, value in self._given.items() if way.reading == "rows"), None)

    def is_explicit(self, field: str) -> bool:
        """Return whether the user said a field, by flag or variable, rather than left it to a default."""
        return any(way in self._explicit for way in self._ways[field])

    def spec(self) -> JobSpec:
        """Read everything and return it as a spec. Raises UsageError in the name of the flag at fault."""
        words().files.clear()
        said = {}
        for field, ways in self._ways.items():
            found = [way for way in ways if way in self._given and way.reading != "rows"]
            if found:
                said[field] = self._value(field, found)
        return JobSpec(**said)

    def _value(self, field: str, ways: Sequence[Way]) -> Any:
        values = [self._read(field, way) for way in ways]
        if len(values) == 1:
            return values[0]
        if all(isinstance(value, dict) for value in values):
            return {name: value for part in reversed(values) for name, value in part.items()}
        first, second = (f"after {way.flag}" if way.reading == "rest" else f"by {way.flag}" for way in ways)
        raise UsageError(f"The {field} is given twice: {first} and {second}.", fix="Give it one way.")

    def _read(self, field: str, way: Way) -> Any:
        value = self._given[way]
        if way.reading in ("json_file", "object_file"):
            words().files[field] = str(value)
        if way.reading == "rest":
            return list(value)
        return _READ[way.reading](value, way.flag) if way.reading in _READ else value


def job_options(command: _F) -> _F:
    """Add what `submit` takes to say a job; the command gets it as the argument ``said``."""
    return _options(command, {field: statement.ways for field, statement in STATEMENTS.items()}, {})


def classic_options(**defaults: str) -> Callable[[_F], _F]:
    """Add the same under the names of the classic scripts, with ``defaults`` of fields."""
    ways = {field: statement.classic_ways for field, statement in STATEMENTS.items()}
    more = {
        ways[field][0]: {
            "envvar": statement.classic.variable,
            "show_envvar": True,
            **({"default": defaults[field], "show_default": True} if field in defaults else {}),
        }
        for field, statement in STATEMENTS.items()
        if statement.classic.variable
    }
    return lambda command: _options(command, ways, more)


def _options(command: _F, ways: Mapping[str, Sequence[Way]], more: Mapping[Way, Mapping[str, Any]]) -> _F:
    names = {way: f"job_{place}" for place, way in enumerate(way for said in ways.values() for way in said)}

    @functools.wraps(command)
    def packed(*args: Any, **given: Any) -> Any:
        source = click.get_current_context().get_parameter_source
        explicit = {way for way, name in names.items() if source(name) not in (None, ParameterSource.DEFAULT)}
        said = Said(ways, {way: given.pop(name) for way, name in names.items()}, explicit)
        return command(*args, said=said, **given)

    for way, name in reversed(names.items()):
        add: Callable[[Any], Any]
        if way.reading == "argument":
            add = click.argument(name, required=False, metavar=f"[{way.flag}]")
        elif way.reading == "rest":
            add = click.argument(name, nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND [ARG]...]")
        else:
            kinds = {**_TYPES[way.reading], **more.get(way, {})}
            add = click.option(*way.flags, name, metavar=way.metavar, help=way.help, **kinds)
        packed = add(packed)
    return cast("_F", packed)
