"""Starting, stopping and finding the server of a state directory, and asking it for what is not in AWS's API."""

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

from local_batch import processes, state
from local_batch.errors import RefusedError, ServerGoneError, ServerSilentError, ToolError
from local_batch.state import ServerInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

START_SECONDS = 60.0
STOP_SECONDS = 60.0
ANSWER_SECONDS = 10.0
SILENT_SECONDS = 5.0
"""How long a server that does not answer has to end after SIGTERM, and then after SIGKILL."""
_LOOK_SECONDS = 0.03


def status(state_dir: Path) -> ServerInfo | None:
    """Return the running server, or None where none was started or it was stopped cleanly.

    Raises ServerGoneError where server.json names one that does not answer as itself, ServerSilentError where its
    process is there but does not answer at all.
    """
    last = state.read(state_dir)
    if last is None:
        return None
    try:
        found = _health(last)
    except TimeoutError:
        if state.is_server(state_dir, last.pid):
            raise ServerSilentError(last, ANSWER_SECONDS) from None
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

    ``options`` are further options of the server (`local_batch.options`). Raises ToolError where it does not come up.
    """
    with contextlib.suppress(ServerGoneError):
        if found := status(state_dir):
            return found
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    log_path = state_dir / state.LOG
    command = [sys.executable, "-m", "local_batch.server", "--state-dir", str(state_dir), "--runner", runner, *options]
    with log_path.open("ab") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        found = state.read(state_dir)
        if found is not None and found.pid == process.pid and _health(found) == found:
            say(f"The local AWS answers at {found.endpoint_url}; jobs run by {found.runner} ({found.runner_reason}).")
            return found
        if process.poll() is not None:
            # Another command may have started one at the same moment.
            with contextlib.suppress(ServerGoneError):
                if other := status(state_dir):
                    return other
            raise ToolError(f"The local AWS did not start: {_last_words(log_path)}", fix=f"Its log: {log_path}")
        time.sleep(_LOOK_SECONDS)
    with contextlib.suppress(OSError):
        process.kill()
    raise ToolError(f"The local AWS was not ready within {START_SECONDS:.0f} s.", fix=f"Its log: {log_path}")


def stop(state_dir: Path) -> bool:
    """Stop the server, its jobs with it, and return whether one ran. What a killed one left is forgotten.

    One that does not answer is killed after a while; its jobs are then stopped by the next start.
    """
    orders = [(signal.SIGTERM, STOP_SECONDS)]
    try:
        found = status(state_dir)
    except ServerGoneError:
        state.forget(state_dir)
        return False
    except ServerSilentError as silent:
        found = silent.last
        orders = [(signal.SIGTERM, SILENT_SECONDS), (signal.SIGKILL, SILENT_SECONDS)]
    if found is None:
        return False
    began = processes.started_at(found.pid)
    for number, seconds in orders:
        with contextlib.suppress(ProcessLookupError):
            os.kill(found.pid, number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if processes.started_at(found.pid) != began:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(found.pid, os.WNOHANG)  # where it was started by this process
                state.forget(state_dir)
                return True
            time.sleep(_LOOK_SECONDS)
    raise ToolError(
        f"The local AWS (pid {found.pid}) did not stop within {sum(seconds for _, seconds in orders):.0f} s.",
        fix=f"Its log: {state_dir / state.LOG}",
    )


def reclaim(server: ServerInfo, job_id: str) -> list[str]:
    """Take the host of a running job away as a Spot reclaim does; return the jobs that ran there.

    Raises ServerGoneError where the server is gone, RefusedError with its words where it refuses.
    """
    try:
        code, answer = _call(server, "POST", "/_batch/reclaim", json.dumps({"jobId": job_id}))
    except OSError:
        raise ServerGoneError(server) from None
    if code != 200:
        raise RefusedError(str(answer.get("message", code)), fix="Name a STARTING or RUNNING job.")
    return [str(one) for one in answer["reclaimed"]]


def _call(
    server: ServerInfo, method: str, path: str, body: str | None = None, seconds: float = ANSWER_SECONDS
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
    if processes.started_at(server.pid) is None:
        return None
    try:
        _, answer = _call(server, "GET", "/_batch/health", seconds=ANSWER_SECONDS)
        return ServerInfo(**answer)
    except TimeoutError:
        raise
    except (OSError, TypeError):
        return None


def _last_words(path: Path) -> str:
    """Return the log's last line, in one line with its remedy (indented below it) where it is an error with one."""
    lines = path.read_text(errors="replace").rstrip().splitlines()
    begin = next((at for at, line in reversed(list(enumerate(lines))) if not line.startswith(" ")), 0)
    return " ".join(line.strip() for line in lines[begin:]) or "it wrote nothing"
