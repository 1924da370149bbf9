"""A candidate's jobs beside blue's of the same kind: how long they ran, and how much memory they held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from awa_batch.image_release.blue_runs import Took

FEWEST_RUNS = 3
"""Runs of blue below which nothing can be said."""
SECONDS = 10.0
"""Seconds that a candidate's job may take longer than blue's whatever the factor: short jobs vary by the start."""
MIB = 64.0
"""MiB that it may hold more whatever the factor: small jobs vary by what Python and its libraries take."""


@dataclass(frozen=True)
class Bounds:
    """How many times blue's median a candidate's job may take, in time and in memory."""

    slower: float = 2.0
    heavier: float = 2.0


def compare(mine: Sequence[Took], blue: Sequence[Took], bounds: Bounds) -> tuple[list[str], list[str]]:
    """Return what speaks against a candidate, and what was seen, as ends of a sentence that names the job."""
    against: list[str] = []
    seen: list[str] = []
    longest, usual = max((one.seconds for one in mine), default=0.0), [one.seconds for one in blue]
    if len(usual) < FEWEST_RUNS:
        seen.append(f"took {longest:.1f} s; blue has no {FEWEST_RUNS} runs to compare with")
        return against, seen
    bound = bounds.slower * median(usual) + SECONDS
    if longest > bound:
        against.append(f"took {longest:.1f} s, above {bound:.1f} s ({bounds.slower:g} times blue's median)")
    else:
        seen.append(f"took {longest:.1f} s; blue's median is {median(usual):.1f} s")
    held = [one.memory for one in mine if one.memory is not None]
    usual = [one.memory for one in blue if one.memory is not None]
    if not held or len(usual) < FEWEST_RUNS:
        silent = "blue's last runs" if held else "its own log"
        seen.append(f"is not compared by memory: {silent} did not say what was used")
        return against, seen
    bound = bounds.heavier * median(usual) + MIB
    if max(held) > bound:
        against.append(f"held {max(held):.0f} MiB, above {bound:.0f} MiB ({bounds.heavier:g} times blue's median)")
    else:
        seen.append(f"held {max(held):.0f} MiB; blue's median is {median(usual):.0f} MiB")
    return against, seen
