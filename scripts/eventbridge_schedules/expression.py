"""Schedule expressions, ``cron(…)``, ``rate(…)`` and ``at(…)``, and the moments at which they are due."""

from __future__ import annotations

import abc
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import count
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from eventbridge_schedules import cron

_RATE = re.compile(r"rate\(([0-9]{1,9}) (minute|hour|day)(s?)\)")
_AT = re.compile(r"at\(([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})\)")
_CRON = re.compile(r"cron\((.*)\)")
_NO_NAMES = re.compile(r"(posix|right)/|localtime$|posixrules$|Factory$")
"""Files of a machine's time zone database that are no names of IANA's."""


class ExpressionError(ValueError):
    """An expression or a time zone that EventBridge Scheduler refuses; says why."""


@dataclass(frozen=True)
class Expression(abc.ABC):
    """A schedule expression with its time zone."""

    zone: tzinfo

    @abc.abstractmethod
    def from_(self, moment: datetime, created: datetime) -> Iterator[datetime]:
        """Yield when it is due, from ``moment`` on (itself included), in its zone.

        ``created`` is when a rate begins to count: the schedule's start date, or its creation where it has none. Both
        are moments with a zone.
        """

    def due(
        self, after: datetime, created: datetime, start: datetime | None = None, end: datetime | None = None
    ) -> Iterator[datetime]:
        """Yield when it is due, after ``after``, from ``start`` to ``end`` where the schedule has these dates.

        A one-time schedule ignores both dates (EventBridge Scheduler guide, "One-time schedules").
        """
        bounded = not isinstance(self, At)
        first = max(after, start) if start and bounded else after
        for moment in self.from_(first, start or created):
            if end and bounded and moment > end:
                return
            if moment > after:
                yield moment


@dataclass(frozen=True)
class CronExpression(Expression):
    """Times of a calendar in a zone.

    What falls into an hour that summer time skips is left out, and an hour that comes twice counts once, the first time
    (EventBridge Scheduler guide, "Daylight savings time on EventBridge Scheduler").
    """

    times: cron.Cron

    def from_(self, moment: datetime, created: datetime) -> Iterator[datetime]:
        """Yield when it is due, from ``moment`` on."""
        del created
        wall = moment.astimezone(self.zone).replace(tzinfo=None, fold=0)
        for time in self.times.from_(wall.replace(second=0, microsecond=0)):
            due = time.replace(tzinfo=self.zone)  # fold 0: the first of two
            utc = due.astimezone(UTC)
            is_there = utc.astimezone(self.zone).replace(tzinfo=None) == time
            if is_there and utc >= moment:
                yield due


@dataclass(frozen=True)
class Rate(Expression):
    """Every so often since its beginning; a day is 24 hours, whatever clocks do."""

    every: timedelta

    def from_(self, moment: datetime, created: datetime) -> Iterator[datetime]:
        """Yield when it is due, from ``moment`` on. The first time is at ``created`` itself."""
        passed = max(0, -((created - moment) // self.every))
        for number in count(passed):
            try:
                yield (created.astimezone(UTC) + number * self.every).astimezone(self.zone)
            except OverflowError:
                return


@dataclass(frozen=True)
class At(Expression):
    """One moment, as a clock on the wall shows it in the zone."""

    time: datetime

    def from_(self, moment: datetime, created: datetime) -> Iterator[datetime]:
        """Yield it, where it is not before ``moment``."""
        del created
        due = self.time.replace(tzinfo=self.zone)
        if due.astimezone(UTC) >= moment:
            yield due


def expression_of(text: str, timezone: str | None = None) -> Expression:
    """Return the schedule expression ``text`` in a time zone (None: UTC). Raises ExpressionError."""
    zone = zone_of(timezone or "UTC")
    if found := _CRON.fullmatch(text):
        try:
            return CronExpression(zone, cron.parse(found[1]))
        except cron.CronError as error:
            raise ExpressionError(f"{text}: {error}") from None
    if found := _RATE.fullmatch(text):
        number, unit, plural = int(found[1]), found[2], found[3]
        if number == 0 or (number > 1 and not plural):
            raise ExpressionError(f"{text}: it looks like rate(1 hour) or rate(30 minutes)")
        try:
            return Rate(zone, timedelta(**{f"{unit}s": number}))
        except OverflowError:
            raise ExpressionError(f"{text}: it is too long") from None
    if found := _AT.fullmatch(text):
        try:
            return At(zone, datetime.fromisoformat(found[1]))
        except ValueError as error:
            raise ExpressionError(f"{text}: {error}") from None
    raise ExpressionError(f"{text}: it is none of cron(…), rate(…) and at(yyyy-mm-ddThh:mm:ss)")


def zone_of(name: str) -> tzinfo:
    """Return a time zone by IANA's name for it, ``Asia/Tokyo``. Raises ExpressionError for one that is not known."""
    if name in ("UTC", "Etc/UTC"):
        return UTC  # also where the machine has no time zone database
    try:
        if not _NO_NAMES.match(name):
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise ExpressionError(f"the time zone {name!r} is not known")
