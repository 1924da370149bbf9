"""What numbers and durations the command line takes: the same in every command."""

from __future__ import annotations

import math
import re
from typing import Any

import click

from awa_batch.cli.words import said_by
from awa_batch.errors import UsageError

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(s|m|h|d)?", re.ASCII)
_UNITS = {None: 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}

LONGEST_WAIT = 366 * 86_400
"""Seconds that a command waits at most: no job waits a year."""


class Number(click.ParamType):
    """A finite number within bounds, both included. Python's own reading takes ``nan`` and ``inf``."""

    name = "number"

    def __init__(self, least: float, most: float) -> None:
        self.least = least
        self.most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number. Raises UsageError in the name of the flag, or of the variable that said it."""
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = math.nan
        if not self.least <= number <= self.most:  # nan is within no bounds
            raise UsageError(
                f"{said_by(param, ctx)} {value!r} is not a number from {self.least:g} to {self.most:g}.",
                fix="Give such a number, or leave it out.",
            )
        return number


class Duration(click.ParamType):
    """Seconds, or a number with s, m, h or d (``90m``), within bounds in seconds; the value is in seconds."""

    name = "duration"

    def __init__(self, least: float = 0, most: float = math.inf) -> None:
        self.least = least
        self.most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds. Raises UsageError in the name of the flag, or of the variable that said it."""
        seconds = seconds_of(value) if isinstance(value, str) else float(value)
        named = said_by(param, ctx)
        if seconds is None:
            flag = said_by(param, None)
            raise UsageError(
                f"{named} {value!r} is not a duration.", fix=f"Write seconds, or 90m, 2h: {flag} 2h."
            )
        if not self.least <= seconds <= self.most:
            least, most = _shortest(self.least), _shortest(self.most)
            raise UsageError(
                f"{named} {value!r} is not within {least} and {most}.", fix="Give such a duration, or leave it out."
            )
        return seconds


def seconds_of(text: str) -> float | None:
    """Return the seconds of ``90``, ``90s``, ``1.5h``, ``2d``; None for what is no duration, an endless one included."""
    match = _DURATION.fullmatch(text.strip().lower())
    seconds = float(match[1]) * _UNITS[match[2]] if match else math.inf
    return None if math.isinf(seconds) else seconds


def _shortest(seconds: float) -> str:
    """Return a bound as it would be typed."""
    unit = next((unit for unit in ("d", "h", "m") if seconds and not seconds % _UNITS[unit]), "s")
    return f"{seconds / _UNITS[unit]:g}{unit}"
