"""How each emulator is installed and started: the one place that knows which there are."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.peers import ROOT, locked_environment

HOME = ROOT / ".bench-emulators"
"""Environments, one for each package."""
LOCKS = Path(__file__).with_name("locks")
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Peer:
    """An emulator. ``command`` has PORT in it, ``environment`` too; ``then`` is done when it answers."""

    title: str
    package: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    then: Callable[[str], None] = lambda _url: None
    pythons: tuple[str, ...] = ()


def _without_docker(url: str) -> None:
    body = json.dumps({"batch": {"use_docker": False}}).encode()
    request = urllib.request.Request(f"{url}/moto-api/config", body, {"Content-Type": "application/json"})  # noqa: S310
    _opened(request)


PEERS = (
    Peer("moto, Docker", "moto", ("moto_server", "-H", "127.0.0.1", "-p", "PORT")),
    Peer("moto, simple", "moto", ("moto_server", "-H", "127.0.0.1", "-p", "PORT"), then=_without_docker),
    Peer("MiniStack", "ministack", ("ministack",), {"GATEWAY_PORT": "PORT", "BIND_HOST": "127.0.0.1"}),
    # Its code has the syntax of Python 3.12, whatever its package asks for.
    Peer("LocalEmu", "localemu", ("localemu", "start", "--host", "127.0.0.1", "--port", "PORT"),
         pythons=("3.13", "3.12")),
    Peer("localbatch", "localbatch", ("localbatch", "--host", "127.0.0.1", "--port", "PORT",
                                      "--docker-host", "172.17.0.1")),
)  # fmt: skip
OURS = ("ours, Docker", "ours, processes")


def interpreter(wanted: tuple[str, ...]) -> str:
    """Return the first Python of a wanted version that is on this machine (PATH, pyenv's), else the one that runs."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for number in wanted:
        named = shutil.which(f"python{number}")
        for path in [*([named] if named else []), *sorted(map(str, pyenv.glob(f"versions/{number}.*/bin/python")))]:
            if subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
                return path
    return sys.executable


def version(peer: Peer) -> str:
    """Return the locked version of a peer's package."""
    text = (LOCKS / f"{peer.package}.lock").read_text(encoding="utf-8")
    found = re.findall(rf"^{peer.package}(?:\[[^\]]*\])?==(\S+)", text, re.MULTILINE)
    # A lock for every Python may have an older one for some.
    return str(max(found, key=lambda one: [int(part) for part in one.split(".") if part.isdigit()]))


@contextlib.contextmanager
def started(peer: Peer) -> Iterator[str]:
    """Start a peer in its locked environment, on a free port of loopback; give its address, and end it."""
    HOME.mkdir(exist_ok=True)
    programs = locked_environment(HOME / peer.package, LOCKS / f"{peer.package}.lock", interpreter(peer.pythons))
    port = _free_port()
    with tempfile.TemporaryDirectory() as folder, Path(folder, "log").open("wb") as log:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "DOCKER_HOST") if name in os.environ}
        given = {name: value.replace("PORT", str(port)) for name, value in peer.environment.items()}
        process = subprocess.Popen(
            [str(programs / peer.command[0]), *(word.replace("PORT", str(port)) for word in peer.command[1:])],
            env={**kept, "HOME": folder, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", **given},
            cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            _wait(process, port, Path(folder, "log"))
            url = f"http://127.0.0.1:{port}"
            peer.then(url)
            yield url
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"it ended: {log.read_text(errors='replace')[-400:]}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                time.sleep(2)  # some listen before they are ready
                return
        time.sleep(0.2)
    raise RuntimeError(f"it did not answer within {START_SECONDS:.0f} s: {log.read_text(errors='replace')[-400:]}")


@contextlib.contextmanager
def ours(runner: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Start aws-batch-local; give its address, an image for jobs of this machine's commands, and its keys."""
    from local_batch import lifecycle
    from local_batch.options import PROCESS_REGISTRY
    from local_batch.runners.process_images import machine_image

    with tempfile.TemporaryDirectory() as folder:
        # As many at once as there are rows: the others have no such limit.
        options = ("--queues", "default", "--max-vcpus", "64", "--time-scale", os.environ.get("AWA_TIME_SCALE", "1"))
        server = lifecycle.start(Path(folder), runner, options=options)
        try:
            image = machine_image(PROCESS_REGISTRY) if runner == "process" else ""
            yield server.endpoint_url, image, server.keys.variables() if server.keys else {}
        finally:
            lifecycle.stop(Path(folder))


def ask(url: str, image: str, keys: dict[str, str], rows: Sequence[str] = (), workers: int = 6) -> dict[str, str]:
    """Ask an address every behaviour, or ``rows`` alone, from a process of its own; return the answers."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    mark = secrets.token_hex(4)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bench.emulators.run", url, image, "--workers", str(workers), "--mark", mark,
             "--only", *rows],
            env={**kept, **keys}, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True,
        )  # fmt: skip
    finally:
        _remove_containers(mark)
    return dict(json.loads(done.stdout))


def _remove_containers(mark: str) -> None:
    """Remove what an emulator left on the engine: the mark is in its jobs' names, and so in names or variables."""
    from docker.errors import DockerException

    from local_batch.runners.docker_runner import connect

    with contextlib.suppress(DockerException):
        client = connect()
        for container in client.containers(all=True):
            with contextlib.suppress(DockerException):
                if mark in json.dumps(client.inspect_container(container["Id"])):
                    client.remove_container(container["Id"], force=True)


def _opened(request: urllib.request.Request) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10):
        pass


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
