"""Which runner the jobs get: Docker where an engine answers, else processes, with the reason in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from local_batch.addresses import is_local
from local_batch.errors import Given, ToolError
from local_batch.runners.process_runner import ProcessRunner

if TYPE_CHECKING:
    from pathlib import Path

    from local_batch.host_access import HostAccess
    from local_batch.runners.base import Runner

RunnerName = Literal["auto", "docker", "process"]


class Choice(NamedTuple):
    """A runner, why it was taken, and the engine's bridge address on this machine (None without)."""

    runner: Runner
    reason: str
    bridge: str | None


def choose(name: RunnerName, state_dir: Path, registry: str, access: HostAccess) -> Choice:
    """Return the runner to use; ``registry`` is the host in the names of process images.

    ``access`` is what of this machine containers may have.

    Raises ToolError where Docker was asked for and no engine answers.
    """
    if name == "process":
        return Choice(ProcessRunner(state_dir, registry), "asked for", None)
    from docker.errors import DockerException

    from local_batch.runners.docker_runner import DockerRunner, bridge_gateway, connect

    try:
        client = connect()
    except DockerException as error:
        reason = " ".join(str(error).split())[:200]
        if name == "docker":
            raise ToolError(
                f": no Docker engine answers ({reason}).",
                option=Given("runner", name),
                fix="Start Docker, or ask for no runner: jobs are then local processes.",
            ) from None
        return Choice(ProcessRunner(state_dir, registry), f"no Docker engine answers ({reason})", None)
    gateway = bridge_gateway(client)
    bridge = gateway if gateway and is_local(gateway) else None
    reason = "asked for" if name == "docker" else "a Docker engine answers"
    return Choice(DockerRunner(state_dir, client, access), reason, bridge)
