"""Things to do at a later moment, for one thread that sleeps until the next of them."""

from __future__ import annotations

import heapq
import itertools
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Timer:
    """A planned call; ``cancel`` makes it do nothing."""

    __slots__ = ("action",)

    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Forget the call."""
        self.action = None


class Timers:
    """A heap of planned calls. Not thread-safe: its owner holds a lock."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._count = itertools.count()

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Plan a call in ``seconds``."""
        timer = Timer(action)
        heapq.heappush(self._heap, (time.monotonic() + seconds, next(self._count), timer))
        return timer

    def run_due(self) -> None:
        """Make every call whose time has come."""
        while self._heap and self._heap[0][0] <= time.monotonic():
            timer = heapq.heappop(self._heap)[2]
            if timer.action is not None:
                timer.action()

    def wait_seconds(self) -> float | None:
        """Return the seconds until the next call, or None when nothing is planned."""
        while self._heap and self._heap[0][2].action is None:
            heapq.heappop(self._heap)
        return max(0.0, self._heap[0][0] - time.monotonic()) if self._heap else None
