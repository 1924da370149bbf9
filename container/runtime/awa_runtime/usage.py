"""What an attempt of a job used, as one line of JSON in its log: ``{"awa_batch_usage": {...}}``.

`awa-batch usage` reads it. `AWA_BATCH_USAGE=off` keeps it from being written; outside AWS Batch there is none. With
`AWA_BATCH_USAGE=metric` CloudWatch makes metrics of it.
"""

from __future__ import annotations

import atexit
import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from awa_runtime.cgroup import Counted, counted
from awa_runtime.signals import EXIT_SIGTERM, on_sigterm

VARIABLE = "AWA_BATCH_USAGE"
MEASURED = "AWA_BATCH_USAGE_MEASURED"
"""Set for the command below a process that measures it already."""

KEY = "awa_batch_usage"
METRICS = {
    "MemoryPeak": ("memory_peak_bytes", "Bytes"),
    "CpuTime": ("cpu_seconds", "Seconds"),
    "WallTime": ("wall_seconds", "Seconds"),
    "MeanCores": ("mean_cores", "Count"),
}
"""Names of metrics → what of the usage they are, and CloudWatch's unit of it."""
NAMESPACE = "awa-batch"
DIMENSION = "JobQueue"
"""One: CloudWatch has a price for each metric of each value of its dimensions."""
_METADATA = "ECS_CONTAINER_METADATA_URI_V4"
_METADATA_SECONDS = 0.25


def is_wanted() -> bool:
    """Whether this process is to write the line: in a job of AWS Batch, unless it is off or is written by another."""
    if os.environ.get(VARIABLE, "").strip().lower() in ("off", "0", "false", "no"):
        return False
    return bool(os.environ.get("AWS_BATCH_JOB_ID")) and MEASURED not in os.environ


def run_measured(run: Callable[[], int]) -> int:
    """Return what ``run`` returns; the line is written when this process ends, whether well, by an error or SIGTERM.

    SIGTERM ends the process with 143 unless the job handles it otherwise: without a handler the kernel would end it
    with no chance to write, or, as process 1, not at all.
    """
    if not is_wanted():
        return run()
    ending = _Ending()
    atexit.register(ending.write)  # before the job's own, so that it comes after them
    if threading.current_thread() is threading.main_thread():
        on_sigterm(lambda: None)
    try:
        ending.exit_code = run()
    except SystemExit as error:
        code = error.code
        ending.exit_code = (code & 0xFF) if isinstance(code, int) else int(code is not None)
        if code == EXIT_SIGTERM:
            ending.write()  # now: a thread that goes on would keep the process until SIGKILL
        raise
    except KeyboardInterrupt:
        ending.exit_code = _EXIT_SIGINT
        raise
    return ending.exit_code


_EXIT_SIGINT = 130


class _Ending:
    """Writes once, in the process that was asked to: not in what a job forks."""

    def __init__(self) -> None:
        self.exit_code = 1
        self._process = os.getpid()

    def write(self) -> None:
        if os.getpid() == self._process:
            self._process = -1
            write_usage(self.exit_code)


def write_usage(exit_code: int) -> None:
    """Write the line to standard output. Never raises: a job must not fail for what is told about it."""
    try:
        found = usage(exit_code)
        # CloudWatch takes no dimension without a value.
        wanted = os.environ.get(VARIABLE, "").strip().lower() == "metric" and os.environ.get("AWS_BATCH_JQ_NAME")
        line = json.dumps({KEY: found, **(embedded(found) if wanted else {})}, separators=(",", ":"))
        sys.stdout.flush()
        os.write(1, f"{line}\n".encode())  # in one piece: other processes may write at the same time
    except Exception:  # noqa: S110 - see above
        pass


