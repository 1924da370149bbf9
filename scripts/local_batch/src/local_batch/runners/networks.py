"""Networks of tasks, each held by a container that does nothing, and kept for the next task when one has ended.

Making a container's network takes an engine longer than all else about the container. A task has its network to itself
while it runs, as ECS's tasks do; the next one gets it as it was: what a job can change of it, the names of hosts and
the like, is looked at in between.
"""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING, Any

from local_batch.addresses import DOCKER_HOST
from local_batch.host_access import PIDS
from local_batch.runners import pause_image

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docker import APIClient

EXTRA_HOSTS = [f"{DOCKER_HOST}:host-gateway"]
_FILES = ("/etc/hosts", "/etc/resolv.conf", "/etc/hostname")
"""What containers that share a network share of files too."""
MOST_IDLE = 4 * (os.cpu_count() or 1)
"""Networks that are kept while no task has them."""


class Networks:
    """The networks of one server. ``labels`` are those of every container of its own.

    ``network`` is the engine's network that they are in (default: the engine's bridge), ``hosts`` are names that are
    known there, each with its address.
    """

    def __init__(
        self,
        client: APIClient,
        labels: dict[str, str],
        network: str | None = None,
        hosts: Mapping[str, str] | None = None,
    ) -> None:
        self._client = client
        self._labels = labels
        self._placed = {"NetworkMode": network} if network else {}
        self._hosts = EXTRA_HOSTS + [f"{name}:{address}" for name, address in (hosts or {}).items()]
        self._idle: list[str] = []
        self._files: dict[str, list[str]] = {}
        """Each network's files as they were made."""
        self._lock = threading.Lock()
        self._image: str | None = None
        self._is_closed = False

    def take(self) -> str:
        """Return the id of a container whose network is free, made where none is. Raises DockerException."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
        with self._lock:
            if self._image is None:
                self._image = pause_image.have(self._client)
        config = {
            "Image": self._image,
            "Cmd": pause_image.COMMAND,
            "Labels": self._labels,
            "HostConfig": {
                "ExtraHosts": self._hosts,
                "PidsLimit": PIDS,
                "LogConfig": {"Type": "none", "Config": {}},
                **self._placed,
            },
        }
        network = str(self._client.create_container_from_config(config)["Id"])  # type: ignore[no-untyped-call]
        self._client.start(network)
        self._files[network] = self._looked_at(network)
        return network

    def give_back(self, network: str, *, as_it_was: bool = True) -> None:
        """Keep a network for the next task, or remove it where enough are kept or a task has changed it."""
        as_it_was = as_it_was and self._looked_at(network) == self._files.get(network)
        with self._lock:
            if as_it_was and not self._is_closed and len(self._idle) < MOST_IDLE:
                self._idle.append(network)
                return
        self._remove(network)

    def forget(self) -> None:
        """Remove those that no task has: somebody may have stopped them behind the server's back."""
        with self._lock:
            idle, self._idle = self._idle, []
        for network in idle:
            self._remove(network)

    def close(self) -> None:
        """Remove those that no task has, and keep none from now on."""
        with self._lock:
            self._is_closed = True
        self.forget()

    def _looked_at(self, network: str) -> list[str]:
        """Return what the engine says of a network's files: their sizes and times."""
        client: Any = self._client  # its types know no HEAD
        url = client._url("/containers/{0}/archive", network)
        answers = [client.head(url, params={"path": path}, timeout=30) for path in _FILES]
        return [str(answer.headers.get("X-Docker-Container-Path-Stat")) for answer in answers]

    def _remove(self, network: str) -> None:
        from docker.errors import DockerException

        self._files.pop(network, None)
        with contextlib.suppress(DockerException):
            self._client.remove_container(network, force=True, v=True)
