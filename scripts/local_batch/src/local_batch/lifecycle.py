"""Starting, stopping and finding the server of a state directory, and asking it for what is not in AWS's API."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, NoReturn

from local_batch import init, left_behind, processes, state
from local_batch.errors import RefusedError, ServerGoneError, ServerSilentError, ToolError, UsageError
from local_batch.journal import SET_ASIDE
from local_batch.keys import ID_VARIABLE, SECRET_VARIABLE
from local_batch.state import ServerInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

START_SECONDS = 60.0
STOP_SECONDS = 60.0
ANSWER_SECONDS = 10.0
RESET_SECONDS = 60.0
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
    if (state_dir / state.SERVER).exists() and state.read(state_dir) is None and (pid := state.serving(state_dir)):
        raise ToolError(
            f"The local AWS runs (pid {pid}), but {state_dir / state.SERVER}, by which it is found, cannot be read.",
            fix="Stop it with its jobs, then start it again.",
        )
    if line := state.set_damaged_aside(state_dir):
        say(line)
    log_path = state_dir / state.LOG
    log_size = log_path.stat().st_size if log_path.exists() else 0
    place = state_dir.resolve()
    command = server_command(place, ["--runner", runner, *options])
    with os.fdopen(os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
        process = subprocess.Popen(
            command,
            cwd=place,
            env=server_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        found = state.read(state_dir)
        if found is not None and found.pid == process.pid and _health(found) == found:
            for line in _set_aside(log_path, log_size):
                say(line)
            say(f"The local AWS answers at {found.endpoint_url}; jobs run by {found.runner} ({found.runner_reason}).")
            return found
        if process.poll() is not None:
            # Another command may have started one at the same moment.
            with contextlib.suppress(ServerGoneError):
                if other := status(state_dir):
                    return other
            refused = UsageError if process.returncode == UsageError.exit_code else ToolError
            raise refused(f"The local AWS did not start: {_last_words(log_path)}", fix=f"Its log: {log_path}")
        time.sleep(_LOOK_SECONDS)
    with contextlib.suppress(OSError):
        process.kill()
    raise ToolError(f"The local AWS was not ready within {START_SECONDS:.0f} s.", fix=f"Its log: {log_path}")


def serve(state_dir: Path, options: Sequence[str]) -> NoReturn:
    """Become the server of a state directory, which says what it does on stderr and serves until SIGTERM.

    As the first process of a container it is that one's init process too (`init`).
    """
    place = state_dir.resolve()
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.chdir(place)
    command = server_command(place, options)
    if os.getpid() == 1:
        sys.exit(init.run(command, server_environment()))
    os.execve(command[0], command, server_environment())  # noqa: S606 - no shell is wanted


def server_command(place: Path, options: Sequence[str]) -> list[str]:
    """Return the command of a server, to be run in its state directory.

    -P: no module of the folder that the user happens to be in. It works in the state directory, so that whatever a
    library writes into the working directory lies there.
    """
    return [sys.executable, "-P", "-m", "local_batch.server", "--state-dir", str(place), *options]


_OF_THE_SERVER = {
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "XDG_RUNTIME_DIR", "LD_LIBRARY_PATH",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE",
    ID_VARIABLE, SECRET_VARIABLE,
}  # fmt: skip
_OF_THE_SERVER_BY_PREFIX = ("LC_", "PYTHON", "DOCKER_")


def server_environment() -> dict[str, str]:
    """Return the variables that a server needs, and no other.

    Its jobs may read its environment in /proc, and whoever starts it may have an account's keys in theirs.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if name in _OF_THE_SERVER or name.startswith(_OF_THE_SERVER_BY_PREFIX)
    }


def stop(state_dir: Path) -> bool:
    """Stop the server, its jobs with it, and return whether a server or jobs of a killed one ran.

    One that does not answer is killed after a while. What a killed one left running is ended before it is forgotten;
    raises ToolError, and forgets nothing, where that cannot be done.
    """
    orders = [(signal.SIGTERM, STOP_SECONDS)]
    last = state.read(state_dir)
    pid = None
    try:
        if found := status(state_dir):
            pid = found.pid
    except (ServerGoneError, ServerSilentError):
        pass
    if pid is None:
        # It may be there all the same: it is silent, or its files were damaged so that nobody finds it.
        pid = state.serving(state_dir)
        orders = [(signal.SIGTERM, SILENT_SECONDS), (signal.SIGKILL, SILENT_SECONDS)]
    if pid is not None:
        _end(state_dir, pid, orders)
    left = left_behind.end(state_dir, last) if state_dir.is_dir() else []
    state.forget(state_dir)
    return pid is not None or bool(left)


