"""The container that this server runs in, as its engine knows it: network, address, and where its mounts come from.

With the engine's socket mounted, jobs are containers beside it. They reach it where it is, not through this machine,
and what they mount is a path of the engine's host, where this server's own paths mean nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docker import APIClient

    from local_batch.json_object import Json

MOUNTS = Path("/proc/self/mountinfo")
_ID = re.compile(r"/([0-9a-f]{64})/")
_OF_THE_ENGINE = {"/etc/hostname", "/etc/hosts", "/etc/resolv.conf"}
"""Files that engines mount into a container from a folder of its name: --hostname changes nothing there."""


@dataclass(frozen=True, slots=True)
class OwnContainer:
    """This server's container.

    ``network`` is one that it is in and ``address`` its IPv4 address there, both None where it shares the host's
    network or has none. ``mounts`` are (path in the container, path on the engine's host).
    """

    id: str
    network: str | None
    address: str | None
    mounts: tuple[tuple[str, str], ...]

    def host_path(self, path: str | Path) -> str | None:
        """Return what a path of this container (absolute, links followed) is on the engine's host, None if nothing."""
        wanted = PurePosixPath(path)
        for inside, outside in sorted(self.mounts, key=lambda one: -len(one[0])):
            if wanted.is_relative_to(inside):
                return str(PurePosixPath(outside) / wanted.relative_to(inside))
        return None


def own_id(mounts: Path = MOUNTS) -> str | None:
    """Return the id of the container that this process is in, None where it is in none that an engine made (Linux)."""
    try:
        lines = mounts.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        fields = line.split(
            " "
        )  # man 5 proc_pid_mountinfo: the fourth is the path in its file system, then where it is
        if len(fields) > 4 and fields[4] in _OF_THE_ENGINE and (found := _ID.search(fields[3])):
            return found[1]
    return None


def find(client: APIClient, mounts: Path = MOUNTS) -> OwnContainer | None:
    """Return this process's container where ``client``'s engine is the one that runs it, else None."""
    from docker.errors import DockerException

    if (identity := own_id(mounts)) is None:
        return None
    try:
        return of(client.inspect_container(identity))
    except DockerException:  # another engine's, a machine that is itself a container, say
        return None


def of(found: Json) -> OwnContainer:
    """Return the container of what an engine says of it."""
    networks = found["NetworkSettings"].get("Networks") or {}
    # One that the owner made before the engine's own: there, names are resolved.
    known = sorted(
        ((name, str(one["IPAddress"])) for name, one in networks.items() if one.get("IPAddress")),
        key=lambda one: (one[0] == "bridge", one[0]),
    )
    network, address = known[0] if known else (None, None)
    mounts = tuple(
        (str(one["Destination"]), str(one["Source"])) for one in found.get("Mounts") or () if one.get("Source")
    )
    return OwnContainer(str(found["Id"]), network, address, mounts)
