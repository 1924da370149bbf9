"""``python -m local_batch.server``: a local AWS as one process, AWS Batch in front and moto behind it."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import signal
import sys
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local_batch import addresses, default_queues, keys, options, state
from local_batch.arns import DEFAULT_REGION
from local_batch.errors import LocalBatchError, UsageError
from local_batch.events import Events
from local_batch.front.app import Front
from local_batch.front.gate import Gate
from local_batch.front.http_server import listen
from local_batch.front.protocol import Protocol
from local_batch.front.reset import Reset
from local_batch.front.schedule_calls import ScheduleCalls
from local_batch.host_access import HostAccess
from local_batch.journal import Journal
from local_batch.operations import event_targets
from local_batch.operations.tags import TagsOfAll
from local_batch.runners.choose import choose
from local_batch.runners.process_images import machine_image, make_machine_image
from local_batch.scheduler.scheduler import Scheduler
from local_batch.scheduler.settings import Settings
from local_batch.schedules.timer import Timer
from local_batch.services import issued_keys, job_secrets
from local_batch.services.account_objects import AccountObjects
from local_batch.services.log_streams import LogStreams
from local_batch.services.moto_gate import MotoGate
from local_batch.services.role_keys import RoleKeyIssuer
from local_batch.services.upstream import UpstreamGate
from local_batch.task_metadata import CREDENTIALS, METADATA, TaskMetadata
from local_batch.tasks import TaskBuilder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

log = logging.getLogger("local_batch")


class LocalAws:
    """One local AWS on one state directory. ``run`` serves until SIGTERM or SIGINT."""

    def __init__(self, state_dir: Path, asked: argparse.Namespace, given_keys: keys.Keys | None = None) -> None:
        self._state_dir = state_dir
        self._names = options.named_hosts(asked.host_names)
        listened = str(asked.host)
        self._host = addresses.from_here(listened)
        self._server_id = str(uuid.uuid4())
        self._keys = given_keys or keys.draw()
        access = HostAccess.of(state_dir, asked.host_mounts, asked.privileged, asked.variables_prefix)
        self._choice = choose(asked.runner, state_dir, asked.process_registry, access, self._names)
        addresses.check_host(listened, self._choice.bridge, for_others=bool(self._names))
        self._gate = UpstreamGate(asked.upstream, asked.upstream_reset, self._keys) if asked.upstream else MotoGate()
        self._journal = Journal(state_dir, self._server_id)
        self._info: state.ServerInfo | None = None
        # Another emulator's roles and keys are its own.
        metadata = TaskMetadata(self._keys, None if asked.upstream else RoleKeyIssuer(self._gate))
        self._metadata = metadata
        builder = TaskBuilder(
            LogStreams(self._gate),
            metadata,
            self._connection,
            lambda region, value: job_secrets.resolve(self._gate, region, value),
            self._journal.write,
            asked.stop_seconds,
        )
        settings = Settings(
            max_vcpus=asked.max_vcpus or self._choice.runner.cpus,
            time_scale=asked.time_scale,
            stop_seconds=asked.stop_seconds,
            keep_seconds=asked.keep_seconds,
            host_access=access,
        )
        self._scheduler = Scheduler(settings, self._choice.runner, builder.build)
        if not asked.upstream:  # that one's objects may be of another kind
            self._scheduler.account_objects = AccountObjects(self._gate)
        events = Events(self._gate)
        self._scheduler.listeners.on_change += [self._journal.changed, events.changed]
        self._scheduler.listeners.on_blocked.append(events.blocked)
        self._gate.on_event = events.matched
        self._gate.own_client = self._client
        self._gate.tags = TagsOfAll(self._scheduler)
        bridge = self._choice.bridge
        hosts = [self._host, *([bridge] if bridge and bridge != self._host else [])]
        names = {*hosts, *self._names, "localhost", "127.0.0.1", "::1", addresses.DOCKER_HOST}
        if addresses.is_any(listened):
            hosts = [listened]
        gate = Gate(names, self._keys, self._is_issued)
        protocol = Protocol()
        schedule_calls = ScheduleCalls(self._gate, protocol)
        front = Front(self._scheduler, protocol, self._gate, self._health, gate, schedule_calls, metadata)
        events.submit = front.submit
        self._gate.check_rule = event_targets.check_whole_rule
        self._gate.call_batch, self._gate.batch_shape = front.call, protocol.input_shape
        self._timer = Timer(self._gate, front.submit, settings.scaled)
        self._timer.on_rule = events.scheduled
        front.control.on_time_scale = self._timer.wake
        front.control.reset = Reset(
            state_dir, front.turnstile, self._scheduler, self._gate, events, self._timer, self._journal
        )
        self._machine_image = ""
        if asked.queues == "default":
            self._scheduler.memory.on_region = lambda region: default_queues.make(self._scheduler, region)
            with self._scheduler.lock:
                self._scheduler.memory.region(DEFAULT_REGION)  # others when they are first named
            if self._choice.runner.kind == "process":
                make_machine_image(state_dir)
                self._machine_image = machine_image(asked.process_registry)
        front.on_schedules = self._timer.changed
        self._servers = listen(front, hosts, asked.port)

    def _client(self) -> dict[str, str]:
        """Return what a client of this server in its own process is made with."""
        return {
            "endpoint_url": f"http://{self._host}:{self._servers[0].port}",
            "aws_access_key_id": self._keys.access_key_id,
            "aws_secret_access_key": self._keys.secret_access_key,
        }

    def _endpoints(self) -> tuple[str, str]:
        """Return the addresses under which clients on this machine, and jobs, reach this server.

        They are one wherever it can be: a URL that was signed on one side is read on the other.
        """
        port = self._servers[0].port
        if self._choice.runner.kind == "process":
            return (f"http://{self._host}:{port}",) * 2
        if self._names and self._choice.beside:
            return f"http://{self._host}:{port}", f"http://{self._names[0]}:{port}"
        shared = addresses.shared_by_containers(self._host, self._choice.bridge)
        return f"http://{shared or self._host}:{port}", f"http://{shared or addresses.DOCKER_HOST}:{port}"

    def _connection(self, container: str) -> dict[str, str]:
        """Return the variables by which a container finds this server, its own metadata and its credentials.

        SDKs take the address of credentials only where it is a loopback address, ECS's or EKS's, or has a certificate
        (SDKs and tools reference guide, "Container credential provider"). A process finds the server at such a one; a
        container has a network of its own, so it is given the keys themselves.
        """
        _, endpoint = self._endpoints()
        found = {"AWS_ENDPOINT_URL": endpoint, "ECS_CONTAINER_METADATA_URI_V4": f"{endpoint}{METADATA}{container}"}
        if self._choice.runner.kind == "process":
            return found | {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{endpoint}{CREDENTIALS}{container}"}
        return found | self._metadata.variables(container)

    def _is_issued(self, access_key: str) -> bool:
        return issued_keys.lives(self._gate, access_key) or self._gate.has_handed_out(access_key)

    def _health(self) -> dict[str, Any]:
        return self._info.as_dict() if self._info else {}

    def run(self) -> None:
        """Clean up after a killed server, serve, and stop everything at the end."""
        self._gate.preload()
        killed = self._choice.runner.cleanup(self._journal.left.started)
        for line in self._journal.account(killed):
            log.warning("job %s (%s, %s): %s", line["job"], line["name"], line["was"], line["reason"])
        told = _told_to_stop()
        self._scheduler.start()
        self._timer.start()
        port = self._servers[0].port
        self._info = state.ServerInfo(
            pid=os.getpid(),
            port=port,
            endpoint_url=self._endpoints()[0],
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
        if self._machine_image:
            log.info("an image for jobs of this machine's commands: %s", self._machine_image)
        told()
        log.info("stopping")
        # From here on nobody finds this server any more; the lock still keeps the next one waiting.
        state.forget(self._state_dir)
        for server in self._servers:
            server.shutdown()
        self._timer.stop()
        self._scheduler.stop()
        self._choice.runner.close()
        self._journal.close()


def _told_to_stop() -> Callable[[], None]:
    """Take SIGTERM and SIGINT from now on; return what waits for one of them.

    By a pipe: the kernel may hand a signal to any thread, and a main thread that waits for a lock, as Event.wait does,
    does not wake for one that another thread was handed.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    return lambda: (os.read(reading, 1), None)[1]


@contextlib.contextmanager
def _only_one(state_dir: Path) -> Iterator[None]:
    """Hold the state directory's lock. Raises UsageError where another server does.

    One that is about to stop, or about to be ready, holds it without a server.json: wait for what becomes of it.
    """
    deadline = time.monotonic() + state.LOCK_SECONDS
    while True:
        with state.lock(state_dir) as held:
            if held:
                yield
                return
        there = state.read(state_dir) is not None and state.serving(state_dir) is not None
        if there or time.monotonic() > deadline:
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
    variables = dict(os.environ)
    _forget_accounts()
    os.umask(0o077)  # whatever it, or moto, writes is its owner's alone
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        asked = parse(sys.argv[1:] if arguments is None else arguments)
        given_keys = keys.given(variables)
        state_dir = asked.state_dir.resolve()
        with _only_one(state_dir):
            if line := state.set_damaged_aside(state_dir):
                log.warning(line)
            LocalAws(state_dir, asked, given_keys).run()
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
