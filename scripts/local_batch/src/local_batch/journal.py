"""The job journal: what happened to each job, a line of JSON each, and what became of jobs whose server was gone."""

from __future__ import annotations

import contextlib
import json
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


class Journal:
    """The job journal of a state directory; lines are only ever appended."""

    def __init__(self, state_dir: Path, server_id: str) -> None:
        self.path = state_dir / state.JOURNAL
        self._server_id = server_id
        self._lock = threading.Lock()
        self.left = self._read_left()
        if self.path.exists() and self.path.stat().st_size > ROTATE_BYTES:
            self.path.replace(self.path.with_suffix(".jsonl.1"))
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        size = os.fstat(self._file).st_size
        if size and os.pread(self._file, 1, size - 1) != b"\n":
            os.write(self._file, b"\n")  # a killed server may leave half a line
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

    def _read_left(self) -> Left:
        """Return what the last server left: its unfinished jobs and what it had started for them."""
        left = Left()
        try:
            with self.path.open(encoding="utf-8") as lines:
                for text in lines:
                    try:
                        entry = json.loads(text)
                    except ValueError:
                        continue  # the last line of a killed server may be half written
                    left.read(entry)
        except FileNotFoundError:
            pass
        return left

    def close(self) -> None:
        """Say that the server stopped cleanly."""
        self.write({"event": "server-stopped", "server": self._server_id})
        os.close(self._file)


class Left:
    """The unfinished jobs of the last server and the records of what it had started."""

    def __init__(self) -> None:
        self.jobs: dict[str, Json] = {}
        self.records: dict[str, Json] = {}

    def read(self, entry: Json) -> None:
        """Take in one line of the journal."""
        event, job = entry.get("event"), str(entry.get("job"))
        if event in {"server-started", "server-stopped"}:
            self.jobs.clear()
            self.records.clear()
        elif event == "submitted":
            self.jobs[job] = entry
        elif event in {"process", "container"}:
            self.records[job] = entry
        elif event == "running":
            self.jobs.setdefault(job, {})["running"] = True
        elif event in {"succeeded", "failed", "lost"}:
            self.jobs.pop(job, None)
            self.records.pop(job, None)
