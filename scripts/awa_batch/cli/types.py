"""What numbers and durations the command line takes: the same in every command."""

from __future__ import annotations

import math
import re
import time
from datetime import datetime
from typing import Any

import click

from awa_batch.cli.words import said_by
from awa_batch.errors import UsageError

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(s|m|h|d)?", re.ASCII)
_UNITS = {None: 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}

LONGEST_WAIT = 366 * 86_400
"""Seconds that a command waits at most: no job waits a year."""


def _plain(number: float) -> str:
    """Return a bound as people write it: 0.000001, 1,000."""
    return f"{number:,.12f}".rstrip("0").rstrip(".")


class Number(click.ParamType[float]):
    """A finite number within bounds, both included. Python's own reading takes ``nan`` and ``inf``."""

    name = "number"
    what = "a number"

    def __init__(self, least: float, most: float) -> None:
        self.least = least
        self.most = most

    def read(self, value: Any) -> float:
        """Return what ``value`` says; ValueError where it is no such number."""
        return float(value)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number. Raises UsageError in the name of the flag, or of the variable that said it."""
        named = f"{said_by(param, ctx)} {value!r}"
        try:
            number = self.read(value)
        except (ValueError, OverflowError):
            number = math.nan
        if math.isnan(number):
            raise UsageError(f"{named} is not {self.what}.", fix=f"Give {self.what}, or leave it out.")
        if not self.least <= number <= self.most:
            raise UsageError(
                f"{named} is not within {_plain(self.least)} and {_plain(self.most)}.",
                fix="Give a number within these, or leave it out.",
            )
        return number


class Whole(Number):
    """A whole number within bounds, both included."""

    name = "integer"
    what = "a whole number"

    def read(self, value: Any) -> int:
        """Return what ``value`` says; ValueError where it is no such number."""
        return int(value)


class Duration(click.ParamType[float]):
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
            raise UsageError(f"{named} {value!r} is not a duration.", fix=f"Write seconds, or 90m, 2h: {flag} 2h.")
        if not self.least <= seconds <= self.most:
            least, most = _shortest(self.least), _shortest(self.most)
            raise UsageError(
                f"{named} {value!r} is not within {least} and {most}.", fix="Give such a duration, or leave it out."
            )
        return seconds


class Moment(click.ParamType[int]):
    """A duration back from now (``10m``), or a date and time (ISO 8601; local without an offset); in epoch ms."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return epoch milliseconds. Raises UsageError in the name of the flag, or of the variable that said it."""
        if isinstance(value, int):
            return value
        try:
            back = seconds_of(value)
            at = datetime.fromisoformat(value.strip()).astimezone().timestamp() if back is None else time.time() - back
            if at < 0:
                raise ValueError("no log is as old as that")
        except (ValueError, OverflowError, OSError):
            raise UsageError(
                f"{said_by(param, ctx)} {value!r} is neither a duration nor a time.",
                fix=f"Write {said_by(param, None)} 10m, or 2026-11-24T21:00.",
            ) from None
        return round(at * 1000)


def seconds_of(text: str) -> float | None:
    """Return the seconds of ``90``, ``90s``, ``1.5h``, ``2d``; None for what is none, or is endless."""
    match = _DURATION.fullmatch(text.strip().lower())
    seconds = float(match[1]) * _UNITS[match[2]] if match else math.inf
    return None if math.isinf(seconds) else seconds


def _shortest(seconds: float) -> str:
    """Return a bound as it would be typed."""
    unit = next((unit for unit in ("d", "h", "m") if seconds and not seconds % _UNITS[unit]), "s")
    return f"{seconds / _UNITS[unit]:g}{unit}"
