"""How a server knows the processes that it, or a killed one before it, has started: by a mark in their environment.

Never by name. The mark has the state directory's id: what was started for one directory is never stopped for another.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import time
from pathlib import Path

from local_batch.processes import started_at

MARK = "LOCAL_BATCH_TASK"
"""The environment variable: ``<id of the state directory>/<id of the task>``."""


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


def kill_marked(mark: str, seconds: float = 5.0) -> None:
    """SIGKILL every marked process, those that they start meanwhile too."""
    deadline = time.monotonic() + seconds
    while (pids := [pid for pid in marked(mark) if started_at(pid)]) and time.monotonic() < deadline:
        for pid in pids:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def kill_group(pid: int) -> None:
    """SIGKILL a process group, unless it is gone already."""
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
