"""Which runner the jobs get: Docker where an engine answers, else processes, with the reason in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from local_batch.addresses import is_local
from local_batch.errors import Given, ToolError
from local_batch.runners import own_container
from local_batch.runners.process_runner import ProcessRunner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from local_batch.host_access import HostAccess
    from local_batch.runners.base import Runner

RunnerName = Literal["auto", "docker", "process"]


class Choice(NamedTuple):
    """A runner, why it was taken, and the address on this machine by which its containers reach it (None without).

    That is the engine's bridge, or, where this server is in a container itself, that one's own address. ``beside``: it
    is, so that containers know the server's names.
    """

    runner: Runner
    reason: str
    bridge: str | None
    beside: bool = False


def choose(name: RunnerName, state_dir: Path, registry: str, access: HostAccess, names: Sequence[str] = ()) -> Choice:
    """Return the runner to use; ``registry`` is the host in the names of process images.

    ``access`` is what of this machine containers may have, ``names`` are those by which containers beside a server
    that is in one itself reach it.

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
                fix="Start Docker, or ask for no runner: jobs are then local processes."
                if "Permission denied" not in reason
                else "Let this user open the engine's socket (in a container: docker run --group-add, with the "
                "socket's group), or ask for no runner: jobs are then local processes.",
            ) from None
        return Choice(ProcessRunner(state_dir, registry), f"no Docker engine answers ({reason})", None)
    own = own_container.find(client)
    if own is not None and own.address is not None:
        reason = "asked for" if name == "docker" else "a Docker engine answers"
        return Choice(DockerRunner(state_dir, client, access, own, names), reason, own.address, beside=True)
    gateway = bridge_gateway(client)
    bridge = gateway if gateway and is_local(gateway) else None
    reason = "asked for" if name == "docker" else "a Docker engine answers"
    return Choice(DockerRunner(state_dir, client, access, own), reason, bridge)
