"""When the scheduler works: at each change and at planned moments, in one thread that sleeps in between."""

from __future__ import annotations

import sched
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Loop:
    """One lock over everything that Batch remembers, and one thread that takes a ``turn`` whenever there is reason to.

    Nothing polls: `wake` and `after` end the thread's sleep, and so does the next planned moment. All methods but
    `start` are called with the lock held.
    """

    def __init__(self, turn: Callable[[], None]) -> None:
        self.lock = threading.RLock()
        self._turn = turn
        self._changed = threading.Condition(self.lock)
        self._planned = sched.scheduler(time.monotonic)
        self._dirty = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> None:
        """Begin to take turns."""
        self._thread.start()

    def stop(self) -> None:
        """Take no further turn and make no further planned call."""
        self._stopping = True
        self._changed.notify_all()

    def wake(self) -> None:
        """Ask for another turn."""
        self._dirty = True
        self._changed.notify()

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Plan a call in ``seconds``. It is made with the lock held."""
        self._planned.enter(seconds, 0, action)
        self._changed.notify()

    def clear(self) -> None:
        """Forget every planned call."""
        self._planned = sched.scheduler(time.monotonic)
        self._changed.notify()

    def _run(self) -> None:
        with self.lock:
            while not self._stopping:
                self._dirty = False
                self._turn()
                # Makes the calls that are due, and says how long it is to the next one.
                seconds = self._planned.run(blocking=False)
                if not self._dirty:
                    self._changed.wait(seconds)