def usage(exit_code: int) -> dict[str, Any]:
    """Return what this process, its children and, in a container, all others in it used so far.

    Times in seconds, sizes in bytes. What this machine does not tell is left out.
    """
    group = counted()
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Not ru_maxrss of this process: across fork and exec it keeps the size of the process that started the job.
    largest = max(_high_water(), children.ru_maxrss * 1024)
    wall = _age(1 if group else None)
    cpu = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    if group and group.cpu_microseconds is not None:
        cpu = group.cpu_microseconds / 1e6
    peak = group.memory_peak if group else None
    read, written = _blocks(group)
    found: dict[str, Any] = {
        "version": 1,
        "job_id": os.environ.get("AWS_BATCH_JOB_ID"),
        "attempt": _environment_number("AWS_BATCH_JOB_ATTEMPT"),
        "index": _environment_number("AWS_BATCH_JOB_ARRAY_INDEX"),
        "exit_code": exit_code,
        "wall_seconds": round(wall, 3),
        "cpu_seconds": round(cpu, 3),
        "mean_cores": round(cpu / wall, 3) if wall > 0 else None,
        "memory_peak_bytes": largest if peak is None else peak,
        "memory_cache_bytes": None if group is None or peak is None else group.memory_cache,
        "largest_process_bytes": largest,
        "read_bytes": read,
        "written_bytes": written,
        "oom_kills": group.oom_kills if group else None,
        "image": _image(),
        "memory_source": "rusage" if group is None or peak is None else f"cgroup{group.version}",
    }
    return {name: value for name, value in found.items() if value is not None}


def embedded(found: dict[str, Any]) -> dict[str, Any]:
    """Return what makes metrics of a line in CloudWatch Logs, by the queue of the job.

    CloudWatch guide, "Specification: Embedded metric format": metrics and dimensions are members of the root.
    """
    values = {name: found[member] for name, (member, _) in METRICS.items() if member in found}
    about = {
        "Namespace": NAMESPACE,
        "Dimensions": [[DIMENSION]],
        "Metrics": [{"Name": name, "Unit": METRICS[name][1]} for name in values],
    }
    when = int(time.time() * 1000)
    queue = os.environ["AWS_BATCH_JQ_NAME"]
    return {"_aws": {"Timestamp": when, "CloudWatchMetrics": [about]}, DIMENSION: queue, **values}


def _environment_number(name: str) -> int | None:
    text = os.environ.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else None


def _high_water() -> int:
    """Return the most memory that this process had at once, in bytes."""
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    except (OSError, IndexError, ValueError):  # not Linux
        size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return size if sys.platform == "darwin" else size * 1024


_IMPORTED = time.monotonic()


def _age(process: int | None) -> float:
    """Return for how many seconds a process (None: this one) has been there: in a container, process 1 is the job's."""
    try:
        # What follows the name in brackets, which may hold anything; the start is field 22 (proc_pid_stat(5)).
        ticks = int(Path(f"/proc/{process or 'self'}/stat").read_text().rpartition(")")[2].split()[19])
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))
    except (OSError, IndexError, ValueError, AttributeError):
        return time.monotonic() - _IMPORTED


def _blocks(group: Counted | None) -> tuple[int | None, int | None]:
    """Return bytes read from and written to block devices; of the processes where the cgroup does not tell."""
    if group and group.read_bytes is not None:
        return group.read_bytes, group.written_bytes
    try:
        words = Path("/proc/self/io").read_text().split()
    except OSError:
        return None, None
    table = dict(zip(words[::2], words[1::2], strict=False))
    return int(table.get("read_bytes:", 0)), int(table.get("write_bytes:", 0))


def _image() -> str | None:
    """Return the digest of the image that ECS says it runs, or its name where the job names it by a tag."""
    address = os.environ.get(_METADATA, "")
    if not address.startswith("http://"):
        return None
    import socket  # not for jobs that have no such address

    host, _, path = address.removeprefix("http://").partition("/")
    name, _, port = host.partition(":")
    try:
        with socket.create_connection((name, int(port or 80)), timeout=_METADATA_SECONDS) as connection:
            connection.sendall(f"GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
            answer = b""
            while (piece := connection.recv(65536)) and len(answer) < 1 << 20:
                answer += piece
        image = str(json.loads(answer.partition(b"\r\n\r\n")[2])["Image"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return image.rpartition("@")[2]
