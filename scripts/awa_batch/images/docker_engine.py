"""Find a container engine and a way to build with BuildKit."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from awa_batch.errors import ToolError

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.context import Context

ANSWER_SECONDS = 2.0  # how long an engine may take to answer before jobs run as processes instead


class EngineUnavailableError(ToolError):
    """No container engine answers on this machine."""


class BuilderUnavailableError(ToolError):
    """The engine answers, but no docker command here can build with BuildKit."""


@dataclass(frozen=True)
class Engine:
    """A container engine that answers, and the docker commands on PATH that reach it (first one first)."""

    command: Path
    commands: tuple[Path, ...]
    version: str
    name: str  # the server's own words, e.g. "Docker Engine - Community" or "Docker Desktop 4.40"
    architecture: str = ""  # as Docker says it: amd64, arm64

    @cached_property
    def endpoint(self) -> str:
        """The engine's address: DOCKER_HOST, else the docker command's current context (``unix:///…``)."""
        return os.environ.get("DOCKER_HOST") or _context().Host or "unix:///var/run/docker.sock"

    @property
    def is_native(self) -> bool:
        """Whether the engine shares this machine's network, so that its 127.0.0.1 is ours."""
        return self.endpoint.startswith("unix://") and Path("/proc/version").exists() and "Desktop" not in self.name

    def runs(self, platform: str) -> bool:
        """Return whether ``platform`` (``linux/amd64``) is the engine's own, as far as it says so."""
        return self.architecture in ("", platform.partition("/")[2])

    def client(self, timeout: int = 120) -> DockerClient:
        """Return an SDK client for this engine (``timeout`` in seconds for each call)."""
        import docker

        return docker.from_env(timeout=timeout)


@dataclass(frozen=True)
class Builder:
    """A command that builds with BuildKit and loads the result into the engine."""

    arguments: tuple[str, ...]
    environment: dict[str, str]
    description: str


@dataclass(frozen=True)
class EngineStatus:
    """The engine, or one line that says why there is none."""

    engine: Engine | None
    reason: str


def _context() -> Context:
    """Return the docker command's context: DOCKER_CONTEXT, else the current one of its configuration.

    `docker.from_env` follows it as well, but does not tell its name, which buildx is given, or its address.
    """
    from docker.context import ContextAPI

    return ContextAPI.get_context(os.environ.get("DOCKER_CONTEXT")) or ContextAPI.get_context("default")


def docker_commands() -> tuple[Path, ...]:
    """Return every docker command on PATH, in order, each program once."""
    found: dict[Path, Path] = {}
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        for name in ("docker", "docker.exe") if os.name == "nt" else ("docker",):
            path = Path(folder or ".") / name
            if path.is_file() and os.access(path, os.X_OK):
                found.setdefault(path.resolve(), path)
    return tuple(found.values())


def _run(arguments: list[str], seconds: float) -> subprocess.CompletedProcess[str] | None:
    try:
        return subprocess.run(
            arguments, capture_output=True, text=True, timeout=max(seconds, 0.1), check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


def _output(arguments: list[str], seconds: float = 5.0) -> str:
    done = _run(arguments, seconds)
    return done.stdout.strip() if done is not None and done.returncode == 0 else ""


def engine_status(seconds: float = ANSWER_SECONDS) -> EngineStatus:
    """Return the engine if one answers within ``seconds``, else the reason in one line. Never raises."""
    commands = docker_commands()
    if not commands:
        return EngineStatus(None, "no docker command on PATH")
    reason, end = "", time.monotonic() + seconds
    for command in commands:
        left = end - time.monotonic()
        if left <= 0:
            break
        done = _run([str(command), "version", "--format", "{{json .Server}}"], left)
        if done is None:
            reason = reason or f"the engine did not answer {command} within {seconds:g} s"
            continue
        server = _server(done.stdout) if done.returncode == 0 else None
        if server is not None:
            platform = server.get("Platform") or {}
            name = str(platform.get("Name") or "Docker Engine")
            architecture = str(server.get("Arch", ""))
            return EngineStatus(Engine(command, commands, str(server.get("Version", "?")), name, architecture), "")
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        reason = reason or (lines[0] if lines else f"{command} version ended with exit code {done.returncode}")
    return EngineStatus(None, reason or f"the engine did not answer within {seconds:g} s")


def _server(text: str) -> dict[str, Any] | None:
    try:
        server = json.loads(text)
    except json.JSONDecodeError:
        return None
    return server if isinstance(server, dict) else None


def find_engine(seconds: float = ANSWER_SECONDS) -> Engine:
    """Return the engine that answers within ``seconds``. Raises EngineUnavailableError with the reason."""
    status = engine_status(seconds)
    if status.engine is None:
        raise EngineUnavailableError(
            f"No container engine answers: {status.reason}.",
            fix="Start Docker (or set DOCKER_HOST); with ENV=local jobs can also run as processes, without an engine.",
        )
    return status.engine


def find_builder(engine: Engine) -> Builder:
    """Return how to build with BuildKit on ``engine``.

    The first docker command on PATH with a working buildx, else the first whose client is older than 23 (those reach
    the engine's built-in BuildKit by themselves; newer ones need the plugin). Raises BuilderUnavailableError.
    """
    context = "default" if os.environ.get("DOCKER_HOST") else _context().Name
    for command in engine.commands:
        done = _run([str(command), "buildx", "version"], 5.0)
        if done is not None and done.returncode == 0:
            # The context's own builder: it alone sees the engine's images, stand-ins for base images among them.
            arguments = (str(command), "buildx", "build", "--builder", context, "--load")
            # Provenance holds the time of the build: the same commit would have another digest each time.
            return Builder(arguments, {"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}, f"{command} buildx")
    for command in engine.commands:
        major = _output([str(command), "version", "--format", "{{.Client.Version}}"]).split(".", 1)[0]
        if major.isdigit() and int(major) < 23:
            return Builder((str(command), "build"), {"DOCKER_BUILDKIT": "1"}, f"{command} with the engine's BuildKit")
    raise BuilderUnavailableError(
        f"No docker command here can build with BuildKit (looked at {', '.join(map(str, engine.commands))}).",
        fix="Install the buildx plugin (Debian and Ubuntu: docker-buildx or docker-buildx-plugin).",
    )
