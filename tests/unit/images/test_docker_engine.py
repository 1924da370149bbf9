"""Which engine answers, and what builds on it."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

import pytest

from awa_batch.images.docker_engine import (
    BuilderUnavailableError,
    Engine,
    EngineUnavailableError,
    docker_commands,
    engine_status,
    find_builder,
    find_engine,
)
from tests.unit.images.conftest import FakeDocker

REFUSED = "echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.' >&2; exit 1"


def test_no_docker_command(docker: FakeDocker) -> None:
    assert engine_status().reason == "no docker command on PATH"
    with pytest.raises(EngineUnavailableError) as caught:
        find_engine()
    assert "no docker command on PATH" in caught.value.what
    assert "processes" in caught.value.fix


def test_an_engine_that_refuses_says_why_in_one_line(docker: FakeDocker) -> None:
    docker("a", version=REFUSED)
    status = engine_status()
    assert status.engine is None
    assert status.reason == "Cannot connect to the Docker daemon at unix:///var/run/docker.sock."


def test_an_engine_that_hangs_is_given_up_in_time(docker: FakeDocker) -> None:
    path = docker("a", version="exec sleep 30")
    started = time.monotonic()
    status = engine_status(0.5)
    assert time.monotonic() - started < 15
    assert status.engine is None
    assert status.reason == f"the engine did not answer {path} within 0.5 s"


@pytest.mark.parametrize("answer", ["echo null", "echo nonsense", "true"])
def test_an_answer_without_a_server_is_none(docker: FakeDocker, answer: str) -> None:
    docker("a", version=answer)
    assert engine_status().engine is None


def test_the_first_command_that_reaches_an_engine_is_taken(docker: FakeDocker) -> None:
    docker("a", version=REFUSED)
    second = docker("b")
    engine = find_engine()
    assert engine.command == second
    assert engine.version == "27.0.1"
    assert engine.name == "Docker Engine - Community"


def test_a_program_that_is_on_path_twice_counts_once(
    docker: FakeDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = docker("a")
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "docker").symlink_to(first)
    (tmp_path / "not-executable").mkdir()
    (tmp_path / "not-executable" / "docker").write_text("")
    monkeypatch.setenv("PATH", f"{tmp_path / 'not-executable'}:{tmp_path / 'a'}:{tmp_path / 'link'}")
    assert docker_commands() == (first,)


def test_buildx_is_taken_wherever_it_is_on_path(docker: FakeDocker) -> None:
    docker("a", client="20.10.24")
    second = docker("b", buildx="echo v0.20")
    builder = find_builder(find_engine())
    # The context's own builder sees the engine's images; one in a container would not.
    assert builder.arguments == (str(second), "buildx", "build", "--builder", "default", "--load")
    assert builder.environment == {"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}


def test_without_buildx_an_old_client_reaches_the_engines_own_buildkit(docker: FakeDocker) -> None:
    docker("a", client="28.2.2")
    second = docker("b", client="20.10.24+dfsg1")
    builder = find_builder(find_engine())
    assert builder.arguments == (str(second), "build")
    assert builder.environment == {"DOCKER_BUILDKIT": "1"}


def test_no_way_to_build_is_said_with_what_to_install(docker: FakeDocker) -> None:
    docker("a", client="23.0.0")
    docker("b", client="28.2.2")
    with pytest.raises(BuilderUnavailableError) as caught:
        find_builder(find_engine())
    assert "a/docker" in caught.value.what
    assert "b/docker" in caught.value.what
    assert "buildx" in caught.value.fix


@pytest.mark.parametrize(
    ("host", "name", "native"),
    [
        ("unix:///var/run/docker.sock", "Docker Engine - Community", True),
        ("unix:///home/a/.docker/desktop/docker.sock", "Docker Desktop 4.40.0", False),
        ("tcp://10.0.0.2:2376", "Docker Engine - Community", False),
        ("ssh://build@host", "Docker Engine - Community", False),
    ],
)
def test_an_engine_elsewhere_does_not_share_our_127_0_0_1(
    host: str, name: str, native: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    assert Engine(Path("docker"), (), "1", name).is_native == (native and Path("/proc/version").exists())


def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, current: str) -> None:
    """Write a docker configuration with the contexts desk and far."""
    config = tmp_path / "docker-config"
    for name in ("desk", "far"):
        folder = config / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
        folder.mkdir(parents=True)
        about = {"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": f"unix:///run/{name}.sock"}}}
        (folder / "meta.json").write_text(json.dumps(about))
    (config / "config.json").write_text(json.dumps({"currentContext": current} if current else {}))
    monkeypatch.setenv("DOCKER_CONFIG", str(config))


@pytest.mark.parametrize(
    ("current", "variables", "address", "context"),
    [
        ("", {}, "unix:///var/run/docker.sock", "default"),
        ("desk", {}, "unix:///run/desk.sock", "desk"),
        ("desk", {"DOCKER_CONTEXT": "far"}, "unix:///run/far.sock", "far"),
        ("desk", {"DOCKER_HOST": "tcp://10.0.0.2:2376"}, "tcp://10.0.0.2:2376", "default"),
        ("gone", {}, "unix:///var/run/docker.sock", "default"),
    ],
)
def test_the_engine_is_that_of_the_docker_commands_context(
    docker: FakeDocker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    current: str,
    variables: dict[str, str],
    address: str,
    context: str,
) -> None:
    configured(tmp_path, monkeypatch, current=current)
    monkeypatch.delenv("DOCKER_CONTEXT", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    docker("a", buildx="echo v0.20")
    engine = find_engine()
    assert engine.endpoint == address
    assert context in find_builder(engine).arguments
