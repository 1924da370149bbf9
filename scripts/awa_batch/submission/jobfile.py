"""Read ``jobs.jsonl``: one job as a JSON object a line, all of them checked before the first call."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import MISSING, dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from awa_batch.errors import UsageError
from awa_batch.files import read_given
from awa_batch.job import JobSpec
from awa_batch.json_text import JsonError, read_json
from awa_batch.text import Field, Part, Text, Words, as_text

if TYPE_CHECKING:
    from pydantic import ValidationError

MAX_LINES = 999_999
"""What the six digits of the line number in a job's name can tell apart."""

MAX_BYTES = 512 * 1024 * 1024
"""Of one file: half a kilobyte a line, where there are as many as may be."""

FIELDS = tuple(field.name for field in fields(JobSpec))
"""What a line may hold: all that can be said of a job."""


class FileWords(Words):
    """The words of a job file: a job's field by its name there.

    What else there is to say (commands, options of the command that reads the file) is left to whoever tells it.
    """

    def say_fields(self, text: Text) -> Text:
        """Return ``text`` with the job's fields said."""
        return tuple(self.field(part) if isinstance(part, Field) and part.name in FIELDS else part for part in text)


@dataclass(frozen=True)
class JobFile:
    """The file's jobs by line number (from 1; blank lines have none) and the SHA-256 of its bytes."""

    path: Path
    sha256: str
    jobs: dict[int, JobSpec]


class LineErrors:
    """What is wrong with which line: the first is told in full, the others are counted."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._first: tuple[Text, Text] | None = None
        self._lines: list[int] = []

    def add(self, line: int, problem: Part | Text, fix: Part | Text) -> None:
        """Take down that ``line`` is wrong."""
        if self._first is None:
            words = FileWords()
            self._first = (
                (f"{self._file} line {line}: ", *words.say_fields(as_text(problem))),
                words.say_fields(as_text(fix)),
            )
        self._lines.append(line)

    def raise_any(self) -> None:
        """Raise UsageError if there was an error."""
        if self._first is None:
            return
        problem, fix = self._first
        if others := self._lines[1:]:
            shown = ", ".join(map(str, others[:10])) + (", …" if len(others) > 10 else "")
            problem = (
                *problem,
                f" ({len(others)} more {'line is' if len(others) == 1 else 'lines are'} wrong: {shown})",
            )
        raise UsageError(*problem, fix=fix)


def read_jobs(file: Path) -> JobFile:
    """Read ``file`` (UTF-8) once and check every line's form. UsageError names file, line and field."""
    content = read_given(
        file, Field("from", file), "Name a file with one JSON object a line, one for each job.", most=MAX_BYTES
    )
    errors = LineErrors(file)
    jobs = dict(_lines(content, errors))
    errors.raise_any()
    if not jobs:
        raise UsageError(
            Field("from", file), " has no jobs in it.", fix="Write one JSON object a line, one for each job."
        )
    return JobFile(file, hashlib.sha256(content).hexdigest(), jobs)


def _lines(content: bytes, errors: LineErrors) -> Iterable[tuple[int, JobSpec]]:
    from pydantic import ValidationError

    checked = _checker()
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not raw.strip():
            continue
        if number > MAX_LINES:
            errors.add(number, f"a run has at most {MAX_LINES:,} lines.", "Split the file, or make its jobs an array.")
            return
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            errors.add(number, f"not UTF-8 text: {error.reason} at byte {error.start + 1}.", "Save it as UTF-8.")
            continue
        try:
            value = read_json(text)
        except JsonError as error:
            where = "" if error.column is None else f"column {error.column}: "
            errors.add(number, f"{where}{error.problem}.", error.fix or "Write one JSON object on the line.")
            continue
        if not isinstance(value, dict):
            errors.add(number, "not a JSON object.", 'Write {"definition": "…", "command": ["…"]}.')
            continue
        try:
            yield number, checked(value)
        except ValidationError as error:
            errors.add(number, *_told(error))


@cache
def _checker() -> Callable[[dict[str, Any]], JobSpec]:
    """Return what turns a line's object into a spec, or raises pydantic's ValidationError.

    Made here from the spec's own fields: pydantic is loaded where a job file is read, and nowhere else.
    """
    from pydantic import ConfigDict, create_model
    from pydantic import Field as Default

    types = get_type_hints(JobSpec)
    stated: dict[str, Any] = {
        field.name: (
            types[field.name],
            field.default if field.default_factory is MISSING else Default(default_factory=field.default_factory),
        )
        for field in fields(JobSpec)
    }
    line = create_model("JobLine", __config__=ConfigDict(extra="forbid", strict=True), **stated)

    def checked(value: dict[str, Any]) -> JobSpec:
        model = line.model_validate(value)
        return JobSpec(**{name: getattr(model, name) for name in model.model_fields_set})

    return checked


_TYPES = {
    "bool_type": ("a valid boolean", "as true or false, without quotes"),
    "dict_type": ("a valid dictionary", 'as a JSON object: {"NAME": "VALUE"}'),
    "float_type": ("a valid number", "as a number, without quotes"),
    "int_type": ("a valid integer", "as a whole number, without quotes"),
    "list_type": ("a valid list", "as a JSON list of strings"),
    "string_type": ("a valid string", "in double quotes"),
}
"""What a value of another JSON type is not, and how it is written, by pydantic's types of errors."""


def _told(error: ValidationError) -> tuple[str, str]:
    """Return what is wrong with a line's first wrong field, and what to do."""
    first = error.errors()[0]
    field = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(field, FIELDS, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        return f"there is no field {field!r}.", f"{hint}There are: {', '.join(FIELDS)}."
    if first["type"] not in _TYPES:
        return f"{field}: {first['input']!r} is refused: {first['msg']}.", "Correct that field."
    wanted, how = _TYPES[first["type"]]
    return f"{field}: {first['input']!r} is not {wanted}.", f"Write {field} {how}."
