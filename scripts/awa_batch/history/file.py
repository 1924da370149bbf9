"""The history's file: JSON lines in the state directory, one file an environment."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from awa_batch.files import private_folder
from awa_batch.paths import state_dir

_BLOCK = 64 * 1024


@dataclass(frozen=True)
class Submission:
    """One accepted job. ``submitted_at`` is in epoch milliseconds.

    ``queue`` and ``definition`` are names, the latter with its revision; ``origin`` is what submitted it (``submit``,
    ``retry of ID``, a script's name); ``array_size`` is None for a job that is not an array.
    """

    job_id: str
    job_name: str
    queue: str
    definition: str
    submitted_at: int
    origin: str = "submit"
    array_size: int | None = None


def history_file(environment: str) -> Path:
    """Return where the history of ``environment`` lies."""
    return state_dir() / "history" / f"{environment}.jsonl"


def record(environment: str, submission: Submission) -> str:
    """Add a submission; return "", or why that was not possible.

    Never raises: the job is accepted already, and a full disk, or a user without a home, must not make its submission
    look failed.
    """
    line = json.dumps(asdict(submission), ensure_ascii=False) + "\n"
    try:
        file = history_file(environment)
        private_folder(file.parent)
        # One write to a file opened for appending: two processes at once do not mix their lines.
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            written = os.write(descriptor, line.encode())
            if written < len(line.encode()):  # the disk is full: what comes later must not stand on this half line
                os.write(descriptor, b"\n")
                return f"{file}: no space left"
        finally:
            os.close(descriptor)
    except Exception as error:
        return " ".join(str(error).split())
    return ""


def recent(environment: str, limit: int) -> list[Submission]:
    """Return at most ``limit`` submissions, newest first; lines that are not a submission are passed over."""
    found: list[Submission] = []
    names = {field.name for field in fields(Submission)}
    for line in _lines_backwards(history_file(environment)):
        if len(found) >= limit:
            break
        with contextlib.suppress(ValueError, TypeError, AttributeError):
            value = json.loads(line)
            found.append(Submission(**{name: value[name] for name in names & value.keys()}))
    return found


def _lines_backwards(file: Path) -> Iterator[bytes]:
    """Yield the file's lines from the last; only as much of it is read as is asked for."""
    try:
        with file.open("rb") as opened:
            position = opened.seek(0, os.SEEK_END)
            rest = b""
            while position > 0:
                size = min(_BLOCK, position)
                position -= size
                opened.seek(position)
                first, *lines = (opened.read(size) + rest).split(b"\n")
                yield from (line for line in reversed(lines) if line)
                rest = first
            if rest:
                yield rest
    except FileNotFoundError:
        return
