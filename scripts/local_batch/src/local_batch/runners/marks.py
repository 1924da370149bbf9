"""How a later server knows the processes of an earlier one again: never by name, by a mark or by pid and start time."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

MARK = "AWA_BATCH_LOCAL_TASK"


def state_id(state_dir: Path) -> str:
    """Return the mark of a state directory: what was started for one is never stopped for another."""
    return hashlib.sha256(str(state_dir.resolve()).encode()).hexdigest()[:16]


def started_at(pid: int) -> str | None:
    """Return when a process started, in a form that only compares for equality; None where there is no such process."""
    if sys.platform == "linux":
        try:
            # The second field is the program's name in parentheses and may hold spaces.
            stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            return None
        return None if stat[0] == "Z" else f"{boot}/{stat[19]}"
    shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip() or None


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
    """SIGKILL a process group; one that is gone already is no matter."""
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
