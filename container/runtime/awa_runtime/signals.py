"""SIGTERM: what AWS Batch sends before it kills (timeout, termination, Spot reclaim)."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType

EXIT_SIGTERM = 128 + signal.SIGTERM

_callbacks: list[Callable[[], object]] = []
_ending = False


def on_sigterm(callback: Callable[[], object]) -> Callable[[], None]:
    """Call ``callback`` when the job is told to end, then leave with exit code 143 (``finally`` blocks still run).

    AWS Batch sends SIGTERM and, 30 seconds later, SIGKILL (up to 120 seconds on Fargate with a longer stopTimeout):
    save what is worth saving and return. The handler is what makes a process with id 1, for which the kernel has no
    default action, end on SIGTERM at all. Several callbacks run newest first; an error in one is logged and does not
    keep the others from running. Returns a function that takes the callback off again. Call it from the main thread:
    Python lets no other set a handler (RuntimeError).
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("on_sigterm must be called from the main thread.")
    _callbacks.append(callback)
    signal.signal(signal.SIGTERM, _handle)

    def remove() -> None:
        if callback in _callbacks:
            _callbacks.remove(callback)

    return remove


def _handle(_number: int, _frame: FrameType | None) -> None:
    global _ending
    if _ending:  # a second SIGTERM must not cut the first one's callbacks short
        return
    _ending = True
    for callback in reversed(_callbacks):
        try:
            callback()
        except Exception:
            import logging  # not for jobs that need none

            logging.getLogger("awa_runtime").exception("A SIGTERM callback failed")
    raise SystemExit(EXIT_SIGTERM)
