"""What a killed server left running, ended by whoever takes the local AWS down after it.

A server that starts does the same for itself, before it serves.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from local_batch import state
from local_batch.errors import ToolError
from local_batch.host_access import HostAccess
from local_batch.journal import Journal, read_left
from local_batch.options import PROCESS_REGISTRY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local_batch.runners.base import Runner
    from local_batch.state import ServerInfo


def end(state_dir: Path, last: ServerInfo | None) -> list[str]:
    """End the containers and processes of a state directory that has no server; return the jobs that still ran.

    ``last`` is what server.json says of the server, None where it says nothing; what its journal has it started counts
    in any case. What became of each job is written down. Raises ToolError where there may be containers and no Docker
    engine answers: nothing is forgotten then.
    """
    with _lock(state_dir) as held:
        if not held:
            return []  # a server starts, and ends them itself
        left, _ = read_left(state_dir / state.JOURNAL)
        kinds = {"docker" if record["event"] == "container" else "process" for record in left.started}
        kinds |= {last.runner} if last else set()
        killed = []
        for kind in sorted(kinds):
            one = _runner(kind, state_dir)
            try:
                killed += one.cleanup(left.started)
            finally:
                one.close()
        if left.jobs or left.records:
            journal = Journal(state_dir, last.server_id if last else "", serves=False)
            journal.account(killed)
            journal.close()
        return killed


@contextmanager
def _lock(state_dir: Path) -> Iterator[bool]:
    """Hold the directory's lock unless a server has it; give whether it is held.

    A killed server counts as gone when its first thread is, and its lock is the kernel's to give back with its last
    one, which takes a while on a busy machine.
    """
    deadline = time.monotonic() + state.LOCK_SECONDS
    while True:
        with state.lock(state_dir, serves=False) as held:
            if held or state.serving(state_dir) is not None or time.monotonic() > deadline:
                yield held
                return
        time.sleep(0.02)


def _runner(kind: str, state_dir: Path) -> Runner:
    """Return a runner that ends what another one of its kind has started."""
    if kind == "process":
        from local_batch.runners.process_runner import ProcessRunner

        return ProcessRunner(state_dir, PROCESS_REGISTRY)
    from docker.errors import DockerException

    from local_batch.runners import own_container
    from local_batch.runners.docker_runner import DockerRunner, connect

    try:
        client = connect()
        return DockerRunner(state_dir, client, HostAccess(), own_container.find(client))
    except DockerException as error:
        raise ToolError(
            f"The local AWS was killed, and its containers may still run: no Docker engine answers ({error}).",
            fix="Start Docker, then take the local AWS down again.",
        ) from None
