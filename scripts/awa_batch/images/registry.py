"""The local registry that ENV=local pushes to: on 127.0.0.1, with its data in the state directory."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from awa_batch.errors import ToolError
from awa_batch.files import private_folder, write_whole
from awa_batch.images import background
from awa_batch.images.base_images import has_image, pull
from awa_batch.images.docker_engine import Engine, engine_status
from awa_batch.text import Say

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

PROGRAMS = ("docker-registry", "registry")  # Debian's name, and the project's own
IMAGES = ("registry:3", "registry:2")
READY_SECONDS = 15.0

_LABEL = "awa-batch.registry"
_CONFIG = """\
version: 0.1
log:
  level: warn
storage:
  filesystem:
    rootdirectory: {storage}
  delete:
    enabled: true
http:
  addr: 127.0.0.1:{port}
"""


class RegistryUnavailableError(ToolError):
    """No local registry can be started on this machine."""


@dataclass(frozen=True)
class RegistryStatus:
    """Whether the local registry runs, and where. ``how`` is the program or image that serves it."""

    running: bool
    address: str
    how: str


def _folder(state_dir: Path) -> Path:
    return state_dir / "registry"


def _saved_port(state_dir: Path) -> int | None:
    try:
        port = int((_folder(state_dir) / "port").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return port if 0 < port < 65536 else None


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    """Return whether a registry answers on the port (GET /v2/ with the API's own header)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/v2/")
        answer = connection.getresponse()
        return answer.getheader("Docker-Distribution-Api-Version", "").startswith("registry/2")
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def registry_status(state_dir: Path, engine: Engine | None = None) -> RegistryStatus:
    """Return whether this state directory's registry runs. With ``engine`` its containers are looked at too."""
    folder, port = _folder(state_dir), _saved_port(state_dir)
    address = f"127.0.0.1:{port}" if port else ""
    process = background.load(folder / "process.json")
    if port and process is not None and _answers(port):
        return RegistryStatus(True, address, f"process {process.pid}")
    container = (folder / "container").read_text(encoding="utf-8").strip() if (folder / "container").exists() else ""
    if port and container and engine is not None and _container_runs(engine, container):
        return RegistryStatus(True, address, f"container {container[:12]}")
    return RegistryStatus(False, address, "")


def _container_runs(engine: Engine, container: str) -> bool:
    import docker.errors

    client = engine.client()
    try:
        return bool(client.containers.get(container).status == "running")
    except docker.errors.NotFound:
        return False
    finally:
        client.close()


def start_registry(state_dir: Path, engine: Engine, say: Say) -> str:
    """Return the address (``127.0.0.1:port``) of the local registry, started if it does not run yet.

    The port stays the same for a state directory, because image references hold it; only where another program has
    taken it is a new one chosen. A ``docker-registry`` or ``registry`` program on PATH serves it where the engine
    shares this machine's network, else a container of registry:3 or registry:2. Raises RegistryUnavailableError.
    """
    status = registry_status(state_dir, engine)
    if status.running:
        return status.address
    stop_registry(state_dir, engine)  # what is left of one that no longer answers
    folder = _folder(state_dir)
    private_folder(folder)
    port = _saved_port(state_dir)
    if port is not None and not _is_free(port):
        say(f"Port {port} of the local registry is taken by another program: choosing a new one")
        port = None
    port = port or _free_port()
    write_whole(folder / "port", str(port), private=True)
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None) if engine.is_native else None
    if program is not None:
        _start_program(program, folder, port)
    else:
        _start_container(engine, folder, port, say)
    say(f"Local registry on 127.0.0.1:{port}")
    return f"127.0.0.1:{port}"


def _start_program(program: str, folder: Path, port: int) -> None:
    config, log = folder / "config.yml", folder / "registry.log"
    storage = folder / "storage"
    private_folder(storage)
    # A JSON string is a YAML string: a path with a colon or a hash in it stays a path.
    write_whole(config, _CONFIG.format(storage=json.dumps(str(storage)), port=port), private=True)
    process = background.start([program, "serve", str(config)], log)
    process.save(folder / "process.json")
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and process.is_alive():
        if _answers(port):
            return
        time.sleep(0.02)
    process.stop()
    (folder / "process.json").unlink(missing_ok=True)
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
    raise RegistryUnavailableError(f"{program} did not start: {last[0][:200]}.", fix=f"Its output: {log}")


