"""How a server knows the processes that it, or a killed one before it, has started: by marks that they inherit.

One is a variable; the other, which stays where a process empties its environment, a resource limit that nobody else
has. Never by name. The variable has the state directory's id, and the limit is drawn for each task: what was started
for one directory is never stopped for another.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import resource
import secrets
import signal
import sys
import threading
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TypeGuard

from local_batch.processes import started_at

MARK = "LOCAL_BATCH_TASK"
"""The environment variable: ``<id of the state directory>/<id of the task>``."""

_LIMIT_NAME = "Max msgqueue size"
_LEAST_LIMIT, _LIMIT_NUMBERS = 300_000, 500_000
"""Numbers below the limit that Linux gives every process, 819,200 bytes (man 2 getrlimit, RLIMIT_MSGQUEUE)."""


def state_id(state_dir: Path) -> str:
    """Return the id of a state directory, which marks its processes and labels its containers."""
    return hashlib.sha256(str(state_dir.resolve()).encode()).hexdigest()[:16]


def marked(mark: str) -> dict[int, str]:
    """Return the processes whose environment holds a state directory's mark, with the task that each belongs to.

    On Linux; elsewhere none are found.
    """
    wanted = f"\0{MARK}={mark}/".encode()
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            # The first variable has no NUL before it; all others do.
            _, there, rest = (b"\0" + (entry / "environ").read_bytes()).partition(wanted)
            if there and int(entry.name) != os.getpid():
                found[int(entry.name)] = rest.split(b"\0", 1)[0].decode(errors="replace")
    return found


def draw_limit() -> int:
    """Return a number that marks one task's processes as their soft limit of bytes in POSIX message queues.

    Few programs use those, a process may lower the limit without privileges, and its children inherit it whatever they
    do with their session and environment.
    """
    return secrets.randbelow(_LIMIT_NUMBERS) + _LEAST_LIMIT


def is_drawn(number: object) -> TypeGuard[int]:
    """Whether a number may be one of `draw_limit`: no other is ever looked for, whatever a damaged file says."""
    return isinstance(number, int) and _LEAST_LIMIT <= number < _LEAST_LIMIT + _LIMIT_NUMBERS


_marking = threading.Lock()


@contextlib.contextmanager
def marking(number: int) -> Iterator[int | None]:
    """Have the process that is started in the block marked, before it can start others; give the number.

    None where this system has no such limits. The limit is this process's own meanwhile, since a child that is marked
    after its start may have children by then; one block at a time.
    """
    if sys.platform != "linux":
        yield None
        return
    with _marking:
        before = resource.getrlimit(resource.RLIMIT_MSGQUEUE)
        if before[1] != resource.RLIM_INFINITY and number > before[1]:
            yield None
            return
        resource.setrlimit(resource.RLIMIT_MSGQUEUE, (number, before[1]))
        try:
            yield number
        finally:
            resource.setrlimit(resource.RLIMIT_MSGQUEUE, before)


def limited(numbers: Collection[int]) -> dict[int, int]:
    """Return this user's processes that have one of these numbers as their limit, each with its number."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*") if numbers else ():
        with contextlib.suppress(OSError, ValueError, IndexError):
            if entry.stat().st_uid != os.getuid() or int(entry.name) == os.getpid():
                continue
            line = next(line for line in (entry / "limits").read_text().splitlines() if line.startswith(_LIMIT_NAME))
            soft = int(line.removeprefix(_LIMIT_NAME).split()[0])
            if soft in numbers:
                found[int(entry.name)] = soft
    return found


def kill_marked(mark: str, numbers: Collection[int] = (), seconds: float = 5.0) -> None:
    """SIGKILL every process with a mark of one of the two kinds, those that they start meanwhile too."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        pids = [pid for pid in {**marked(mark), **limited(numbers)} if started_at(pid)]
        if not pids:
            return
        for pid in pids:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def kill_group(pid: int) -> None:
    """SIGKILL a process group, unless it is gone already."""
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
