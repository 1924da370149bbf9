"""Runs a job as a container of the local Docker engine."""

from __future__ import annotations

import contextlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from local_batch import state
from local_batch.addresses import interface_address
from local_batch.host_access import PIDS
from local_batch.json_object import Json
from local_batch.runners.base import OUT_OF_MEMORY, Outcome, Task, TaskStartError
from local_batch.runners.lines import LineSplitter
from local_batch.runners.ownership import state_id

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from docker import APIClient

    from local_batch.host_access import HostAccess

STATE_LABEL = "aws-batch-local.state"
"""Label of every container: the id of the state directory whose server started it."""
JOB_LABEL = "aws-batch-local.job"
"""Label of every container: the id of the job that it runs."""
HOST_NAME = "host.docker.internal"
MIB = 1 << 20


def connect(seconds: float = 2.0) -> APIClient:
    """Return a client of the engine that DOCKER_HOST or docker's current context names.

    Raises docker.errors.DockerException where none answers within ``seconds``.
    """
    import docker
    from docker.errors import DockerException

    try:
        client = docker.from_env(timeout=int(seconds), version="auto").api
        client.ping()
    except DockerException:
        raise
    except Exception as error:  # requests' errors and others: to the caller they all mean the same
        raise DockerException(str(error)) from error
    client.timeout = 120
    return client


def bridge_gateway(client: APIClient) -> str | None:
    """Return the address of the engine's bridge, under which containers reach this host, or None where it has none."""
    from docker.errors import DockerException

    try:
        bridge = client.inspect_network("bridge")
        # Engines leave the gateway out until a container has used the bridge; the interface knows it.
        if address := interface_address(bridge["Options"].get("com.docker.network.bridge.name", "docker0")):
            return address
        return str(bridge["IPAM"]["Config"][0]["Gateway"])
    except (DockerException, KeyError, IndexError, TypeError):
        return None


