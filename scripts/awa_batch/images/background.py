"""A background process of ours: started, recognized and ended, never confused with another that got its pid."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from awa_batch.files import write_whole


@dataclass(frozen=True)
class BackgroundProcess:
    """A process by its pid and the moment it started (the kernel's own mark: a pid alone is used again)."""

    pid: int
    started: str

    def save(self, file: Path) -> None:
        """Write this to ``file``, all or nothing."""
        write_whole(file, json.dumps(asdict(self)), private=True)

    def is_alive(self) -> bool:
        """Return whether this very process still runs."""
        return self.started != "" and started_at(self.pid) == self.started

    def stop(self, seconds: float = 5.0) -> None:
        """Ask this process to end, and after ``seconds`` make it. Does nothing if it is gone."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not self.is_alive():
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)
            end = time.monotonic() + seconds
            while time.monotonic() < end and self.is_alive():
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(self.pid, os.WNOHANG)  # only where it is our own child
                time.sleep(0.02)


def load(file: Path) -> BackgroundProcess | None:
    """Return the process that ``file`` names if it still runs, else None."""
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        process = BackgroundProcess(int(values["pid"]), str(values["started"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return process if process.is_alive() else None


def started_at(pid: int) -> str:
    """Return a mark of when the process started; empty where it is gone or only waits to be collected."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
        except OSError:
            return ""
        return "" if fields[0] in ("Z", "X") else f"{boot}/{fields[19]}"
    done = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, start = done.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else start.strip()


def start(arguments: list[str], log: Path) -> BackgroundProcess:
    """Start a program in a session of its own (Ctrl-C here does not reach it), its output in ``log``.

    What it writes is its owner's alone.
    """
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as output:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
        )
    return BackgroundProcess(process.pid, started_at(process.pid))
