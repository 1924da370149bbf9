"""Runs a job as a container of the local Docker engine."""

from __future__ import annotations

import contextlib
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local_batch import state
from local_batch.addresses import interface_address
from local_batch.host_access import PIDS
from local_batch.json_object import Json
from local_batch.runners.base import OUT_OF_MEMORY, ContainerFacts, Outcome, Task, TaskStartError
from local_batch.runners.lines import LineSplitter
from local_batch.runners.networks import Networks
from local_batch.runners.ownership import state_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from docker import APIClient

    from local_batch.host_access import HostAccess
    from local_batch.runners.own_container import OwnContainer

STATE_LABEL = "aws-batch-local.state"
"""Label of every container: the id of the state directory whose server started it."""
JOB_LABEL = "aws-batch-local.job"
"""Label of every container: the id of the job that it runs."""
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


def _mark(state_dir: Path, own: OwnContainer | None) -> str:
    """Return the id of a state directory for the engine's labels.

    In containers the paths of all servers are the same: there the folder of the host says which it is.
    """
    if own is None:
        return state_id(state_dir)
    place = str(state_dir.resolve())
    return state_id(Path(own.host_path(place) or f"/{own.id}{place}"))


class _GoneError(Exception):
    """A container could not be made of what was there a moment ago; ``told`` is what AWS would say."""

    def __init__(self, told: TaskStartError) -> None:
        super().__init__(str(told))
        self.told = told