class DockerRunner:
    """Starts each task as a container, labelled with the state directory's id."""

    kind = "docker"

    def __init__(self, state_dir: Path, client: APIClient, access: HostAccess) -> None:
        self._client = client
        self._access = access
        self._state_dir = state_dir
        self._mark = state_id(state_dir)
        self._cpus = float(client.info().get("NCPU") or 1)
        self._pulls: dict[str, threading.Lock] = {}
        self._pulls_guard = threading.Lock()
        self._after = ThreadPoolExecutor(4, thread_name_prefix="remove")

    def start(self, task: Task) -> RunningContainer:
        """Start a task. Raises TaskStartError."""
        from docker.errors import APIError, DockerException

        # The API has looked at it; a path may have become a link since then.
        if refusal := self._access.refusal(task.container):
            raise TaskStartError(f"CannotCreateContainerError: {refusal}")
        self._pull(task.image)
        container = None
        try:
            container = self._client.create_container_from_config(self._config(task))["Id"]  # type: ignore[no-untyped-call]
            task.record({"event": "container", "container": container})
            # Attached before the start, so that not one line is missed.
            output = self._client.attach(container, stdout=True, stderr=True, stream=True, logs=False, demux=True)
            self._client.start(container)
        except DockerException as error:
            if container is not None:
                self._remove(container)
            words = (error.explanation if isinstance(error, APIError) else None) or str(error)
            kind = "CannotCreateContainerError" if container is None else "CannotStartContainerError"
            raise TaskStartError(f"{kind}: Error response from daemon: {words}") from None
        return RunningContainer(
            self._client, container, output, task, lambda: self._after.submit(self._remove, container)
        )

    def cleanup(self, records: list[Json]) -> list[str]:
        """Remove the containers that an earlier server left; return the jobs of those that still ran."""
        del records  # the engine knows better
        running = []
        for container in self._client.containers(all=True, filters={"label": f"{STATE_LABEL}={self._mark}"}):
            if container.get("State") == "running":
                running.append(str(container["Labels"].get(JOB_LABEL)))
            self._remove(container["Id"])
        return running

    def close(self) -> None:
        """Wait until every ended container is removed."""
        self._after.shutdown(wait=True)
        self._client.close()

    def _remove(self, container: str) -> None:
        from docker.errors import DockerException

        with contextlib.suppress(DockerException):
            self._client.remove_container(container, force=True, v=True)

    def _pull(self, image: str) -> None:
        """Have the image here. One that is here is not pulled again, whatever its tag says now."""
        from docker.errors import APIError, DockerException, ImageNotFound
        from docker.utils import parse_repository_tag

        with self._pulls_guard:
            lock = self._pulls.setdefault(image, threading.Lock())
        with lock:
            try:
                self._client.inspect_image(image)  # type: ignore[no-untyped-call]
            except ImageNotFound:
                repository, tag = parse_repository_tag(image)
                try:
                    for line in self._client.pull(repository, tag=tag or "latest", stream=True, decode=True):
                        if error := line.get("error"):
                            raise TaskStartError(f"CannotPullContainerError: Error response from daemon: {error}")
                except APIError as error:
                    raise TaskStartError(
                        f"CannotPullContainerError: Error response from daemon: {error.explanation or error}"
                    ) from None
            except DockerException as error:
                raise TaskStartError(f"CannotPullContainerError: Error response from daemon: {error}") from None

    def _config(self, task: Task) -> Json:
        """Return the engine's container configuration of a task."""
        asked = task.container
        linux = asked.get("linuxParameters") or {}
        memory = task.memory * MIB
        host: Json = {
            "Memory": memory,
            "MemorySwap": memory + int(linux.get("maxSwap") or 0) * MIB,
            "PidsLimit": PIDS,
            "NanoCpus": int(min(task.vcpus, self._cpus) * 1e9),
            "ReadonlyRootfs": bool(asked.get("readonlyRootFilesystem")),
            "Privileged": bool(asked.get("privileged")),
            "Init": bool(linux.get("initProcessEnabled")),
            "ExtraHosts": [f"{HOST_NAME}:host-gateway"],
            "Tmpfs": {
                mount["containerPath"]: ",".join([f"size={mount['size']}m", *(mount.get("mountOptions") or ())])
                for mount in linux.get("tmpfs") or ()
            },
            "Ulimits": [
                {"Name": limit["name"], "Soft": limit["softLimit"], "Hard": limit["hardLimit"]}
                for limit in asked.get("ulimits") or ()
            ],
            "Devices": [
                {
                    "PathOnHost": device["hostPath"],
                    "PathInContainer": device.get("containerPath") or device["hostPath"],
                    "CgroupPermissions": "".join(word[0].lower() for word in device.get("permissions") or ()) or "rwm",
                }
                for device in linux.get("devices") or ()
            ],
            **self._mounts(asked),
            # The output is read through the attachment; the engine need not keep a second copy.
            "LogConfig": {"Type": "none", "Config": {}},
        }
        if size := linux.get("sharedMemorySize"):
            host["ShmSize"] = size * MIB
        if linux.get("maxSwap") and linux.get("swappiness") is not None:
            host["MemorySwappiness"] = linux["swappiness"]
        config: Json = {
            "Image": task.image,
            "Env": [f"{name}={value}" for name, value in task.environment.items()],
            "Labels": {**task.labels, STATE_LABEL: self._mark, JOB_LABEL: task.job_id},
            "AttachStdout": True,
            "AttachStderr": True,
            "HostConfig": host,
        }
        if task.command:
            config["Cmd"] = task.command
        if user := asked.get("user"):
            config["User"] = user
        return config

    def _mounts(self, asked: Json) -> Json:
        volumes = {volume.get("name"): volume for volume in asked.get("volumes") or ()}
        mounts: list[Json] = []
        binds: list[str] = []
        for point in asked.get("mountPoints") or ():
            volume = volumes.get(point.get("sourceVolume")) or {}
            target, read_only = point["containerPath"], bool(point.get("readOnly"))
            if source := (volume.get("host") or {}).get("sourcePath"):
                binds.append(f"{os.path.realpath(source)}:{target}:{'ro' if read_only else 'rw'}")
            elif efs := volume.get("efsVolumeConfiguration"):
                # A file system is a folder that all jobs share.
                inside = str(efs.get("rootDirectory") or "/").strip("/")
                folder = (self._state_dir / state.FILE_SYSTEMS / str(efs["fileSystemId"])).resolve()
                place = (folder / inside).resolve()
                if not place.is_relative_to(folder):
                    raise TaskStartError(f"ResourceInitializationError: failed to mount EFS directory {inside}")
                place.mkdir(parents=True, exist_ok=True)
                place.chmod(0o777)
                mounts.append({"Target": target, "ReadOnly": read_only, "Type": "bind", "Source": str(place)})
            else:
                mounts.append({"Target": target, "ReadOnly": read_only, "Type": "volume"})
        return {"Mounts": mounts, "Binds": binds}


class RunningContainer:
    """A container that has started."""

    def __init__(
        self,
        client: APIClient,
        container: str,
        output: Iterable[tuple[bytes | None, bytes | None]],
        task: Task,
        remove: Any,
    ) -> None:
        self._client = client
        self._container = container
        self._output = output
        self._task = task
        self._remove = remove

    def wait(self) -> Outcome:
        """Pass the output on until the container ends."""
        out, err = LineSplitter(self._task.write), LineSplitter(self._task.write)
        try:
            with contextlib.suppress(OSError):
                for pieces in self._output:
                    # Each stream has its own lines: one that is half written must not swallow the other's.
                    for lines, piece in zip((out, err), pieces, strict=True):
                        if piece:
                            lines.feed(piece)
            out.close()
            err.close()
            code = int(self._client.wait(self._container, timeout=None)["StatusCode"])
            state = self._client.inspect_container(self._container)["State"]
            killed = bool(state.get("OOMKilled")) and code != 0
            return Outcome(code, OUT_OF_MEMORY if killed else None)
        finally:
            self._remove()

    def terminate(self) -> None:
        """SIGTERM to the container's first process."""
        self._signal("SIGTERM")

    def kill(self) -> None:
        """SIGKILL to the container."""
        self._signal("SIGKILL")

    def _signal(self, name: str) -> None:
        from docker.errors import DockerException

        with contextlib.suppress(DockerException):
            self._client.kill(self._container, name)
