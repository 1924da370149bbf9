r"""Ctrl-C while jobs are waited for: the first press tells, a second one cancels, and no stray press ends a job.

Ctrl-\ (SIGQUIT) always leaves and lets the jobs go on.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

WINDOW = 10.0
"""Seconds in which a second press cancels."""


_TAKEN = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)


class Detached(BaseException):
    """The user leaves; the jobs go on."""


class CancelAsked(BaseException):
    """The user wants the jobs cancelled."""


class Interrupts:
    r"""Takes Ctrl-C (SIGINT) and SIGTERM while it is entered; `pause` is where they have their effect.

    ``on_interrupt``: None (first press: ``tell``; a second within ten seconds: CancelAsked), ``detach`` or ``cancel``
    (the first press does it). SIGTERM detaches, or cancels with ``cancel``; SIGQUIT, which is Ctrl-\, detaches. While
    no `pause` is reached, as in a call that hangs, a third press ends the command at once. Outside the main thread,
    signals stay as they are.
    """

    def __init__(self, on_interrupt: str | None, tell: Callable[[], None]) -> None:
        self._on_interrupt = on_interrupt
        self._tell = tell
        self._woken = threading.Event()
        self._pressed: list[tuple[int, float]] = []
        self._before: dict[int, Any] = {}
        self._told_at: float | None = None

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._press) for number in _TAKEN}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _press(self, number: int, _frame: FrameType | None) -> None:
        # Nothing is printed here: the handler may have interrupted a print.
        self._pressed.append((number, time.monotonic()))
        self._woken.set()
        if len(self._pressed) > 2:  # nobody has looked at the first two
            raise KeyboardInterrupt

    def pause(self, seconds: float) -> None:
        """Wait ``seconds``, or until a press that ends the waiting. Raises Detached or CancelAsked."""
        deadline = time.monotonic() + seconds
        while True:
            self._woken.clear()
            self._handle_presses()
            left = deadline - time.monotonic()
            if left <= 0:
                return
            self._woken.wait(left)

    def _handle_presses(self) -> None:
        while self._pressed:
            number, at = self._pressed.pop(0)
            if number == signal.SIGQUIT:
                raise Detached
            if self._on_interrupt == "cancel":
                raise CancelAsked
            if self._on_interrupt == "detach" or number == signal.SIGTERM:
                raise Detached
            if self._told_at is not None and at - self._told_at <= WINDOW:
                raise CancelAsked
            self._told_at = at
            self._tell()
