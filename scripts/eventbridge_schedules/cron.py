"""Cron expressions of EventBridge Scheduler: six fields, with ``?``, ``L``, ``W`` and ``#``.

Sources: EventBridge Scheduler guide, "Schedule types" ("Cron-based schedules"); ranges that wrap around (``FRI-MON``)
and ``L-3`` are Quartz's, whose dialect this is. aws-croniter 2.1.1, the library for it, stops with an error at ``LW``,
never fires for ``L`` as a day of the week, and gives up on dates that are more than ten steps away.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

FIRST_YEAR, LAST_YEAR = 1970, 2199
_DAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), start=1)}
_MONTHS_IN_ENGLISH = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@dataclass(frozen=True)
class _Field:
    """What a field may hold: numbers from ``least`` to ``most``, or ``names`` for them. Years do not ``wrap``."""

    title: str
    least: int
    most: int
    names: dict[str, int]
    wraps: bool = True
    steps: bool = True


_MINUTE = _Field("minutes", 0, 59, {})
_HOUR = _Field("hours", 0, 23, {})
_MONTH = _Field("month", 1, 12, {name: number for number, name in enumerate(_MONTHS_IN_ENGLISH, start=1)})
_YEAR = _Field("year", FIRST_YEAR, LAST_YEAR, {}, wraps=False)
_DAY = _Field("day-of-month", 1, 31, {})
_WEEKDAY = _Field("day-of-week", 1, 7, _DAYS, steps=False)


class CronError(ValueError):
    """A cron expression that EventBridge Scheduler refuses; says which field and why."""


@dataclass(frozen=True)
class Cron:
    """A parsed expression: sorted minutes, hours, months and years, and what chooses the days of a month."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: tuple[int, ...]
    years: tuple[int, ...]
    day: str
    weekday: str

    def from_(self, start: datetime) -> Iterator[datetime]:
        """Yield the times from ``start`` on (itself included), as clocks on the wall show them: without a zone."""
        for day in self._days_from(start.date()):
            for hour in self.hours:
                for minute in self.minutes:
                    moment = datetime.combine(day, time(hour, minute))
                    if moment >= start:
                        yield moment

    def _days_from(self, first: date) -> Iterator[date]:
        for year in self.years:
            if year < first.year:
                continue
            for month in self.months:
                if (year, month) < (first.year, first.month):
                    continue
                for number in sorted(self._days_of(year, month)):
                    if (day := date(year, month, number)) >= first:
                        yield day

    def _days_of(self, year: int, month: int) -> set[int]:
        last = calendar.monthrange(year, month)[1]
        if self.weekday == "?":
            return _days_by_number(self.day, year, month, last)
        return _days_by_weekday(self.weekday, year, month, last)


def parse(text: str) -> Cron:
    """Return the expression that stands in ``cron(…)``: six fields, or five, without a year. Raises CronError."""
    fields = text.upper().split()
    if len(fields) not in (5, 6):
        raise CronError(f"it has {len(fields)} fields: minutes hours day-of-month month day-of-week year are 6")
    minute, hour, day, month, weekday, year = [*fields, "*"][:6]
    if (day == "?") == (weekday == "?"):
        raise CronError("just one of day-of-month and day-of-week is ?")
    _check_day(day)
    _check_weekday(weekday)
    return Cron(
        _numbers(_MINUTE, minute), _numbers(_HOUR, hour), _numbers(_MONTH, month), _numbers(_YEAR, year), day, weekday
    )


def _check_day(text: str) -> None:
    if text in ("?", "L", "LW") or re.fullmatch(r"L-([1-9]|[12][0-9]|30)", text):
        return
    _numbers(_DAY, text.removesuffix("W") if re.fullmatch(r"[0-9]+W", text) else text)


def _check_weekday(text: str) -> None:
    if text in ("?", "L"):
        return
    if named := re.fullmatch(r"(\w+)#([0-9]+)", text):
        _number(_WEEKDAY, named[1])
        if not 1 <= int(named[2]) <= 5:
            raise CronError(f"day-of-week {text}: a month has 1 to 5 of a day")
    elif len(text) > 1 and text.endswith("L"):
        _number(_WEEKDAY, text.removesuffix("L"))
    else:
        _numbers(_WEEKDAY, text)


def _number(field: _Field, text: str) -> int:
    number = field.names.get(text)
    if number is None and re.fullmatch(r"[0-9]{1,4}", text):
        number = int(text)
    if number is None or not field.least <= number <= field.most:
        raise CronError(f"{field.title} {text}: it holds {field.least} to {field.most}")
    return number


def _numbers(field: _Field, text: str) -> tuple[int, ...]:
    """Return the numbers that a field means: a list of numbers, ranges and steps. Raises CronError."""
    found: set[int] = set()
    for part in text.split(","):
        span, slash, step_text = part.partition("/")
        if slash and not (field.steps and re.fullmatch(r"[0-9]{1,4}", step_text) and int(step_text)):
            raise CronError(f"{field.title} {part}: " + ("a step is at least 1" if field.steps else "it has no steps"))
        step = int(step_text) if slash else 1
        if span == "*":
            first, last = field.least, field.most
        elif "-" in span:
            first, last = (_number(field, end) for end in span.split("-", 1))
        else:
            first = _number(field, span)
            last = field.most if slash else first
        if first > last and not field.wraps:
            raise CronError(f"{field.title} {part}: it ends before it begins")
        size = field.most - field.least + 1
        found |= {field.least + (first - field.least + n) % size for n in range(0, (last - first) % size + 1, step)}
    return tuple(sorted(found))


def _days_by_number(text: str, year: int, month: int, last: int) -> set[int]:
    if text == "LW":
        return {_nearest_weekday(year, month, last, last)}
    if text.startswith("L"):
        day = last - int(text[2:] or 0)
        return {day} if day >= 1 else set()
    if text.endswith("W"):
        day = int(text[:-1])
        return {_nearest_weekday(year, month, day, last)} if day <= last else set()
    return {day for day in _numbers(_DAY, text) if day <= last}


def _nearest_weekday(year: int, month: int, day: int, last: int) -> int:
    """Return the working day nearest to a day, in the same month."""
    weekday = calendar.weekday(year, month, day)
    if weekday == calendar.SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == calendar.SUNDAY:
        return day + 1 if day < last else day - 2
    return day


def _days_by_weekday(text: str, year: int, month: int, last: int) -> set[int]:
    name, sharp, nth = text.partition("#")
    if sharp:
        days = _all_of(_number(_WEEKDAY, name), year, month, last)
        return set(days[int(nth) - 1 : int(nth)])
    if text != "L" and text.endswith("L"):
        return set(_all_of(_number(_WEEKDAY, text[:-1]), year, month, last)[-1:])
    wanted = (7,) if text == "L" else _numbers(_WEEKDAY, text)
    return {day for weekday in wanted for day in _all_of(weekday, year, month, last)}


def _all_of(weekday: int, year: int, month: int, last: int) -> list[int]:
    """Return the days of a month that are a day of the week (1 is Sunday)."""
    first = (weekday - 2 - calendar.weekday(year, month, 1)) % 7 + 1
    return list(range(first, last + 1, 7))
