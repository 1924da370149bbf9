"""Bringing ENV=local up: when platform and release are one apply."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from awa_batch.environment import local
from awa_batch.errors import ToolError

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
            return server, None

        def _root(self, *_: Any) -> Any:
            return module

    class Target:
        def variables(self, *_: Any) -> dict[str, str]:
            return dict.fromkeys(keys, "x")

    monkeypatch.setattr(local, "state_dir", lambda: state)
    monkeypatch.setattr(local, "sources_fingerprint", lambda folder: str(sorted(folder.iterdir())))

    def up(image: Any) -> list[bool]:
        monkeypatch.setattr(local, "_image", image)
        environment = Environment()
        object.__setattr__(environment, "target", Target())
        environment._up(lambda _line: None, "auto", None)
        return applied

    return up


RELEASE = "release.auto.tfvars.json"


def test_an_image_that_is_there_is_released_with_the_platform(brought_up: Any) -> None:
    assert brought_up(lambda *_: REFERENCE) == [True]


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
        assert platform_applied.wait(5)
        return REFERENCE

    assert brought_up(image) == [False, True]


def test_an_image_that_cannot_be_made_is_told_before_anything_is_applied(brought_up: Any) -> None:
    def image(*_: Any) -> str:
        raise ToolError("no such base image", fix=("Correct it.",))

    with pytest.raises(ToolError, match="no such base image"):
        brought_up(image)
