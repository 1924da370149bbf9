"""``python -m local_batch.server``: ENV=local's AWS as one process."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import logging
import os
import signal
import sys
import threading
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from local_batch import choice, info, network, secrets
from local_batch.awslogs import LogSinks
from local_batch.engine import Engine, Settings
from local_batch.errors import LocalBatchError, UsageError
from local_batch.events import Events
from local_batch.front import Front
from local_batch.history import History
from local_batch.moto_gate import MotoGate
from local_batch.protocol import Protocol
from local_batch.tasks import TaskBuilder

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger("local_batch")

_DOCKER_HOST = "host.docker.internal"
LOCK_SECONDS = 20.0


class LocalAws:
    """One local AWS on one state directory. ``run`` serves until SIGTERM or SIGINT."""

    def __init__(self, state_dir: Path, *, host: str, port: int, runner: choice.RunnerName, settings: Settings) -> None:
        self._state_dir = state_dir
        self._server_id = str(uuid.uuid4())
        self._choice = choice.choose(runner, state_dir)
        network.check_host(host, self._choice.bridge)
        self._gate = MotoGate()
        self._history = History(state_dir, self._server_id)
        self._info: info.ServerInfo | None = None
        builder = TaskBuilder(
            LogSinks(self._gate),
            self._job_endpoint,
            lambda region, value: secrets.resolve(self._gate, region, value),
            self._history.write,
        )
        self._engine = Engine(settings, self._choice.runner, builder.build)
        events = Events(self._gate, self._engine.summary)
        self._engine.listeners.on_change += [self._history.changed, events.changed]
        self._engine.listeners.on_blocked.append(events.blocked)
        addresses = [host, *([self._choice.bridge] if self._choice.bridge and self._choice.bridge != host else [])]
        names = {*addresses, "localhost", "127.0.0.1", "::1", _DOCKER_HOST}
        front = Front(self._engine, Protocol(), self._gate, self._health, names)
        self._servers = network.listen(front, addresses, port)
        self._host = host

    def _job_endpoint(self) -> str:
        """Return the address under which a job reaches this server."""
        port = self._servers[0].port
        if self._choice.runner.kind == "process":
            return f"http://{self._host}:{port}"
        return f"http://{self._choice.bridge or _DOCKER_HOST}:{port}"

    def _health(self) -> dict[str, Any]:
        return self._info.as_dict() if self._info else {}

    def run(self) -> None:
        """Clean up after a killed server, serve, and stop everything at the end."""
        self._gate.preload()
        killed = self._choice.runner.cleanup(list(self._history.left.records.values()))
        for line in self._history.account(killed):
            log.warning("job %s (%s, %s): %s", line["job"], line["name"], line["was"], line["reason"])
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self._engine.start()
        port = self._servers[0].port
        self._info = info.ServerInfo(
            pid=os.getpid(),
            port=port,
            endpoint_url=f"http://{self._host}:{port}",
            server_id=self._server_id,
            started_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            runner=self._choice.runner.kind,
            runner_reason=self._choice.reason,
        )
        for server in self._servers:
            server.serve_in_background()
        info.write(self._state_dir, self._info)
        log.info("ready at %s, jobs run by %s (%s)", self._info.endpoint_url, self._info.runner, self._choice.reason)
        stop.wait()
        log.info("stopping")
        # From here on nobody finds this server any more; the lock still keeps the next one waiting.
        (self._state_dir / info.FILE).unlink(missing_ok=True)
        for server in self._servers:
            server.shutdown()
        self._engine.stop()
        self._choice.runner.close()
        self._history.close()


@contextlib.contextmanager
def _only_one(state_dir: Path) -> Iterator[None]:
    """Hold the state directory's lock: two servers on one directory would stop each other's jobs.

    One that is about to stop, or about to be ready, holds it without a server.json: wait for what becomes of it.
    """
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    deadline = time.monotonic() + LOCK_SECONDS
    with (state_dir / info.LOCK).open("a") as lock:
        while not _locked(lock):
            if info.read(state_dir) is not None or time.monotonic() > deadline:
                raise UsageError(
                    f"A local AWS runs already on --state-dir {state_dir}.",
                    fix="Use it, or stop it first: awa-batch local down.",
                )
            time.sleep(0.05)
        yield


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m local_batch.server", description="Serve ENV=local's AWS.")
    parser.add_argument("--state-dir", type=Path, required=True, help="where server.json, its log and history lie")
    parser.add_argument("--host", default=network.LOOPBACK, help="loopback address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="port (default: any that is free)")
    parser.add_argument("--runner", choices=("auto", "docker", "process"), default="auto")
    parser.add_argument("--max-vcpus", type=float, help="vCPUs of jobs at once over all environments (default: cores)")
    parser.add_argument("--time-scale", type=float, default=1.0, help="how many times as fast Batch's timeouts pass")
    parser.add_argument("--stop-seconds", type=float, default=30.0, help="seconds from SIGTERM to SIGKILL (default 30)")
    parser.add_argument("--keep-seconds", type=float, default=7 * 86400.0, help="how long ended jobs stay visible")
    found = parser.parse_args(arguments)
    for name in ("max_vcpus", "time_scale", "stop_seconds", "keep_seconds"):
        value = getattr(found, name)
        if value is not None and not value > 0:
            raise UsageError(f"--{name.replace('_', '-')} {value:g}: it must be above 0.", fix="Give a number above 0.")
    if not 0 <= found.port <= 65535:
        raise UsageError(f"--port {found.port}: ports are 0 to 65535.", fix="Leave --port out to take any free port.")
    return found


def _forget_accounts() -> None:
    """Take the user's AWS settings out of this process: moto makes clients of its own, which must find no account."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",  # noqa: S106 - any do
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
    )


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM; return the exit code."""
    _forget_accounts()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        found = parse(sys.argv[1:] if arguments is None else arguments)
        settings = Settings(
            max_vcpus=found.max_vcpus or float(os.cpu_count() or 1),
            time_scale=found.time_scale,
            stop_seconds=found.stop_seconds,
            keep_seconds=found.keep_seconds,
        )
        state_dir = found.state_dir.resolve()
        with _only_one(state_dir):
            LocalAws(state_dir, host=found.host, port=found.port, runner=found.runner, settings=settings).run()
    except LocalBatchError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    exit_code = main()
    logging.shutdown()
    sys.stderr.flush()
    # Not sys.exit: a thread that still pulls an image must not keep the process.
    os._exit(exit_code)