def _end(state_dir: Path, pid: int, orders: list[tuple[signal.Signals, float]]) -> None:
    """Send a server one signal after the other, each after its seconds, until it is gone. Raises ToolError."""
    began = processes.started_at(pid)
    for number, seconds in orders:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if processes.started_at(pid) != began:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)  # where it was started by this process
                return
            time.sleep(_LOOK_SECONDS)
    raise ToolError(
        f"The local AWS (pid {pid}) did not stop within {sum(seconds for _, seconds in orders):.0f} s.",
        fix=f"Its log: {state_dir / state.LOG}",
    )


def reclaim(server: ServerInfo, job_id: str) -> list[str]:
    """Take the host of a running job away as a Spot reclaim does; return the jobs that ran there.

    Raises ServerGoneError where the server is gone, RefusedError with its words where it refuses.
    """
    answer = _own_call(server, "reclaim", {"jobId": job_id}, "Name a STARTING or RUNNING job.")
    return [str(one) for one in answer["reclaimed"]]


def set_capacity(server: ServerInfo, environment: str, *, available: bool) -> None:
    """Take all capacity of a compute environment (its name or ARN) away, or give it back.

    Raises ServerGoneError where the server is gone, RefusedError with its words where it refuses.
    """
    asked = {"computeEnvironment": environment, "available": available}
    _own_call(server, "capacity", asked, "Name a compute environment that is there.")


def set_time_scale(server: ServerInfo, scale: float) -> None:
    """Have Batch's minutes pass ``scale`` times as fast from now on, until a reset.

    Raises ServerGoneError where the server is gone, RefusedError with its words where it refuses.
    """
    _own_call(server, "time-scale", {"timeScale": scale}, "Give a number above 0.")


def reset(server: ServerInfo) -> None:
    """Have a server end its jobs and forget every object of every service, and go on: same address, same keys.

    Raises ServerGoneError where the server is gone, RefusedError with its words where it refuses: no object is
    forgotten then.
    """
    _own_call(server, "reset", {}, "Try again, or stop it and start it anew.", RESET_SECONDS)


def _own_call(
    server: ServerInfo, name: str, asked: dict[str, Any], fix: str, seconds: float = ANSWER_SECONDS
) -> dict[str, Any]:
    """Make one of the server's own calls and return its answer. Raises ServerGoneError, RefusedError."""
    try:
        code, answer = _call(server, "POST", f"/_batch/{name}", json.dumps(asked), seconds)
    except OSError:
        raise ServerGoneError(server) from None
    if code != 200:
        raise RefusedError(str(answer.get("message", code)), fix=fix)
    return answer


def _call(
    server: ServerInfo, method: str, path: str, body: str | None = None, seconds: float = ANSWER_SECONDS
) -> tuple[int, dict[str, Any]]:
    host = server.endpoint_url.removeprefix("http://").rsplit(":", 1)[0]
    connection = http.client.HTTPConnection(host, server.port, timeout=seconds)
    headers = {}
    if keys := server.keys:
        pair = f"{keys.access_key_id}:{keys.secret_access_key}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    try:
        connection.request(method, path, body, headers)
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


def _set_aside(log_path: Path, start: int) -> list[str]:
    """Return what the log says, from ``start`` on, of damaged files that the server found."""
    with log_path.open("rb") as log:
        log.seek(start)
        lines = log.read().decode(errors="replace").splitlines()
    # "date time WARNING local_batch.journal: what it says"
    return [line.partition(": ")[2] for line in lines if SET_ASIDE in line]


def _last_words(path: Path) -> str:
    """Return the log's last line, in one line with its remedy (indented below it) where it is an error with one."""
    lines = path.read_text(errors="replace").rstrip().splitlines()
    begin = next((at for at, line in reversed(list(enumerate(lines))) if not line.startswith(" ")), 0)
    return " ".join(line.strip() for line in lines[begin:]) or "it wrote nothing"
