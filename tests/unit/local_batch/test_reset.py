"""What keeps a reset from being made, and that nothing is forgotten then."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from local_batch.front import reset as module
from local_batch.front.reset import Reset
from local_batch.front.turnstile import Turnstile
from local_batch.refusals import Refusal


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what a reset resets: a turnstile, and notes of what the others were asked."""
    monkeypatch.setattr(module, "REQUEST_SECONDS", 0.05)
    names = ("scheduler", "gate", "events", "timer", "journal")
    found: dict[str, Any] = {"turnstile": Turnstile(), **{name: MagicMock() for name in names}}
    found["scheduler"].end_all.return_value = []
    found["scheduler"].settings.time_scale = 5.0
    return found


def forgotten(parts: dict[str, Any]) -> list[bool]:
    return [
        parts["scheduler"].forget_all.called,
        parts["gate"].reset.called,
        parts["events"].forget.called,
        parts["timer"].forget.called,
        parts["journal"].forgotten.called,
    ]


def test_all_is_forgotten(parts: dict[str, Any], tmp_path: Path) -> None:
    reset = Reset(tmp_path, **parts)
    parts["scheduler"].settings.time_scale = 60.0
    assert reset() == {"reset": True}
    assert all(forgotten(parts))
    assert parts["scheduler"].go_on.called
    assert parts["scheduler"].settings.time_scale == 5.0


def test_a_job_that_does_not_end_keeps_everything(parts: dict[str, Any], tmp_path: Path) -> None:
    parts["scheduler"].end_all.return_value = ["job-1"]
    with pytest.raises(Refusal, match="no object was reset: job-1"):
        Reset(tmp_path, **parts)()
    assert not any(forgotten(parts))
    assert parts["scheduler"].go_on.called, "jobs are placed again"
    with parts["turnstile"].alone(0) as alone:
        assert alone, "and requests let through"


def test_a_request_that_is_not_answered_keeps_everything(parts: dict[str, Any], tmp_path: Path) -> None:
    with parts["turnstile"].through(), pytest.raises(Refusal, match="nothing was reset"):
        Reset(tmp_path, **parts)()
    assert not any(forgotten(parts))
    assert not parts["scheduler"].end_all.called
    with parts["turnstile"].through():
        pass


def test_requests_wait_for_a_reset(parts: dict[str, Any]) -> None:
    turnstile, through = parts["turnstile"], threading.Event()

    def go() -> None:
        with turnstile.through():
            through.set()

    with turnstile.alone(1) as alone:
        thread = threading.Thread(target=go)
        thread.start()
        assert alone
        assert not through.wait(0.05)
    assert through.wait(30)
    thread.join()