def _start_container(engine: Engine, folder: Path, port: int, say: Say) -> None:
    import docker.errors

    image = next((each for each in IMAGES if has_image(engine, each)), None)
    reasons = []
    for each in IMAGES if image is None else ():
        reason = pull(engine, each, say)
        if not reason:
            image = each
            break
        reasons.append(f"{each}: {reason}")
    if image is None:
        raise RegistryUnavailableError(
            f"No local registry: neither {' nor '.join(PROGRAMS)} is on PATH, and {'; '.join(reasons)}.",
            fix="Install docker-registry (Debian and Ubuntu), or make registry:2 available to the engine.",
        )
    client = engine.client()
    try:
        container = _stopped_container(client, folder, port) or client.containers.run(
            image,
            detach=True,
            labels={_LABEL: str(folder)},
            ports={"5000/tcp": ("127.0.0.1", port)},
            environment={"REGISTRY_STORAGE_DELETE_ENABLED": "true"},
        )
        container.start()
        write_whole(folder / "container", str(container.id), private=True)
    except docker.errors.APIError as error:
        raise RegistryUnavailableError(
            f"The registry container did not start: {error.explanation or error}.", fix="Check the engine: docker info."
        ) from error
    finally:
        client.close()
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        if _answers(port):
            return
        time.sleep(0.05)
    raise RegistryUnavailableError(
        f"The registry container {str(container.id)[:12]} does not answer on 127.0.0.1:{port}.",
        fix=f"Look at it: docker logs {str(container.id)[:12]}",
    )


def _stopped_container(client: DockerClient, folder: Path, port: int) -> Container | None:
    """Return the container that served this folder before, with its data, if it publishes the same port."""
    import docker.errors

    try:
        container = client.containers.get((folder / "container").read_text(encoding="utf-8").strip())
    except (OSError, docker.errors.NotFound):
        return None
    bindings = (container.attrs["HostConfig"].get("PortBindings") or {}).get("5000/tcp") or [{}]
    if bindings[0].get("HostPort") == str(port):
        return container
    container.remove(force=True, v=True)
    return None


def stop_registry(state_dir: Path, engine: Engine | None = None) -> bool:
    """Stop this state directory's registry; its data stays. Return whether one ran.

    Ends only the process or container that ``start_registry`` recorded. For a container the engine is looked for
    where none is given.
    """
    folder = _folder(state_dir)
    stopped = False
    process = background.load(folder / "process.json")
    if process is not None:
        process.stop()
        stopped = True
    (folder / "process.json").unlink(missing_ok=True)
    return _stop_container(engine, folder, remove=False) or stopped


def _stop_container(engine: Engine | None, folder: Path, *, remove: bool) -> bool:
    """Stop the recorded container, and remove it and its data if asked; return whether it ran."""
    import docker.errors

    try:
        recorded = (folder / "container").read_text(encoding="utf-8").strip()
    except OSError:
        return False
    engine = engine or engine_status().engine
    if engine is None:  # nothing of it can run
        return False
    client = engine.client()
    try:
        container = client.containers.get(recorded)
        ran = bool(container.status == "running")
        if ran:
            container.stop(timeout=5)
        if remove:
            container.remove(force=True, v=True)
    except docker.errors.NotFound:
        return False
    finally:
        client.close()
    return ran


def clean_registry(state_dir: Path, engine: Engine | None = None) -> None:
    """Stop this state directory's registry and remove all that it holds, and its names for images in the engine.

    The layers stay in the engine's cache, for the next build; `docker image prune` is the user's to call.
    """
    stop_registry(state_dir, engine)
    _stop_container(engine, _folder(state_dir), remove=True)
    port = _saved_port(state_dir)
    engine = engine or (engine_status().engine if port else None)
    if port and engine is not None:
        _forget_names(engine, f"127.0.0.1:{port}/")
    shutil.rmtree(_folder(state_dir), ignore_errors=True)


def _forget_names(engine: Engine, prefix: str) -> None:
    """Remove every name of an image in the engine that begins with ``prefix``; one that is in use stays."""
    import docker.errors
    import requests

    client = engine.client()
    try:
        # The list alone: the SDK's own would ask for each image again, and end at one that has gone since.
        for told in client.api.images():
            names = [*(told.get("RepoTags") or []), *(told.get("RepoDigests") or [])]
            for name in (name for name in names if name.startswith(prefix)):
                with contextlib.suppress(docker.errors.APIError):
                    client.images.remove(name, noprune=True)
    except (docker.errors.APIError, requests.RequestException):
        return  # the engine went away: its names do no harm
    finally:
        client.close()
