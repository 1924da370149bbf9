"""Bringing ENV=local up: when platform and release are one apply."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from awa_batch.environment import local
from awa_batch.environment.marker import Marker, read_marker, write_marker
from awa_batch.errors import NotAppliedError, ToolError
from awa_batch.text import Step

REFERENCE = "registry/latest@sha256:" + "0" * 64


@pytest.fixture
def brought_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Return a function that brings ENV=local up with an image made as given, and says what was applied."""
    state, root, applied = tmp_path / "state", tmp_path / "root", []
    state.mkdir()
    root.mkdir()
    (root / "main.tf").write_text("")
    server = SimpleNamespace(server_id="one", endpoint_url="http://127.0.0.1:1", runner="process")
    module = SimpleNamespace(
        path=root, init=lambda _say: False, apply=lambda _say: applied.append((root / RELEASE).exists())
    )
    keys = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")

    class Environment(local.LocalEnvironment):
        def _check(self, *_: Any) -> None: ...

        def _server(self, *_: Any) -> Any:
            return server, engines[-1]

        def _root(self, *_: Any) -> Any:
            return module

    class Target:
        def variables(self, *_: Any) -> dict[str, str]:
            return dict.fromkeys(keys, "x")

    monkeypatch.setattr(local, "state_dir", lambda: state)
    monkeypatch.setattr(local, "sources_fingerprint", lambda folder: str(sorted(folder.iterdir())))

    engines: list[Any] = []

    def up(image: Any, engine: Any = None) -> list[bool]:
        engines.append(engine)
        monkeypatch.setattr(local, "_image", image)
        environment = Environment()
        object.__setattr__(environment, "target", Target())
        environment._up(lambda _line: None, "auto", None)
        return applied

    return up


RELEASE = "release.auto.tfvars.json"


def test_an_image_that_is_there_is_released_with_the_platform(brought_up: Any) -> None:
    assert brought_up(lambda *_: REFERENCE) == [True]


@pytest.mark.parametrize("engine", [None, "an engine"])
def test_the_images_that_jobs_name_are_released_too(brought_up: Any, tmp_path: Path, engine: str | None) -> None:
    (tmp_path / "root" / "main.tf").write_text('module "platform" {\n  jobs = { a = { image = "test" } }\n}\n')
    made: list[str] = []

    def image(*words: Any) -> str:
        made.append(words[4] if len(words) > 4 else "latest")
        return REFERENCE.replace("latest", made[-1])

    brought_up(image, engine)
    assert made == (["latest", "test"] if engine else ["latest"])  # without an engine it is told, not tried
    assert ('"test"' in (tmp_path / "root" / RELEASE).read_text()) == bool(engine)


def test_the_platform_does_not_wait_for_an_image_that_takes_long(
    brought_up: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "IMAGE_WAIT", 0.05)
    platform_applied = Event()
    marked = local.write_marker

    def note(state: Path, marker: Any) -> None:
        marked(state, marker)
        if marker is not None and marker.phase == "ready":
            platform_applied.set()

    monkeypatch.setattr(local, "write_marker", note)

    def image(*_: Any) -> str:
        assert platform_applied.wait(30)
        return REFERENCE

    assert brought_up(image) == [False, True]


def test_an_image_that_cannot_be_made_is_told_before_anything_is_applied(brought_up: Any) -> None:
    def image(*_: Any) -> str:
        raise ToolError("no such base image", fix=("Correct it.",))

    with pytest.raises(ToolError, match="no such base image"):
        brought_up(image)


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(local, "state_dir", lambda: tmp_path)
    return tmp_path


def server(monkeypatch: pytest.MonkeyPatch, found: Any) -> None:
    def status(_state: Path) -> Any:
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(local, "server_status", status)


RUNNING = SimpleNamespace(server_id="one", endpoint_url="http://127.0.0.1:1", runner="docker")
GONE = local.ServerGoneError("The local AWS (pid 7) is gone: killed, or the machine restarted.")


@pytest.mark.parametrize(
    ("found", "marker", "said"),
    [
        (GONE, Marker("one", "ready", "s", "docker"), "is gone: killed"),
        (None, Marker("one", "ready", "s", "docker"), "is not running"),
        (RUNNING, Marker("one", "applying", "", "docker"), "was cut off"),
        (RUNNING, Marker("another", "ready", "s", "docker"), "was cut off"),
        (None, None, "has not been brought up here"),
    ],
)
def test_what_only_reads_builds_nothing(
    state: Path, monkeypatch: pytest.MonkeyPatch, found: Any, marker: Marker | None, said: str
) -> None:
    server(monkeypatch, found)
    write_marker(state, marker)
    monkeypatch.setattr(local.LocalEnvironment, "_up", lambda *_: pytest.fail("it was built"))
    with pytest.raises(NotAppliedError, match=said) as caught:
        local.LocalEnvironment().open(print)
    assert Step("up") in caught.value.remedy or "up" in str(caught.value.fix)


@pytest.mark.parametrize("phase", ["ready", "failed"])
def test_what_stands_is_opened(state: Path, monkeypatch: pytest.MonkeyPatch, phase: Any) -> None:
    server(monkeypatch, RUNNING)
    write_marker(state, Marker("one", phase, "s", "docker"))
    assert local.LocalEnvironment().open(print) == RUNNING.endpoint_url


def test_what_changes_something_builds_it_anew(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server(monkeypatch, GONE)
    write_marker(state, Marker("one", "ready", "s", "docker"))
    monkeypatch.setattr(local.LocalEnvironment, "_up", lambda *_: server(monkeypatch, RUNNING))
    assert local.LocalEnvironment().open(print, rebuild=True) == RUNNING.endpoint_url


@pytest.mark.parametrize(
    ("asked", "had", "taken"),
    [
        ("auto", "docker", "docker"),
        ("auto", "process", "process"),
        ("process", "docker", "process"),
        ("auto", "", "auto"),
    ],
)
def test_a_rebuild_keeps_the_runner(
    state: Path, monkeypatch: pytest.MonkeyPatch, asked: Any, had: str, taken: str
) -> None:
    write_marker(state, Marker("one", "ready", "s", had))
    server(monkeypatch, GONE)
    chosen = []

    def choose(runner: Any, *_: Any) -> Any:
        chosen.append(runner)
        raise ToolError("no Docker engine answers", fix=("Start Docker.",))

    monkeypatch.setattr(local, "choose_runner", choose)
    with pytest.raises(ToolError):
        local.LocalEnvironment()._server(state, asked, print)
    assert chosen == [taken]


def test_nothing_is_stopped_for_a_runner_that_is_not_there(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server(monkeypatch, SimpleNamespace(**{**vars(RUNNING), "runner": "process"}))
    marker = Marker("one", "ready", "s", "process")
    write_marker(state, marker)
    monkeypatch.setattr(local, "stop_server", lambda _state: pytest.fail("it was stopped"))

    def no_engine(*_: Any) -> Any:
        raise ToolError("no Docker engine answers", fix=("Start Docker.",))

    monkeypatch.setattr(local, "choose_runner", no_engine)
    with pytest.raises(ToolError, match="no Docker engine"):
        local.LocalEnvironment()._server(state, "docker", print)
    assert read_marker(state) == marker
