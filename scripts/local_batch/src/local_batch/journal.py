"""The job journal: what happened to each job, a line of JSON each, and what became of jobs whose server was gone."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
from typing import TYPE_CHECKING

from local_batch import state
from local_batch.clock import now_ms
from local_batch.json_object import Json
from local_batch.scheduler.job import ENDED

if TYPE_CHECKING:
    from pathlib import Path

    from local_batch.scheduler.job import Job

ROTATE_BYTES = 32 << 20
"""A journal larger than this when a server starts is put aside as ``jobs.jsonl.1``."""
SET_ASIDE = "is set aside as"
"""Part of the line that tells of a damaged file."""

_NEEDED: dict[str, dict[str, type]] = {
    "process": {"job": str, "pid": int, "started": str},
    "container": {"job": str},
}

log = logging.getLogger(__name__)


class Journal:
    """The job journal of a state directory; lines are only ever appended.

    It is a server's, or, where it does not ``serves``, of somebody who writes down what became of a killed one's jobs.
    """

    def __init__(self, state_dir: Path, server_id: str, *, serves: bool = True) -> None:
        self.path = state_dir / state.JOURNAL
        self._server_id = server_id
        self._lock = threading.Lock()
        self.left, damaged = read_left(self.path)
        if damaged:
            _set_damaged_aside(self.path, damaged)
        if self.path.exists() and self.path.stat().st_size > ROTATE_BYTES:
            self.path.replace(self.path.with_suffix(".jsonl.1"))
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        if serves:
            self.write({"event": "server-started", "server": server_id, "pid": os.getpid()})

    def write(self, entry: Json) -> None:
        """Append one line. It is with the operating system when this returns, so a killed server loses nothing."""
        line = json.dumps({"at": now_ms(), **entry}, separators=(",", ":")).encode() + b"\n"
        with self._lock, contextlib.suppress(OSError):
            os.write(self._file, line)

    def changed(self, job: Job) -> None:
        """Take down a job's change of state: where it begins, where it runs, where it ends."""
        if job.status == "SUBMITTED":
            submission = job.submission
            self.write(
                {
                    "event": "submitted",
                    "job": job.id,
                    "name": submission.name,
                    "queue": submission.queue.name,
                    "definition": submission.definition.arn,
                    **({"size": submission.array_size} if submission.array_size else {}),
                }
            )
        elif job.status == "RUNNING" or job.status in ENDED:
            last = job.attempts[-1]["container"] if job.attempts and job.status in ENDED else {}
            self.write(
                {
                    "event": job.status.lower(),
                    "job": job.id,
                    **({"reason": job.status_reason} if job.status_reason else {}),
                    **({"exitCode": last["exitCode"]} if last.get("exitCode") is not None else {}),
                }
            )

    def account(self, killed: list[str]) -> list[Json]:
        """Write down what became of each job that a former server did not bring to its end; return the lines."""
        lines = []
        for job_id, entry in self.left.jobs.items():
            was = "running" if entry.get("running") else "waiting"
            if job_id in killed:
                what = "its process or container still ran and was stopped"
            elif was == "running":
                what = "its process or container was gone"
            else:
                what = "it had not started"
            line = {
                "event": "lost",
                "job": job_id,
                "name": entry.get("name"),
                "was": was,
                "reason": f"The local AWS was killed or the machine restarted; {what}.",
            }
            lines.append(line)
            self.write(line)
        return lines

    def forgotten(self) -> None:
        """Say that the server has forgotten every job, none of which runs."""
        self.write({"event": "server-reset", "server": self._server_id})

    def close(self) -> None:
        """Say that the server stopped cleanly."""
        self.write({"event": "server-stopped", "server": self._server_id})
        os.close(self._file)


def read_left(path: Path) -> tuple[Left, set[int]]:
    """Return what the last server of a journal left, and the numbers of the lines, from 0, that cannot be read."""
    left, damaged = Left(), set[int]()
    with contextlib.suppress(FileNotFoundError), path.open("rb") as lines:
        for number, line in enumerate(lines):
            try:
                left.read(_entry(line))
            except (ValueError, RecursionError):
                damaged.add(number)
    return left, damaged


def _entry(line: bytes) -> Json:
    """Return a line of a journal. Raises ValueError where it is no whole line of ours."""
    if not line.endswith(b"\n"):
        raise ValueError("half a line")
    entry = json.loads(line.decode())
    if not isinstance(entry, dict):
        raise ValueError("no object")
    event = entry.get("event")
    # What is asked of a process or container that is to be ended must be there; a pid of 0 would mean ourselves.
    for name, kind in {"event": str, **_NEEDED.get(str(event), {})}.items():
        value = entry.get(name)
        if not (isinstance(value, kind) or (name == "started" and value is None)):
            raise ValueError(f"{name} is {value!r}")
    if event == "process" and entry["pid"] < 1:
        raise ValueError("no pid")
    return entry


def _set_damaged_aside(path: Path, damaged: set[int]) -> None:
    """Keep a damaged journal under another name, and go on with those of its lines that can be read."""
    number = 1
    while (kept := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    part = path.with_name(f"{path.name}.{os.getpid()}")
    file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with path.open("rb") as lines, os.fdopen(file, "wb") as good:
        good.writelines(line for number, line in enumerate(lines) if number not in damaged)
    path.replace(kept)
    part.replace(path)
    first = min(damaged) + 1
    of_them = f"line {first}" if len(damaged) == 1 else f"{len(damaged)} lines (the first is line {first})"
    log.warning(
        "%s of %s cannot be read: the file %s %s; all other lines are kept.", of_them, path, SET_ASIDE, kept.name
    )


class Left:
    """The unfinished jobs of the last server and the records of what it had started."""

    def __init__(self) -> None:
        self.jobs: dict[str, Json] = {}
        self.records: dict[str, list[Json]] = {}

    @property
    def started(self) -> list[Json]:
        """All that was started for unfinished jobs: processes and containers."""
        return [record for records in self.records.values() for record in records]

    def read(self, entry: Json) -> None:
        """Take in one line of the journal."""
        event, job = entry.get("event"), str(entry.get("job"))
        if event in {"server-started", "server-stopped", "server-reset"}:
            self.jobs.clear()
            self.records.clear()
        elif event == "submitted":
            self.jobs[job] = entry
        elif event in {"process", "container"}:
            # More than one: those of a job with several containers, and what former attempts have left behind.
            self.records.setdefault(job, []).append(entry)
        elif event == "running":
            self.jobs.setdefault(job, {})["running"] = True
        elif event in {"succeeded", "failed", "lost"}:
            self.jobs.pop(job, None)
            self.records.pop(job, None)
