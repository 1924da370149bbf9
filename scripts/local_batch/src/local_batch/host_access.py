"""What of this machine a job may have: by itself nothing but folders that the server's owner has named.

A job of the local AWS is somebody's command, and with a Docker engine it could have root on this machine: as a
privileged container, by a device, by a folder such as /etc, or by the engine's own socket.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from local_batch.json_object import Json
from local_batch.options import named_folders

HARMLESS_DEVICES = ("/dev/full", "/dev/null", "/dev/random", "/dev/urandom", "/dev/zero")
SOCKETS = ("/var/run/docker.sock", "/run/containerd/containerd.sock", "/run/podman/podman.sock", "/run/crio/crio.sock")
PIDS = 4096
"""Processes and threads that one container may have at once; one that forks without end takes no more."""


@dataclass(frozen=True, slots=True)
class HostAccess:
    """What the owner allows. ``folders`` are real paths; ``prefix`` is that of the variables that messages name."""

    folders: tuple[Path, ...] = ()
    privileged: bool = False
    prefix: str = ""

    @classmethod
    def of(cls, state_dir: Path, host_mounts: str = "", privileged: str = "no", prefix: str = "") -> HostAccess:
        """Return what a server allows: the state directory, and ``host_mounts`` (absolute paths, as in PATH).

        Raises UsageError.
        """
        named = named_folders(host_mounts)
        return cls(tuple(_real(folder) for folder in [str(state_dir), *named]), privileged == "yes", prefix)

    def refusal(self, container: Json) -> str | None:
        """Return why a job with these container properties is not run, and how to allow it; None where it may run.

        Paths are taken as they are now, links followed: they are to be looked at again when the job starts.
        """
        if container.get("privileged") and not self.privileged:
            allow = self._allow("privileged", "yes")
            return f"privileged: the local AWS runs no privileged container, which has root on this machine. {allow}"
        for device in (container.get("linuxParameters") or {}).get("devices") or ():
            path = str(device["hostPath"])
            if path not in HARMLESS_DEVICES and not self._has(_real(path)):
                allow = self._allow("host_mounts", path)
                return f"linuxParameters.devices: {path} is a device of this machine that jobs may not have. {allow}"
        for volume in container.get("volumes") or ():
            source = (volume.get("host") or {}).get("sourcePath")
            if source and (told := self._mount(str(source))):
                return told
        return None

    def _mount(self, path: str) -> str | None:
        if not os.path.isabs(path):
            return f"volumes.host.sourcePath: {path} is not an absolute path."
        real = _real(path)
        for socket in _sockets():
            if (socket == real or real in socket.parents) and socket not in self.folders:
                allow = self._allow("host_mounts", str(socket))
                return (
                    f"volumes.host.sourcePath: {path} holds {socket}: with it a job has root on this machine. {allow}"
                )
        if not self._has(real):
            allow = self._allow("host_mounts", path)
            return f"volumes.host.sourcePath: {path} is not a folder that jobs of the local AWS may mount. {allow}"
        return None

    def _has(self, real: Path) -> bool:
        return any(folder == real or folder in real.parents for folder in self.folders)

    def _allow(self, option: str, value: str) -> str:
        name = f"{self.prefix}_{option.upper()}={value}" if self.prefix else f"--{option.replace('_', '-')} {value}"
        return f"To allow it, start the local AWS with {name}"


def _real(path: str) -> Path:
    return Path(os.path.realpath(path))


def _sockets() -> set[Path]:
    """Return where engines of this machine listen, whether or not one does now."""
    named = os.environ.get("DOCKER_HOST", "")
    found = [*SOCKETS, *([named.removeprefix("unix://")] if named.startswith("unix://") else [])]
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        found += [f"{runtime}/docker.sock", f"{runtime}/podman/podman.sock"]
    return {_real(path) for path in found}
