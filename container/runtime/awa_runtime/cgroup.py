"""What the kernel counts for this container: memory, CPU and blocks, of cgroup version 2 or 1."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

ROOT = Path("/sys/fs/cgroup")
PROC = Path("/proc")


class Counted(NamedTuple):
    """Bytes and microseconds; None for what this kernel does not tell. ``version`` is that of the cgroup."""

    version: int
    memory_peak: int | None
    memory_cache: int | None
    """Of it at the end: pages of files that the kernel would give back. ECS leaves them out too (its utils_unix.go)."""
    cpu_microseconds: int | None
    read_bytes: int | None
    written_bytes: int | None
    oom_kills: int | None


def is_own_container(proc: Path = PROC) -> bool:
    """Whether the cgroup counts this job alone: process 1 here is the job's, as in a container.

    Where jobs are processes of a machine (the local Batch without a container engine) their cgroup is the machine's.
    """
    job = os.environ.get("AWS_BATCH_JOB_ID")
    if os.getpid() == 1:
        return True
    try:
        first = (proc / "1" / "environ").read_bytes()
    except OSError:  # of another user
        return False
    return job is not None and f"AWS_BATCH_JOB_ID={job}".encode() in first.split(b"\0")


def counted(root: Path = ROOT, proc: Path = PROC) -> Counted | None:
    """Return what this container's cgroup counted so far; None where there is none, or where it has others in it."""
    if not is_own_container(proc):
        return None
    paths = _own_paths(proc)
    if (unified := _folder(root, paths.get(""), "cpu.stat")) and (unified / "memory.current").exists():
        return _version_2(unified)
    if memory := _folder(root / "memory", paths.get("memory"), "memory.usage_in_bytes"):
        cpu = _folder(root / "cpuacct", paths.get("cpuacct"), "cpuacct.usage") or _folder(
            root / "cpu,cpuacct", paths.get("cpuacct"), "cpuacct.usage"
        )
        blocks = _folder(root / "blkio", paths.get("blkio"), "blkio.throttle.io_service_bytes")
        return _version_1(memory, cpu, blocks)
    return None


def _version_2(folder: Path) -> Counted:
    cache = _table(folder / "memory.stat").get("inactive_file")
    blocks: dict[str, int] = {}
    for line in _text(folder / "io.stat").splitlines():
        for word in line.split()[1:]:
            name, _, count = word.partition("=")
            if count.isdigit():
                blocks[name] = blocks.get(name, 0) + int(count)
    return Counted(
        version=2,
        memory_peak=_number(folder / "memory.peak"),  # since Linux 5.19
        memory_cache=cache,
        cpu_microseconds=_table(folder / "cpu.stat").get("usage_usec"),
        read_bytes=blocks.get("rbytes"),
        written_bytes=blocks.get("wbytes"),
        oom_kills=_table(folder / "memory.events").get("oom_kill"),
    )


def _version_1(memory: Path, cpu: Path | None, blocks: Path | None) -> Counted:
    nanoseconds = _number(cpu / "cpuacct.usage") if cpu else None
    moved: dict[str, int] = {}
    for line in _text(blocks / "blkio.throttle.io_service_bytes").splitlines() if blocks else ():
        words = line.split()
        if len(words) == 3 and words[2].isdigit():
            moved[words[1]] = moved.get(words[1], 0) + int(words[2])
    return Counted(
        version=1,
        memory_peak=_number(memory / "memory.max_usage_in_bytes"),
        memory_cache=_table(memory / "memory.stat").get("total_inactive_file"),
        cpu_microseconds=None if nanoseconds is None else nanoseconds // 1000,
        read_bytes=moved.get("Read"),
        written_bytes=moved.get("Write"),
        oom_kills=_table(memory / "memory.oom_control").get("oom_kill"),
    )


def _own_paths(proc: Path) -> dict[str, str]:
    """Return controller → path of this process's cgroup; version 2's under the empty name."""
    found: dict[str, str] = {}
    for line in _text(proc / "self" / "cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        found |= dict.fromkeys(controllers.split(","), path)
    return found


def _folder(mounted: Path, path: str | None, holds: str) -> Path | None:
    """Return the cgroup's folder: below the mount by its path, or the mount itself, as a container's often is."""
    below = [mounted / path.lstrip("/")] if path is not None else []
    return next((folder for folder in (*below, mounted) if (folder / holds).exists()), None)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdigit() else None


def _table(path: Path) -> dict[str, int]:
    pairs = (line.split() for line in _text(path).splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}
