"""How careful a submission is: how long a job whose answer was lost is looked for, and what happens then."""

from __future__ import annotations

from dataclasses import dataclass

LOOKUP_SECONDS = 30.0
"""Seconds over which a job whose answer was lost is looked for, before it is sent again.

AWS documents no time after which an accepted job is listed, and a request whose connection broke may still be on its
way to being accepted; lags of up to 12 s have been seen. What is left is a job that shows up later still: no client can
rule that out without an idempotency token, which SubmitJob does not have.
"""

FIRST_WAIT = 0.5
LONGEST_WAIT = 15.0


def lookup_waits(seconds: float) -> tuple[float, ...]:
    """Return the waits before each look (seconds, ``seconds`` in all): soon at first, each twice the one before."""
    waits: list[float] = []
    wait = FIRST_WAIT
    while (left := seconds - sum(waits)) > 0:
        waits.append(min(wait, left))
        wait = min(2 * wait, LONGEST_WAIT)
    return tuple(waits) or (FIRST_WAIT,)


LOOKUP_WAITS = lookup_waits(LOOKUP_SECONDS)
"""Seconds before each look for the job after an unclear answer."""


@dataclass(frozen=True)
class Care:
    """``lookup_waits``: seconds before each look for a job whose answer was lost.

    ``never_double``: what those looks do not find is left alone instead of being sent again. ``patience``: seconds for
    which an AWS that cannot be reached, fails or throttles is waited through; None: as long as the environment's target
    says (`awa_batch.target.WatchIntervals.outage_bound`).
    """

    lookup_waits: tuple[float, ...] = LOOKUP_WAITS
    never_double: bool = False
    patience: float | None = None
