"""How a field of a job is stated: what it is, and the ways to say it.

A statement is data and imports nothing: the command line reads it to make its options, the job file to make its
fields, the documentation to make its table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any, Literal, NamedTuple, TypeVar

Reading = Literal[
    "argument", "command", "duration", "env_file", "flag", "integer", "json_file", "number", "object_file", "pairs",
    "rest", "rows", "strings_file", "tags", "text", "variables", "words",
]  # fmt: skip
"""How what is typed becomes a value.

argument: the word itself, without a flag; text: as it is; integer, number: a number; flag: true
rest: all words after ``--``; command: a JSON list of strings
words: several, with commas or again; pairs: ``K=V``, again for more; tags: ``K=V,K=V`` or a JSON object
duration: seconds, or a number with s, m, h or d; variables: JSON, an object or AWS's list of names and values
env_file: ``NAME=VALUE`` lines; json_file: any JSON; object_file: a JSON object as it is; strings_file: one of strings
rows: a file with one child a row; it makes several requests of one spec, so it is not a value of a spec
"""


class Way(NamedTuple):
    """One way to say a field on the command line: its flags (the first one names it), how it is read, its help."""

    flags: tuple[str, ...]
    reading: Reading
    help: str
    metavar: str | None = None

    @property
    def flag(self) -> str:
        """The first of the flags: the one by which messages name the field."""
        return self.flags[0]


class Classic(NamedTuple):
    """What the classic scripts say instead of a field's first way; ``variable`` takes the place of the flag."""

    flag: str = ""
    variable: str = ""
    help: str = ""


class Statement(NamedTuple):
    """A field: ``about`` is what it is (for the table in docs/cli.md), ``ways`` are those of the command line.

    Where a field has several ways, what an earlier one says wins, name by name where it holds names.
    """

    about: str
    ways: tuple[Way, ...]
    classic: Classic = Classic()

    @property
    def classic_ways(self) -> tuple[Way, ...]:
        """The ways of the classic scripts."""
        first, *more = self.ways
        changed = Way(
            (self.classic.flag,) if self.classic.flag else first.flags,
            "text" if first.reading == "argument" else first.reading,
            self.classic.help or first.help,
            first.metavar,
        )
        return (changed, *more)


_T = TypeVar("_T")
_KEY = "statement"
_AS_IS = Classic()


def stated(
    about: str, *ways: Way, classic: Classic = _AS_IS, default: Any = None, factory: Callable[[], _T] | None = None
) -> Any:
    """Return a dataclass field with its statement; its default is ``default``, or what ``factory`` makes."""
    metadata = {_KEY: Statement(about, ways, classic)}
    return (
        field(metadata=metadata, default=default)
        if factory is None
        else field(metadata=metadata, default_factory=factory)
    )


def statement_of(metadata: Any) -> Statement:
    """Return the statement in a dataclass field's metadata."""
    found = metadata[_KEY]
    assert isinstance(found, Statement)  # noqa: S101 - put there by `stated`
    return found
