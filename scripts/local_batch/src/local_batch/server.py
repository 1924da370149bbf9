"""``python -m local_batch.server``: a local AWS as one process, AWS Batch in front and moto behind it."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import signal
import sys
import threading
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local_batch import addresses, keys, options, state
from local_batch.errors import LocalBatchError, UsageError
from local_batch.events import Events
from local_batch.front.app import Front
from local_batch.front.gate import Gate
from local_batch.front.http_server import listen
from local_batch.front.protocol import Protocol
from local_batch.host_access import HostAccess
from local_batch.journal import Journal
from local_batch.runners.choose import choose
from local_batch.scheduler.scheduler import Scheduler
from local_batch.scheduler.settings import Settings
from local_batch.services import issued_keys, job_secrets
from local_batch.services.log_streams import LogStreams
from local_batch.services.moto_gate import MotoGate
from local_batch.tasks import TaskBuilder

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger("local_batch")

_DOCKER_HOST = "host.docker.internal"
LOCK_SECONDS = 20.0


class LocalAws:
    """One local AWS on one state directory. ``run`` serves until SIGTERM or SIGINT."""

    def __init__(self, state_dir: Path, asked: argparse.Namespace) -> None:
        self._state_dir = state_dir
        self._host = str(asked.host)
        self._server_id = str(uuid.uuid4())
        self._keys = keys.draw()
        access = HostAccess.of(state_dir, asked.host_mounts, asked.privileged, asked.variables_prefix)
        self._choice = choose(asked.runner, state_dir, asked.process_registry, access)
        addresses.check_host(self._host, self._choice.bridge)
        self._gate = MotoGate()
        self._journal = Journal(state_dir, self._server_id)
        self._info: state.ServerInfo | None = None
        builder = TaskBuilder(
            LogStreams(self._gate),
            lambda: {"AWS_ENDPOINT_URL": self._job_endpoint(), **self._keys.variables()},
            lambda region, value: job_secrets.resolve(self._gate, region, value),
            self._journal.write,
        )
        settings = Settings(
            max_vcpus=asked.max_vcpus or float(os.cpu_count() or 1),
            time_scale=asked.time_scale,
            stop_seconds=asked.stop_seconds,
            keep_seconds=asked.keep_seconds,
            host_access=access,
        )
        self._scheduler = Scheduler(settings, self._choice.runner, builder.build)
        events = Events(self._gate)
        self._scheduler.listeners.on_change += [self._journal.changed, events.changed]
        self._scheduler.listeners.on_blocked.append(events.blocked)
        bridge = self._choice.bridge
        hosts = [self._host, *([bridge] if bridge and bridge != self._host else [])]
        names = {*hosts, "localhost", "127.0.0.1", "::1", _DOCKER_HOST}
        gate = Gate(names, self._keys, lambda access_key: issued_keys.lives(self._gate, access_key))
        front = Front(self._scheduler, Protocol(), self._gate, self._health, gate)
        self._servers = listen(front, hosts, asked.port)

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
        killed = self._choice.runner.cleanup(list(self._journal.left.records.values()))
        for line in self._journal.account(killed):
            log.warning("job %s (%s, %s): %s", line["job"], line["name"], line["was"], line["reason"])
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self._scheduler.start()
        port = self._servers[0].port
        self._info = state.ServerInfo(
            pid=os.getpid(),
            port=port,
            endpoint_url=f"http://{self._host}:{port}",
            server_id=self._server_id,
            started_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            runner=self._choice.runner.kind,
            runner_reason=self._choice.reason,
            keys=self._keys,
        )
        for server in self._servers:
            server.serve_in_background()
        state.write(self._state_dir, self._info)
        log.info("ready at %s, jobs run by %s (%s)", self._info.endpoint_url, self._info.runner, self._choice.reason)
        stop.wait()
        log.info("stopping")
        # From here on nobody finds this server any more; the lock still keeps the next one waiting.
        state.forget(self._state_dir)
        for server in self._servers:
            server.shutdown()
        self._scheduler.stop()
        self._choice.runner.close()
        self._journal.close()


@contextlib.contextmanager
def _only_one(state_dir: Path) -> Iterator[None]:
    """Hold the state directory's lock. Raises UsageError where another server does.

    One that is about to stop, or about to be ready, holds it without a server.json: wait for what becomes of it.
    """
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        with state.lock(state_dir) as held:
            if held:
                yield
                return
        if state.read(state_dir) is not None or time.monotonic() > deadline:
            raise UsageError(
                f"A local AWS runs already on {state_dir}.",
                fix="Use it, stop it first, or give another folder for the files of this one.",
            )
        time.sleep(0.05)


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line. Raises UsageError for a number that is out of bounds."""
    parser = argparse.ArgumentParser(prog="python -m local_batch.server", description=__doc__)
    parser.add_argument("--state-dir", type=Path, required=True, help="where server.json, log and journal lie")
    for option in options.OPTIONS:
        shown = f"{option.help} (default: {option.default})" if option.default is not None else option.help
        parser.add_argument(
            option.flag, type=option.type, default=option.default, choices=option.choices or None, help=shown
        )
    found = parser.parse_args(arguments)
    options.check(vars(found))
    return found


def _forget_accounts() -> None:
    """Take the user's settings for AWS and for moto out of this process.

    moto makes clients of its own, which must find no account; its settings would, among others, have it write every
    request into a file of the working directory.
    """
    for name in [name for name in os.environ if name.startswith(("AWS_", "MOTO_"))]:
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
    os.umask(0o077)  # whatever it, or moto, writes is its owner's alone
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        asked = parse(sys.argv[1:] if arguments is None else arguments)
        state_dir = asked.state_dir.resolve()
        with _only_one(state_dir):
            if line := state.set_damaged_aside(state_dir):
                log.warning(line)
            LocalAws(state_dir, asked).run()
    except LocalBatchError as error:
        # By names, not flags: whoever started this in the background quotes it, to people who typed something else.
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    exit_code = main()
    logging.shutdown()
    sys.stderr.flush()
    # Not sys.exit: a thread that still pulls an image must not keep the process.
    os._exit(exit_code)
