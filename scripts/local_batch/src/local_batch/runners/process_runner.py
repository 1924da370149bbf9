"""Runs a job as a local process in the folder that stands for its image, where no container engine answers."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from local_batch import state
from local_batch.json_object import Json
from local_batch.processes import GroupUsage, started_at, usage_of_group
from local_batch.runners.base import ContainerFacts, Outcome, Task, TaskStartError
from local_batch.runners.lines import LineSplitter
from local_batch.runners.ownership import (
    MARK,
    draw_limit,
    is_drawn,
    kill_group,
    kill_marked,
    limited,
    marked,
    marking,
    state_id,
)
from local_batch.runners.process_images import ProcessImage, ProcessImages

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_SECONDS = 0.25
"""Between the two looks of which statistics are made."""
SWEEP_SECONDS = 0.5
"""How long what left its job's process group may outlive the job, at least."""
_INHERITED = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "AWS_CA_BUNDLE",
)


class ProcessRunner:
    """Starts each task as a process group of its own. ``registry`` is the host in the names of its images."""

    kind = "process"

    def __init__(self, state_dir: Path, registry: str) -> None:
        self.cpus = float(os.cpu_count() or 1)
        self._images = ProcessImages(state_dir, registry)
        self._tasks = state_dir / state.SCRATCH
        self._mark = state_id(state_dir)
        self._tasks.mkdir(parents=True, exist_ok=True)
        self._active: set[str] = set()
        self._limits: dict[int, str] = {}
        """The number that marks a task's processes → the task, of those that run and those that just ended."""
        self._ended = threading.Event()
        threading.Thread(target=self._sweep, name="sweep", daemon=True).start()

    def start(self, task: Task) -> RunningProcess:
        """Start a task. Raises TaskStartError."""
        image = self._images.get(task.image)
        command = task.command or image.command
        if not command:
            raise TaskStartError(
                "CannotStartContainerError: Error response from daemon: No command specified: neither the job nor its "
                "image names one."
            )
        scratch = self._tasks / task.id
        for folder in (scratch, scratch / "home", scratch / "tmp", scratch / "work"):
            folder.mkdir(mode=0o700)
        self._active.add(task.id)
        try:
            with marking(draw_limit()) as limit:
                process = subprocess.Popen(
                    command,
                    cwd=image.working_dir or scratch / "work",
                    env=self._environment(task, image, scratch),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    umask=0o022,  # as in a container; the server's own is tighter
                    bufsize=0,
                )
        except (OSError, ValueError) as error:
            shutil.rmtree(scratch, ignore_errors=True)
            self._active.discard(task.id)
            words = "executable file not found in $PATH" if isinstance(error, FileNotFoundError) else str(error)
            raise TaskStartError(
                "CannotStartContainerError: Error response from daemon: failed to create task for container: unable to "
                f'start container process: exec: "{command[0]}": {words}: unknown'
            ) from None
        if limit is not None:
            self._limits[limit] = task.id
        task.record({"event": "process", "pid": process.pid, "started": started_at(process.pid), "limit": limit})
        return RunningProcess(process, task, scratch, lambda: self._forget(task.id))

    def open_network(self, task: Task) -> str | None:
        """Nothing to make: processes share this machine's network."""

    def close_network(self, network: str | None, volumes: str) -> None:
        """Nothing to take away."""

    def cleanup(self, records: list[Json]) -> list[str]:
        """Stop what an earlier server left running; return the jobs it belonged to."""
        left = [
            record
            for record in records
            if record.get("event") == "process" and record["started"] and started_at(record["pid"]) == record["started"]
        ]
        for record in left:
            kill_group(record["pid"])
        kill_marked(self._mark, _limits_of(records))
        for scratch in self._tasks.iterdir():
            shutil.rmtree(scratch, ignore_errors=True)
        return [str(record["job"]) for record in left]

    def close(self) -> None:
        """End what jobs have left running outside their process groups."""
        kill_marked(self._mark, set(self._limits))

    def _forget(self, task_id: str) -> None:
        self._active.discard(task_id)
        self._ended.set()

    def _sweep(self) -> None:
        """End what left the process group of a job that has ended; one look for all jobs that ended meanwhile."""
        while self._ended.wait():
            time.sleep(SWEEP_SECONDS)
            self._ended.clear()
            ended = {number: task_id for number, task_id in self._limits.copy().items() if task_id not in self._active}
            left = {pid for pid, task_id in marked(self._mark).items() if task_id not in self._active}
            left |= limited(ended).keys()
            for pid in left:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            if left:
                self._ended.set()  # one of them may have started another meanwhile
                continue
            for number in ended:
                del self._limits[number]

    def _environment(self, task: Task, image: ProcessImage, scratch: Path) -> dict[str, str]:
        found = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        found["TMPDIR"] = str(scratch / "tmp")
        # A container has no home of this user's, and no keys from there or from the machine that it runs on.
        found["HOME"] = str(scratch / "home")
        found["AWS_SHARED_CREDENTIALS_FILE"] = found["AWS_CONFIG_FILE"] = str(scratch / "home" / "no-such-file")
        found["AWS_EC2_METADATA_DISABLED"] = "true"
        env = dict(image.env)
        front = [str(image.folder / part) for part in env.pop("PATH_PREPEND", "").split(os.pathsep) if part]
        venv = image.folder / "venv"
        if venv.is_dir():
            found["VIRTUAL_ENV"] = str(venv)
            front.insert(0, str(venv / "bin"))
        found["PATH"] = os.pathsep.join([*front, found.get("PATH", os.defpath)])
        return found | env | task.environment | {MARK: f"{self._mark}/{task.id}"}