class DockerRunner:
    """Starts each task as a container, labelled with the state directory's id.

    ``own`` is the container that this server is in, if it is in one of this engine: tasks are then in its network,
    where ``names`` mean it.
    """

    kind = "docker"

    def __init__(
        self,
        state_dir: Path,
        client: APIClient,
        access: HostAccess,
        own: OwnContainer | None = None,
        names: Sequence[str] = (),
    ) -> None:
        self._client = client
        self._access = access
        self._state_dir = state_dir
        self._own = own
        self._mark = _mark(state_dir, own)
        self.cpus = float(client.info().get("NCPU") or 1)
        self._pulls: dict[str, threading.Lock] = {}
        self._here: set[str] = set()
        """Images that were there when they were last looked for."""
        self._foreign: dict[str, str] = {}
        """Images for another platform than the engine's → why that may be what is wrong with a container of theirs."""
        self._pulls_guard = threading.Lock()
        network, address = (own.network, own.address) if own else (None, None)
        hosts = dict.fromkeys(names, address) if address else {}
        self._networks = Networks(client, {STATE_LABEL: self._mark}, network, hosts)
        self._after = ThreadPoolExecutor(4, thread_name_prefix="remove")
        self._leaving: dict[str, list[Future[None]]] = {}
        """A network that containers share → the removals of those that have ended."""

    def start(self, task: Task) -> RunningContainer:
        """Start a task. Raises TaskStartError."""
        # The API has looked at it; a path may have become a link since then.
        if refusal := self._access.refusal(task.container):
            raise TaskStartError(f"CannotCreateContainerError: {refusal}")
        self._pull(task.image)
        try:
            return self._started(task)
        except _GoneError:
            # What was there a moment ago is not any more: the image, or a network that was kept.
            self._here.discard(task.image)
            self._pull(task.image)
            self._networks.forget()
        try:
            return self._started(task)
        except _GoneError as error:
            raise error.told from None

    def _started(self, task: Task) -> RunningContainer:
        from docker.errors import APIError, DockerException

        own = None
        if task.network is None:
            own = self._network()
            task = replace(task, network=own)
        container = None
        try:
            container = self._client.create_container_from_config(self._config(task))["Id"]  # type: ignore[no-untyped-call]
            task.record({"event": "container", "container": container})
            # Attached before the start, so that not one line is missed.
            output = self._client.attach(container, stdout=True, stderr=True, stream=True, logs=False, demux=True)
            self._client.start(container)
        except DockerException as error:
            words = (error.explanation if isinstance(error, APIError) else None) or str(error)
            is_gone = container is None or (own is not None and own in words)
            self._take_away(container, None if is_gone else own, task)
            if is_gone and own is not None:
                self._remove(own)
            kind = "CannotCreateContainerError" if container is None else "CannotStartContainerError"
            told = TaskStartError(f"{kind}: Error response from daemon: {words}")
            raise (_GoneError(told) if is_gone else told) from None

        def remove() -> None:
            done = self._after.submit(self._take_away, container, own, task)
            if own is None:
                self._leaving.setdefault(str(task.network), []).append(done)

        return RunningContainer(self._client, container, output, task, remove, self._foreign.get(task.image))

    def _network(self) -> str:
        from docker.errors import DockerException

        try:
            return self._networks.take()
        except DockerException as error:
            raise TaskStartError(f"CannotStartContainerError: Error response from daemon: {error}") from None

    def _take_away(self, container: str | None, network: str | None, task: Task) -> None:
        """Remove a container, and give its network back where it is its own."""
        if container is not None:
            self._remove(container)
        if network is not None:
            self._networks.give_back(network, as_it_was=not task.container.get("privileged"))

    def open_network(self, task: Task) -> str | None:
        """Have a network for all containers of a task, as ECS does. Raises TaskStartError."""
        del task
        return self._network()

    def close_network(self, network: str | None, volumes: str) -> None:
        """Keep a task's network for another, and remove the task's volumes."""
        if network is not None:
            wait(self._leaving.pop(network, ()))  # volumes in use are not removed
            # One of its containers may have been privileged.
            self._networks.give_back(network, as_it_was=not self._access.privileged)
        self._remove_volumes(lambda name: name.startswith(f"{volumes}-"))

    def cleanup(self, records: list[Json]) -> list[str]:
        """Remove the containers that an earlier server left; return the jobs of those that still ran."""
        del records  # the engine knows better
        running = []
        for container in self._client.containers(all=True, filters={"label": f"{STATE_LABEL}={self._mark}"}):
            # Those without a job held networks.
            if container.get("State") == "running" and JOB_LABEL in container["Labels"]:
                running.append(str(container["Labels"][JOB_LABEL]))
            self._remove(container["Id"])
        self._remove_volumes(lambda _: True)
        return running

    def close(self) -> None:
        """Wait until every ended container is removed."""
        self._after.shutdown(wait=True)
        self._networks.close()
        self._client.close()

    def _remove(self, container: str) -> None:
        from docker.errors import DockerException

        with contextlib.suppress(DockerException):
            self._client.remove_container(container, force=True, v=True)

    def _remove_volumes(self, are_meant: Callable[[str], bool]) -> None:
        """Remove volumes of this state directory's tasks."""
        from docker.errors import DockerException

        with contextlib.suppress(DockerException):
            for volume in self._client.volumes({"label": f"{STATE_LABEL}={self._mark}"})["Volumes"] or ():
                if are_meant(volume["Name"]):
                    with contextlib.suppress(DockerException):
                        self._client.remove_volume(volume["Name"], force=True)

    def _pull(self, image: str) -> None:
        """Have the image here. One that is here is not pulled again, whatever its tag says now."""
        from docker.errors import APIError, DockerException, ImageNotFound
        from docker.utils import parse_repository_tag

        if image in self._here:
            return
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
            self._note_platform(image)
        self._here.add(image)

    def _note_platform(self, image: str) -> None:
        """Remember an image that is for another platform than the engine's, which may run it by emulation."""
        from docker.errors import DockerException

        self._foreign.pop(image, None)
        with contextlib.suppress(DockerException):
            found = self._client.inspect_image(image)  # type: ignore[no-untyped-call]
            engine = self._client.version(api_version=False)
            theirs, ours = f"{found.get('Os')}/{found.get('Architecture')}", f"{engine.get('Os')}/{engine.get('Arch')}"
            if theirs != ours:
                self._foreign[image] = f"the image is for {theirs}, and the engine runs {ours}"

    def _config(self, task: Task) -> Json:
        """Return the engine's container configuration of a task."""
        asked = task.container
        linux = asked.get("linuxParameters") or {}
        memory = task.memory * MIB
        host: Json = {
            "Memory": memory,
            "MemorySwap": memory + int(linux.get("maxSwap") or 0) * MIB,
            "PidsLimit": PIDS,
            "NanoCpus": int(min(task.vcpus, self.cpus) * 1e9),
            "ReadonlyRootfs": bool(asked.get("readonlyRootFilesystem")),
            "Privileged": bool(asked.get("privileged")),
            "Init": bool(linux.get("initProcessEnabled")),
            # With its names of hosts: who shares another container's network may not bring any.
            "NetworkMode": f"container:{task.network}",
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
            **self._mounts(asked, task.volumes),
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

    def _mounts(self, asked: Json, shared: str | None) -> Json:
        volumes = {volume.get("name"): volume for volume in asked.get("volumes") or ()}
        mounts: list[Json] = []
        binds: list[str] = []
        for point in asked.get("mountPoints") or ():
            volume = volumes.get(point.get("sourceVolume")) or {}
            target, read_only = point["containerPath"], bool(point.get("readOnly"))
            if source := (volume.get("host") or {}).get("sourcePath"):
                binds.append(f"{self._on_host(os.path.realpath(source))}:{target}:{'ro' if read_only else 'rw'}")
            elif efs := volume.get("efsVolumeConfiguration"):
                # A file system is a folder that all jobs share.
                inside = str(efs.get("rootDirectory") or "/").strip("/")
                folder = (self._state_dir / state.FILE_SYSTEMS / str(efs["fileSystemId"])).resolve()
                place = (folder / inside).resolve()
                if not place.is_relative_to(folder):
                    raise TaskStartError(f"ResourceInitializationError: failed to mount EFS directory {inside}")
                place.mkdir(parents=True, exist_ok=True)
                place.chmod(0o777)
                source = self._on_host(str(place))
                mounts.append({"Target": target, "ReadOnly": read_only, "Type": "bind", "Source": source})
            else:
                mount: Json = {"Target": target, "ReadOnly": read_only, "Type": "volume"}
                if shared:
                    mount["Source"] = f"{shared}-{point['sourceVolume']}"
                    mount["VolumeOptions"] = {"Labels": {STATE_LABEL: self._mark}}
                mounts.append(mount)
        return {"Mounts": mounts, "Binds": binds}

    def _on_host(self, path: str) -> str:
        """Return what a path that this server knows is on the engine's host. Raises TaskStartError."""
        if self._own is None:
            return path
        if (found := self._own.host_path(path)) is None:
            raise TaskStartError(
                f"CannotCreateContainerError: {path} is in the container of the local AWS alone, in no mount of it. "
                "Mount the host's folder into that container too, at the same path."
            )
        return found


class RunningContainer:
    """A container that has started."""

    def __init__(
        self,
        client: APIClient,
        container: str,
        output: Iterable[tuple[bytes | None, bytes | None]],
        task: Task,
        remove: Any,
        foreign: str | None = None,
    ) -> None:
        self._foreign = foreign
        self._client = client
        self._container = container
        self._output = output
        self._task = task
        self._remove = remove

    def wait(self) -> Outcome:
        """Pass the output on until the container ends."""
        out, err = LineSplitter(self._task.write), LineSplitter(self._task.write)
        last = b""
        try:
            with contextlib.suppress(OSError):
                for pieces in self._output:
                    # Each stream has its own lines: one that is half written must not swallow the other's.
                    for lines, piece in zip((out, err), pieces, strict=True):
                        if piece:
                            lines.feed(piece)
                            last = piece
            out.close()
            err.close()
            code = int(self._client.wait(self._container, timeout=None)["StatusCode"])
            state = self._client.inspect_container(self._container)["State"]
            # Whatever the exit code: as the agent of ECS, which looks at this flag alone (metadataFromContainer).
            reason = OUT_OF_MEMORY if state.get("OOMKilled") else None
            if code and reason is None and self._foreign and b"exec format error" in last:
                reason = f"exec format error: {self._foreign}"
            return Outcome(code, reason)
        finally:
            self._remove()

    def facts(self) -> ContainerFacts:
        """Say what the engine calls it. Its address is that of the container that holds its network."""
        from docker.errors import DockerException

        try:
            found = self._client.inspect_container(self._container)
            host = self._client.inspect_container(self._task.network) if self._task.network else found
        except DockerException:
            return ContainerFacts(self._container)
        networks = host["NetworkSettings"].get("Networks") or {}
        addresses = tuple(one["IPAddress"] for one in networks.values() if one.get("IPAddress"))
        mode = next(iter(networks), "none")
        return ContainerFacts(self._container, found["Name"].lstrip("/"), found["Image"], mode, addresses)

    def stats(self) -> Json | None:
        """Say what it uses, as the engine does. The second look has what changed since the first, a second before."""
        from docker.errors import DockerException

        try:
            looks: Any = self._client.stats(self._container, decode=True, stream=True)
            try:
                first, second = next(looks), next(looks)
            finally:
                looks.close()
        except (DockerException, StopIteration, OSError):
            return None
        if not (second.get("pids_stats") or {}).get("current"):
            return None  # it has ended meanwhile
        second["network_rate_stats"] = _rates(first, second)
        return dict(second)

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


def _rates(first: Json, second: Json) -> Json:
    """Return what ECS adds to Docker's statistics: bytes a second over all networks between two looks."""
    seconds = (datetime.fromisoformat(second["read"]) - datetime.fromisoformat(first["read"])).total_seconds() or 1.0

    def rate(member: str) -> float:
        before, after = (sum(one[member] for one in (look.get("networks") or {}).values()) for look in (first, second))
        return float(max(0, after - before) / seconds)

    return {"rx_bytes_per_sec": rate("rx_bytes"), "tx_bytes_per_sec": rate("tx_bytes")}
