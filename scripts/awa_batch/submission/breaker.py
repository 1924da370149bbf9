"""When to hold a run back, and when to stop it, because what fails is not one job but everything."""

from __future__ import annotations

import time
from collections.abc import Callable

from awa_batch.batch.failures import CallError
from awa_batch.duration import duration_text
from awa_batch.errors import AwsError
from awa_batch.text import Command, Field

STOP_AFTER = 20
"""Refusals in a row without a single acceptance after which the cause is not the jobs: sending stops."""

HOLD_AFTER = 8
"""Passing failures in a row after which one job at a time is sent, with growing waits between."""

FIRST_HOLD = 0.5
LONGEST_HOLD = 15.0

THROTTLES_APART = 30.0
"""Seconds between two throttles beyond which they are not the same trouble."""


class CircuitBreaker:
    """Counts what fails in a row and says when to hold and when to stop.

    ``throttles`` tells how many throttles there were so far. ``patience`` is for how many seconds nothing but passing
    failures is borne, from the first of them on; what was before it, silence included, does not count.
    """

    def __init__(
        self, throttles: Callable[[], int], patience: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._throttles = throttles
        self._patience = patience
        self._clock = clock
        self._refused_in_a_row = self._passing_in_a_row = 0
        self._failing_since: float | None = None
        self._throttled_since = self._throttled_at = -THROTTLES_APART
        self._throttles_seen = throttles()
        self._held_until = 0.0
        self._said = ""

    def accepted(self) -> None:
        """Count a job that AWS Batch has."""
        self._refused_in_a_row = self._passing_in_a_row = 0
        self._failing_since = None
        self._throttled_at = -THROTTLES_APART
        self._throttles_seen = self._throttles()

    def failed(self, error: CallError) -> AwsError | None:
        """Count a failed call; return why the run stops, where it does."""
        if error.is_passing:
            return self._failed_in_passing(error)
        self._failing_since, self._passing_in_a_row = None, 0  # AWS did answer
        if not error.is_of_the_request:
            return error
        self._refused_in_a_row += 1
        if self._refused_in_a_row < STOP_AFTER:
            return None
        return AwsError(
            f"{STOP_AFTER} jobs in a row were not accepted: {error.said}", fix=("Run ", Command("doctor"), ".")
        )

    @property
    def is_holding(self) -> bool:
        """Whether jobs are held back: they are sent one at a time, when their time has come."""
        return self._passing_in_a_row >= HOLD_AFTER

    def room(self, wanted: int, in_flight: int) -> int:
        """Return how many of the jobs ``wanted`` may be handed out now."""
        if not self.is_holding:
            return wanted
        return min(wanted, 1) if in_flight == 0 and self._clock() >= self._held_until else 0

    def outage(self, at_least: float) -> str:
        """Return what fails now and has for ``at_least`` seconds; "" where nothing does."""
        since = self._failing_since
        return "" if since is None or self._clock() - since < at_least else self._said

    def throttled_too_long(self) -> AwsError | None:
        """Return why the run stops where AWS has only throttled for as long as patience goes."""
        now, throttles = self._clock(), self._throttles()
        if throttles > self._throttles_seen:
            if now - self._throttled_at >= THROTTLES_APART:
                self._throttled_since = now
            self._throttled_at, self._throttles_seen = now, throttles
        if now - self._throttled_at >= THROTTLES_APART or now - self._throttled_since <= self._patience:
            return None
        return AwsError(
            f"AWS has throttled every call for {duration_text(now - self._throttled_since)}.",
            fix=(
                "Something else uses up the account's 50 submissions a second: find it, or go on later, or have more ",
                Field("patience"),
                ".",
            ),
        )

    def _failed_in_passing(self, error: CallError) -> AwsError | None:
        now = self._clock()
        if error.failure == "throttled":  # `throttled_too_long` measures it
            return None
        self._failing_since = now if self._failing_since is None else self._failing_since
        self._passing_in_a_row += 1
        self._said = error.said
        beyond = self._passing_in_a_row - HOLD_AFTER
        self._held_until = now + min(FIRST_HOLD * 2 ** max(0, min(beyond, 10)), LONGEST_HOLD)
        return error if now - self._failing_since >= self._patience else None
