"""One pace for all threads: a token bucket that slows down when AWS says 429 and recovers."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

SUBMIT_RATE = 50.0
"""SubmitJob calls a second for an account and region; AWS does not raise it (AWS Batch service quotas)."""

HEADROOM = 0.99
"""Part of the limit that is used: at the very limit, any jitter on the way is a throttle."""

SLOWER = 0.7
RECOVERY = 0.2
"""Part of the full rate that comes back each second."""
FLOOR = 0.02
MAX_PAUSE = 5.0
CATCH_UP = 0.2
"""Seconds of calls not sent, because the machine was busy, that are made up for."""


class Pace:
    """Hands out moments to send, at most ``limit`` a second over all threads.

    What was not used is kept for a fifth of a second, so that a busy machine still reaches the rate. A throttle lowers
    the rate to 70 % and holds all threads for the time of ten calls, twice as long each time in a row; the rate comes
    back by a fifth of the limit a second.
    """

    def __init__(self, limit: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit * HEADROOM
        self._clock = clock
        self._lock = threading.Lock()
        now = clock()
        self._next = now
        self._slowed_at = now
        self._slowed_to = self._limit
        self._in_a_row = 0
        self.throttles = 0

    @property
    def rate(self) -> float:
        """Calls a second just now."""
        return min(self._limit, self._slowed_to + self._limit * RECOVERY * (self._clock() - self._slowed_at))

    def wait(self, stop: threading.Event) -> float | None:
        """Wait for this thread's turn and return its moment (for `throttled`), or None when ``stop`` was set."""
        with self._lock:
            now = self._clock()
            slot = max(self._next, now - CATCH_UP)
            self._next = slot + 1 / self.rate
        if stop.wait(slot - now) if slot > now else stop.is_set():
            return None
        return self._clock()

    def throttled(self, sent_at: float) -> None:
        """Count a throttle of the call sent at ``sent_at``, and slow down."""
        with self._lock:
            self.throttles += 1
        self.slow_down(sent_at)

    def slow_down(self, sent_at: float) -> None:
        """Slow down; what comes of calls that were under way at the last slow-down counts as the same one."""
        with self._lock:
            if sent_at <= self._slowed_at:
                return
            now = self._clock()
            self._slowed_to = max(self.rate * SLOWER, self._limit * FLOOR)
            self._slowed_at = now
            pause = min(MAX_PAUSE, 10 / self._limit * 2**self._in_a_row)
            self._in_a_row = min(self._in_a_row + 1, 16)
            self._next = max(self._next, now + pause * random.uniform(0.75, 1.25))  # noqa: S311 - jitter

    def went_well(self) -> None:
        """Note that a call was not throttled: the next pause is a short one."""
        self._in_a_row = 0
