"""Who takes the local AWS down after its server was killed."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from local_batch import left_behind, processes, state


@pytest.fixture
def of_a_dead_server(tmp_path: Path) -> Path:
    """A state directory whose lock names a server that is gone."""
    dead = subprocess.Popen(["true"])
    dead.wait()
    (tmp_path / state.LOCK).write_text(f"{dead.pid} some-boot/1")
    return tmp_path


def test_a_lock_that_a_killed_server_has_for_a_moment_is_waited_for(
    of_a_dead_server: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()
    monkeypatch.setattr(state, "serving", lambda _: asked.set())  # None: the server in the file is gone
    ended = threading.Event()
    ran = cast("Any", SimpleNamespace(runner="process", server_id="it"))

    def take_down() -> None:
        left_behind.end(of_a_dead_server, ran)
        ended.set()

    with state.lock(of_a_dead_server, serves=False) as held:
        assert held
        taking = threading.Thread(target=take_down, daemon=True)
        monkeypatch.setattr(left_behind, "_runner", lambda *_: Runner())
        taking.start()
        assert asked.wait(30)
        assert not ended.is_set()
    assert ended.wait(30)
    assert Runner.cleaned == 1


class Runner:
    cleaned = 0

    def cleanup(self, _started: object) -> list[str]:
        Runner.cleaned += 1
        return []

    def close(self) -> None: ...


def test_what_a_living_server_has_is_left_to_it(tmp_path: Path) -> None:
    with state.lock(tmp_path) as held:
        assert held
        assert state.serving(tmp_path) == os.getpid()
        assert left_behind.end(tmp_path, None) == []
    assert processes.started_at(os.getpid())
