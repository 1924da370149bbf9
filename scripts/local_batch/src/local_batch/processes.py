"""Which process a pid means, and what a group of them uses.

Pids are used again, so a process is known by its pid and the moment of its start.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple


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


class GroupUsage(NamedTuple):
    """What the processes of a group use: bytes, nanoseconds of processors; ``system_ns`` is what this machine used."""

    processes: int
    memory: int
    cpu_ns: int
    kernel_ns: int
    system_ns: int


def usage_of_group(group: int) -> GroupUsage | None:
    """Return what a process group uses, None where it has ended. Linux only; elsewhere always None."""
    if sys.platform != "linux":
        return None
    tick, page = 1_000_000_000 // os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    count = memory = user = kernel = 0
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if stat[0] == "Z" or int(stat[2]) != group:
            continue
        # proc_pid_stat(5): utime, stime, cutime, cstime, then rss, each three fields on for what was cut off.
        count, memory = count + 1, memory + int(stat[21]) * page
        user, kernel = user + int(stat[11]) + int(stat[13]), kernel + int(stat[12]) + int(stat[14])
    if not count:
        return None
    ticks = sum(int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:])
    return GroupUsage(count, memory, (user + kernel) * tick, kernel * tick, ticks * tick)
