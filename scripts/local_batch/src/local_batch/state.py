"""The state directory: the names of its files, server.json (how a running server is found), its keys, and its lock."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local_batch import keys as key_files
from local_batch import processes
from local_batch.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVER = "server.json"
CREDENTIALS = "credentials.json"
LOG = "server.log"
LOCK = "server.lock"
LOCK_SECONDS = 20.0
"""How long the lock of a server that stops, or was killed, may take to be free."""
JOURNAL = "jobs.jsonl"
PROCESS_IMAGES = "process-images"
"""Images of the process runner, a folder each, named by the 64 hexadecimal digits of the image's digest."""
FILE_SYSTEMS = "efs"
"""EFS file systems of container jobs, a folder each, named by the file system's id."""
SCRATCH = "tasks"
"""Temporary folders of running processes, one for each attempt."""


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """A running server. ``server_id`` is new at each start; ``started_at`` is ISO 8601 in UTC.

    ``keys`` are what its clients sign with; they stand in a file of their own and are never shown.
    """

    pid: int
    port: int
    endpoint_url: str
    server_id: str
    started_at: str
    runner: str
    runner_reason: str
    keys: Keys | None = field(default=None, compare=False, repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Return what server.json and the health answer hold: all but the keys."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "keys"}


def read(state_dir: Path) -> ServerInfo | None:
    """Return what server.json says, with the server's keys, or None where there is none that can be read."""
    try:
        found = json.loads((state_dir / SERVER).read_text())
        told = {name: found[name] for name in ServerInfo.__dataclass_fields__ if name != "keys"}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    if not all(isinstance(value, int if name in {"pid", "port"} else str) for name, value in told.items()):
        return None
    return ServerInfo(**told, keys=key_files.read(state_dir / CREDENTIALS))


def write(state_dir: Path, info: ServerInfo) -> None:
    """Write server.json whole or not at all, and before it the keys, so that whoever finds the server has them."""
    if info.keys is not None:
        key_files.write(state_dir / CREDENTIALS, info.keys)
    part = state_dir / f"{SERVER}.{os.getpid()}"
    part.write_text(json.dumps(info.as_dict(), indent=2) + "\n")
    part.replace(state_dir / SERVER)


def forget(state_dir: Path) -> None:
    """Remove server.json and the keys: nobody finds the server any more."""
    (state_dir / SERVER).unlink(missing_ok=True)
    (state_dir / CREDENTIALS).unlink(missing_ok=True)


def set_damaged_aside(state_dir: Path) -> str | None:
    """Rename a server.json that cannot be read; return the line that says so, None where there is nothing to say."""
    file = state_dir / SERVER
    if not file.is_file() or read(state_dir) is not None:
        return None
    number = 1
    while (kept := file.with_name(f"{SERVER}.damaged-{number}")).exists():
        number += 1
    file.replace(kept)
    return f"{file} cannot be read: it is set aside as {kept.name}."


@contextlib.contextmanager
def lock(state_dir: Path, *, serves: bool = True) -> Iterator[bool]:
    """Hold the state directory's lock, where nobody else does; give whether it is held.

    A server holds it from before its start until its process is gone, however that ends: two servers on one directory
    would stop each other's jobs. The server that holds it stands in the file, by pid and start
    (`processes.started_at`); who holds it for something else says so by ``serves`` and leaves the file empty.
    """
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(state_dir / LOCK, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        file.truncate(0)
        if serves:
            file.write(f"{os.getpid()} {processes.started_at(os.getpid())}")
            file.flush()
        yield True


def is_server(state_dir: Path, pid: int) -> bool:
    """Say whether a pid is that of the directory's server, answering or not, and of no other process since."""
    return pid == serving(state_dir)


def serving(state_dir: Path) -> int | None:
    """Return the pid of the directory's server, whether or not it answers or can be found; None where there is none."""
    try:
        pid, _, started = (state_dir / LOCK).read_text().partition(" ")
        found = int(pid)
    except (OSError, ValueError):
        return None
    return found if found > 1 and started and processes.started_at(found) == started else None
