"""Only our own process is ever ended."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from awa_batch.images import background
from awa_batch.images.background import BackgroundProcess


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[BackgroundProcess]:
    process = background.start(
        [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"], tmp_path / "log"
    )
    yield process
    process.stop(1)


def test_a_process_is_found_again_and_ended(sleeper: BackgroundProcess, tmp_path: Path) -> None:
    sleeper.save(tmp_path / "process.json")
    found = background.load(tmp_path / "process.json")
    assert found == sleeper
    found.stop()
    assert not sleeper.is_alive()
    assert background.load(tmp_path / "process.json") is None


def test_another_process_with_the_same_pid_is_left_alone(sleeper: BackgroundProcess, tmp_path: Path) -> None:
    other = BackgroundProcess(sleeper.pid, "an earlier start")
    other.save(tmp_path / "process.json")
    assert background.load(tmp_path / "process.json") is None
    other.stop()
    assert sleeper.is_alive()


def test_a_process_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    process = background.start([sys.executable, "-c", code], tmp_path / "log")
    while "up" not in (tmp_path / "log").read_text():
        pass
    process.stop(0.2)
    assert not process.is_alive()


def test_a_process_that_is_over_is_not_alive() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    started = background.started_at(process.pid)
    process.wait()
    assert not BackgroundProcess(process.pid, started).is_alive()


def test_a_process_that_ended_before_it_was_looked_at_is_not_alive() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert not BackgroundProcess(process.pid, background.started_at(process.pid)).is_alive()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"pid": "x", "started": ""}', json.dumps({"pid": None})])
def test_a_broken_record_is_no_process(text: str, tmp_path: Path) -> None:
    (tmp_path / "process.json").write_text(text)
    assert background.load(tmp_path / "process.json") is None
    assert background.load(tmp_path / "missing.json") is None
