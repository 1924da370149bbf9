"""When to stop a run because what fails is not one job but everything."""

from __future__ import annotations

import time
from collections.abc import Callable

from awa_batch.batch.failures import CallError
from awa_batch.duration import duration_text
from awa_batch.errors import AwsError
from awa_batch.submission.single import MAX_UNREACHED
from awa_batch.text import Command

STOP_AFTER = 20
"""Answers in a row without a single acceptance after which the cause is not the jobs: sending stops."""

UNREACHED_SECONDS = 60.0
"""Seconds without an acceptance after which an AWS that was there is taken as gone."""

THROTTLED_SECONDS = 300.0
"""Seconds of nothing but throttles after which the run stops."""


class CircuitBreaker:
    """Counts what fails in a row and says when to stop. ``throttles`` tells how many throttles there were so far."""

    def __init__(self, throttles: Callable[[], int]) -> None:
        self._throttles = throttles
        self._throttles_then = 0
        self._last_accepted = time.monotonic()
        self._failed_in_a_row = self._unreached_in_a_row = 0
        self._was_reached = False

    def accepted(self, *, answered: bool = True) -> None:
        """Count a job that AWS Batch has; not ``answered``: it was found by its name."""
        self._was_reached = self._was_reached or answered
        self._failed_in_a_row = self._unreached_in_a_row = 0
        self._last_accepted = time.monotonic()
        self._throttles_then = self._throttles()

    def failed(self, error: CallError) -> AwsError | None:
        """Count a failed call; return why the run stops, where it does."""
        if error.failure == "unreached":
            self._unreached_in_a_row += 1
            silent = time.monotonic() - self._last_accepted
            enough = silent > UNREACHED_SECONDS if self._was_reached else self._unreached_in_a_row >= MAX_UNREACHED
            return error if enough else None
        self._was_reached = True
        self._unreached_in_a_row = 0
        if error.failure == "refused" and not error.is_of_the_request:
            return error
        self._failed_in_a_row += error.failure != "throttled"
        if self._failed_in_a_row < STOP_AFTER:
            return None
        return AwsError(
            f"{STOP_AFTER} jobs in a row were not accepted: {error.said}", fix=("Run ", Command("doctor"), ".")
        )

    def throttled_too_long(self) -> AwsError | None:
        """Return why the run stops where AWS has only throttled for minutes."""
        silent = time.monotonic() - self._last_accepted
        if silent <= THROTTLED_SECONDS or self._throttles() <= self._throttles_then:
            return None
        return AwsError(
            f"AWS has throttled every call for {duration_text(silent)}.",
            fix="Something else uses up the account's 50 submissions a second: find it, or go on later.",
        )