def _limits_of(records: list[Json]) -> set[int]:
    """Return the numbers by which an earlier server's processes are known."""
    numbers = (record.get("limit") for record in records if record.get("event") == "process")
    return {number for number in numbers if is_drawn(number)}


class RunningProcess:
    """A job's process group, led by the job's command."""

    def __init__(self, process: subprocess.Popen[bytes], task: Task, scratch: Path, forget: Callable[[], None]) -> None:
        self._process = process
        self._task = task
        self._scratch = scratch
        self._forget = forget
        self._collecting = threading.Lock()

    def wait(self) -> Outcome:
        """Pass the output on until the command ends, then end what it left behind, as a container's end does."""
        process = self._process
        assert process.stdout is not None  # noqa: S101 - it was opened as a pipe
        lines = LineSplitter(self._task.write)
        with process.stdout as pipe:
            self._follow(pipe.fileno(), lines)
            with self._collecting:
                # Not collected yet, the command keeps its pid, so that the group cannot be anybody else's.
                kill_group(process.pid)
                code = process.wait()
            self._drain(pipe.fileno(), lines)
        lines.close()
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._forget()
        return Outcome(128 - code if code < 0 else code)

    def _follow(self, pipe: int, lines: LineSplitter) -> None:
        """Pass output on until the command has ended, whoever else still writes."""
        poll = select.poll()
        poll.register(pipe, select.POLLIN | select.POLLHUP)
        ended = _pidfd(self._process.pid)
        if ended is not None:
            poll.register(ended, select.POLLIN)
        try:
            while True:
                ready = {descriptor for descriptor, _ in poll.poll(None if ended is not None else 50)}
                if pipe in ready:
                    if piece := os.read(pipe, 1 << 16):
                        lines.feed(piece)
                    else:
                        poll.unregister(pipe)
                if ended in ready or (ended is None and self._has_ended()):
                    return
        finally:
            if ended is not None:
                os.close(ended)

    @staticmethod
    def _drain(pipe: int, lines: LineSplitter) -> None:
        """Pass on the job's last output: what is in the pipe now, a full one twice over at most.

        A process that left the group may hold the pipe open, or write to it, for ever.
        """
        os.set_blocking(pipe, False)
        with contextlib.suppress(BlockingIOError):
            for _ in range(32):
                piece = os.read(pipe, 1 << 16)
                if not piece:
                    return
                lines.feed(piece)

    def _has_ended(self) -> bool:
        """Look whether the command has ended, without collecting it."""
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self._process.pid, options) is not None

    def facts(self) -> ContainerFacts:
        """Say what stands for a container: the task's id, and this machine's network."""
        return ContainerFacts(self._task.id, self._task.id, self._task.image, "host", ("127.0.0.1",))

    def stats(self) -> Json | None:
        """Say what the process group uses, in Docker's form; None where it has ended or this is not Linux."""
        looks = []
        for pause in (LOOK_SECONDS, 0.0):
            used = usage_of_group(self._process.pid)
            if used is None:
                return None
            looks.append((datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"), used))
            time.sleep(pause)
        (before, first), (now, second) = looks
        cores = os.cpu_count() or 1
        return {
            "id": self._task.id,
            "name": f"/{self._task.id}",
            "read": now,
            "preread": before,
            "num_procs": 0,
            "pids_stats": {"current": second.processes},
            "cpu_stats": _cpu_stats(second, cores),
            "precpu_stats": _cpu_stats(first, cores),
            "memory_stats": {"usage": second.memory, "stats": {}, "limit": self._task.memory << 20},
            "networks": {},
        }

    def terminate(self) -> None:
        """SIGTERM to the command, as an engine does to a container's first process."""
        with self._collecting, contextlib.suppress(OSError):
            if self._process.returncode is None:
                os.kill(self._process.pid, signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to the whole group."""
        with self._collecting:
            if self._process.returncode is None:
                kill_group(self._process.pid)


def _cpu_stats(used: GroupUsage, cores: int) -> Json:
    """Return times in nanoseconds as Docker does: the group's own, and all of this machine's."""
    return {
        "cpu_usage": {"total_usage": used.cpu_ns, "usage_in_kernelmode": used.kernel_ns,
                      "usage_in_usermode": used.cpu_ns - used.kernel_ns},
        "system_cpu_usage": used.system_ns,
        "online_cpus": cores,
    }  # fmt: skip


def _pidfd(pid: int) -> int | None:
    """Return a descriptor that becomes readable when the process ends, or None where there is no such thing."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None  # not Linux: the caller looks every 50 ms
