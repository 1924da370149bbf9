"""The state directory: the names of its files, server.json (how a running server is found), and its lock."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from local_batch import processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVER = "server.json"
LOG = "server.log"
LOCK = "server.lock"
JOURNAL = "jobs.jsonl"
PROCESS_IMAGES = "process-images"
"""Images of the process runner, a folder each, named by the 64 hexadecimal digits of the image's digest."""
FILE_SYSTEMS = "efs"
"""EFS file systems of container jobs, a folder each, named by the file system's id."""
SCRATCH = "tasks"
"""Temporary folders of running processes, one for each attempt."""


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """A running server. ``server_id`` is new at each start; ``started_at`` is ISO 8601 in UTC."""

    pid: int
    port: int
    endpoint_url: str
    server_id: str
    started_at: str
    runner: str
    runner_reason: str

    def as_dict(self) -> dict[str, Any]:
        """Return what server.json and the health answer hold."""
        return asdict(self)


def read(state_dir: Path) -> ServerInfo | None:
    """Return what server.json says, or None where there is none that can be read."""
    try:
        found = json.loads((state_dir / SERVER).read_text())
        return ServerInfo(**{name: found[name] for name in ServerInfo.__dataclass_fields__})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(state_dir: Path, info: ServerInfo) -> None:
    """Write server.json whole or not at all."""
    part = state_dir / f"{SERVER}.{os.getpid()}"
    part.write_text(json.dumps(info.as_dict(), indent=2) + "\n")
    part.replace(state_dir / SERVER)


def forget(state_dir: Path) -> None:
    """Remove server.json: nobody finds the server any more."""
    (state_dir / SERVER).unlink(missing_ok=True)


@contextlib.contextmanager
def lock(state_dir: Path) -> Iterator[bool]:
    """Hold the state directory's lock, where nobody else does; give whether it is held.

    A server holds it from before its start until its process is gone, however that ends: two servers on one directory
    would stop each other's jobs. Whoever holds it stands in the file, by pid and start (`processes.started_at`).
    """
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (state_dir / LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        file.truncate(0)
        file.write(f"{os.getpid()} {processes.started_at(os.getpid())}")
        file.flush()
        yield True


def is_server(state_dir: Path, pid: int) -> bool:
    """Say whether a pid is that of the directory's server, answering or not, and of no other process since."""
    try:
        held = (state_dir / LOCK).read_text()
    except OSError:
        return False
    return held == f"{pid} {processes.started_at(pid)}"
