"""Read ``jobs.jsonl``: one job as a JSON object a line, all of them checked before the first call."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from awa_batch.errors import UsageError
from awa_batch.request import JobOptions

MAX_LINES = 999_999
"""What the six digits of the line number in a job's name can tell apart."""


class JobLine(BaseModel):
    """One line's fields; docs/cli.md lists them. Units: vcpu in vCPUs, memory in MiB, timeout in seconds."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    definition: str | None = None
    queue: str | None = None
    name: str | None = None
    command: list[str] | None = Field(default=None, min_length=1)
    env: dict[str, str] = Field(default_factory=dict)
    config: dict[str, Any] | None = None
    params: dict[str, str] = Field(default_factory=dict)
    vcpu: float | None = None
    memory: int | None = None
    gpu: int | None = None
    timeout: int | None = None
    attempts: int | None = None
    retry_on: list[str] = Field(default_factory=list)
    tags: dict[str, str] = Field(default_factory=dict)
    share_identifier: str | None = None
    scheduling_priority: int | None = None
    depends_on: list[str] = Field(default_factory=list)

    def options(self) -> JobOptions:
        """Return the same as the options of a single submission."""
        environment = dict(self.env)
        if self.config is not None:
            environment["CONFIG_JSON"] = json.dumps(self.config, separators=(",", ":"), ensure_ascii=False)
        return JobOptions(
            name=self.name,
            command=self.command,
            environment=environment,
            parameters=self.params,
            vcpu=self.vcpu,
            memory=self.memory,
            gpu=self.gpu,
            depends_on=tuple(self.depends_on),
            share_identifier=self.share_identifier,
            scheduling_priority=self.scheduling_priority,
            attempts=self.attempts,
            retry_on=tuple(self.retry_on),
            timeout_seconds=self.timeout,
            tags=self.tags,
        )


@dataclass(frozen=True)
class JobFile:
    """The file's jobs by line number (from 1; blank lines have none) and the SHA-256 of its bytes."""

    path: Path
    sha256: str
    jobs: dict[int, JobLine]


class LineErrors:
    """What is wrong with which line: the first is told in full, the others are counted."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._first: tuple[str, str] | None = None
        self._lines: list[int] = []

    def add(self, line: int, what: str, fix: str) -> None:
        """Take down that ``line`` is wrong."""
        if self._first is None:
            self._first = (f"{self._file} line {line}: {what}", fix)
        self._lines.append(line)

    def raise_any(self) -> None:
        """Raise UsageError if there was an error."""
        if self._first is None:
            return
        what, fix = self._first
        if others := self._lines[1:]:
            shown = ", ".join(map(str, others[:10])) + (", …" if len(others) > 10 else "")
            what += f" ({len(others)} more {'line is' if len(others) == 1 else 'lines are'} wrong: {shown})"
        raise UsageError(what, fix=fix)


def read_jobs(file: Path) -> JobFile:
    """Read ``file`` (UTF-8) once and check every line's form. UsageError names file, line and field."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(
            f"--from {file}: {error.strerror}.", fix="Name a file with one JSON object a line, one for each job."
        ) from None
    errors = LineErrors(file)
    jobs = dict(_lines(content, errors))
    errors.raise_any()
    if not jobs:
        raise UsageError(f"--from {file} has no jobs in it.", fix="Write one JSON object a line, one for each job.")
    return JobFile(file, hashlib.sha256(content).hexdigest(), jobs)


def _lines(content: bytes, errors: LineErrors) -> Iterable[tuple[int, JobLine]]:
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
            value = json.loads(text, object_pairs_hook=_no_doubles, parse_constant=_no_constant)
        except json.JSONDecodeError as error:
            errors.add(number, f"column {error.colno}: {error.msg}.", "Write one JSON object on the line.")
            continue
        except _BadValueError as error:
            errors.add(number, f"{error}.", error.fix)
            continue
        if not isinstance(value, dict):
            errors.add(number, "not a JSON object.", 'Write {"definition": "…", "command": ["…"]}.')
            continue
        try:
            yield number, JobLine.model_validate(value)
        except ValidationError as error:
            errors.add(number, *_told(error))


class _BadValueError(Exception):
    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.fix = fix


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        keys = [key for key, _ in pairs]
        double = next(key for key in keys if keys.count(key) > 1)
        raise _BadValueError(f"{double} is there twice", "Keep one of the two.")
    return value


def _no_constant(constant: str) -> None:
    raise _BadValueError(f"{constant} is not JSON", "Write null, or a number.")


def _told(error: ValidationError) -> tuple[str, str]:
    """Return what is wrong with a line's first wrong field, and what to do."""
    first = error.errors()[0]
    field = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(field, JobLine.model_fields, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        return f"there is no field {field!r}.", f"{hint}There are: {', '.join(JobLine.model_fields)}."
    wanted = first["msg"].removeprefix("Input should be ")
    fix = {
        "string_type": f"Write {field} in double quotes.",
        "int_type": f"Write {field} as a whole number, without quotes.",
        "float_type": f"Write {field} as a number, without quotes.",
        "list_type": f"Write {field} as a JSON list of strings.",
        "dict_type": f'Write {field} as a JSON object: {{"NAME": "VALUE"}}.',
        "too_short": f"Leave {field} out, or put something in.",
    }.get(first["type"], "Mend that field.")
    return f"{field}: {first['input']!r} is not {wanted}.".replace("is not List", "does not do: List"), fix
