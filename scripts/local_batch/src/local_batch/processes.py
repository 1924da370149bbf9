"""Which process a pid means: pids are used again, so a process is known by its pid and the moment of its start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def started_at(pid: int) -> str | None:
    """Return when a process started, in a form that only compares for equality; None where there is no such process.

    One that has ended and is not collected by its parent yet (a zombie) counts as gone.
    """
    if sys.platform == "linux":
        try:
            # The second field is the program's name in parentheses and may hold spaces.
            stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            return None
        return None if stat[0] == "Z" else f"{boot}/{stat[19]}"
    command = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split(maxsplit=1)
    return None if not shown or shown[0].startswith("Z") else shown[1].strip()
