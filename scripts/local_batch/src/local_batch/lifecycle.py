"""Starting, stopping and finding the local AWS of a state directory."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from local_batch import info
from local_batch.errors import NotRunningError, ToolError
from local_batch.info import ServerInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

START_SECONDS = 60.0
STOP_SECONDS = 60.0
ANSWER_SECONDS = 10.0
SILENT_SECONDS = 5.0
"""How long a server that does not answer has to end after SIGTERM, and then after SIGKILL."""


class ServerGoneError(NotRunningError):
    """server.json names a server that is not there any more: it was killed, or the machine restarted.

    moto held ENV=local in memory, so all of it is gone: rebuild it, Terraform's state included.
    """

    def __init__(self, last: ServerInfo) -> None:
        super().__init__(
            f"The local AWS (pid {last.pid}, started {last.started_at}) is gone: killed, or the machine restarted.",
            fix="Run: awa-batch local up (it rebuilds ENV=local from scratch).",
        )
        self.last = last


class ServerSilentError(ToolError):
    """The server's process is there but does not answer: it is not taken for gone, since its jobs may be running."""

    def __init__(self, last: ServerInfo) -> None:
        super().__init__(
            f"The local AWS (pid {last.pid}) is there but has not answered for {ANSWER_SECONDS:.0f} s.",
            fix="Try again, or take it down with its jobs: awa-batch local down.",
        )
        self.last = last


def status(state_dir: Path) -> ServerInfo | None:
    """Return the running server, or None where none was started or it was stopped cleanly.

    Raises ServerGoneError where server.json names one that does not answer as itself, ServerSilentError where its
    process is there but does not answer at all.
    """
    last = info.read(state_dir)
    if last is None:
        return None
    try:
        found = _health(last)
    except TimeoutError:
        if _is_server(last.pid):
            raise ServerSilentError(last) from None
        found = None
    if found != last:
        raise ServerGoneError(last)
    return last


def start(
    state_dir: Path,
    runner: str = "auto",
    *,
    say: Callable[[str], None] = lambda _: None,
    options: Sequence[str] = (),
) -> ServerInfo:
    """Start the server in the background and return when it is ready; one that runs already is returned as it is.

    ``options`` are further options of the server. Raises ToolError where it does not come up.
    """
    with contextlib.suppress(ServerGoneError):
        if found := status(state_dir):
            return found
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    log_path = state_dir / info.LOG
    command = [
        sys.executable,
        "-m",
        "local_batch.server",
        "--state-dir",
        str(state_dir),
        "--runner",
        runner,
        *options,
    ]
    with log_path.open("ab") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        found = info.read(state_dir)
        if found is not None and found.pid == process.pid and _health(found) == found:
            say(f"The local AWS answers at {found.endpoint_url}; jobs run by {found.runner} ({found.runner_reason}).")
            return found
        if process.poll() is not None:
            # Another command may have started one at the same moment.
            with contextlib.suppress(ServerGoneError):
                if other := status(state_dir):
                    return other
            raise ToolError(f"The local AWS did not start: {_last_line(log_path)}", fix=f"Its log: {log_path}")
        time.sleep(0.03)
    with contextlib.suppress(OSError):
        process.kill()
    raise ToolError(f"The local AWS was not ready within {START_SECONDS:.0f} s.", fix=f"Its log: {log_path}")


def stop(state_dir: Path) -> bool:
    """Stop the server, its jobs with it, and return whether one ran. What a killed one left is forgotten.

    One that does not answer is killed after a while; its jobs are then stopped by the next start.
    """
    signals = [signal.SIGTERM]
    try:
        found = status(state_dir)
    except ServerGoneError:
        (state_dir / info.FILE).unlink(missing_ok=True)
        return False
    except ServerSilentError as silent:
        found = silent.last
        signals.append(signal.SIGKILL)
    if found is None:
        return False
    for sent in signals:
        os.kill(found.pid, sent)
        deadline = time.monotonic() + (STOP_SECONDS if len(signals) == 1 else SILENT_SECONDS)
        while time.monotonic() < deadline:
            if not _alive(found.pid):
                (state_dir / info.FILE).unlink(missing_ok=True)
                return True
            time.sleep(0.03)
    raise ToolError(
        f"The local AWS (pid {found.pid}) did not stop within {STOP_SECONDS:.0f} s.",
        fix=f"Its log: {state_dir / info.LOG}",
    )


def reclaim(server: ServerInfo, job_id: str) -> list[str]:
    """Take the host of a running job away as a Spot reclaim does; return the jobs that ran there.

    Raises NotRunningError where the server is gone, ToolError with its words where it refuses.
    """
    try:
        code, answer = _call(server, "POST", "/_awa/reclaim", json.dumps({"jobId": job_id}))
    except OSError:
        raise ServerGoneError(server) from None
    if code != 200:
        raise ToolError(str(answer.get("message", code)), fix="See the running jobs: awa-batch status.")
    return [str(one) for one in answer["reclaimed"]]


def _call(
    server: ServerInfo, method: str, path: str, body: str | None = None, seconds: float = 10.0
) -> tuple[int, dict[str, Any]]:
    host = server.endpoint_url.removeprefix("http://").rsplit(":", 1)[0]
    connection = http.client.HTTPConnection(host, server.port, timeout=seconds)
    try:
        connection.request(method, path, body)
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())
    except (http.client.HTTPException, ValueError) as error:
        raise OSError(str(error)) from None
    finally:
        connection.close()


def _health(server: ServerInfo) -> ServerInfo | None:
    """Return what the server says of itself, None where nothing that is one answers. Raises TimeoutError in silence."""
    if not _alive(server.pid):
        return None
    try:
        _, answer = _call(server, "GET", "/_awa/health", seconds=ANSWER_SECONDS)
        return ServerInfo(**answer)
    except TimeoutError:
        raise
    except (OSError, TypeError):
        return None


def _alive(pid: int) -> bool:
    """Say whether a process is there. A child of ours that has ended is collected first."""
    with contextlib.suppress(ChildProcessError, OSError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_server(pid: int) -> bool:
    """Say whether the process is a local AWS, not another one under a pid that is used again."""
    done = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return "local_batch.server" in done.stdout


def _last_line(path: Path) -> str:
    lines = path.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it wrote nothing"
