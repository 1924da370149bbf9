"""Schedule expressions: against a search that looks at every minute, AWS's own examples, and clocks that change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from hypothesis import given, settings
from hypothesis import strategies as st

from eventbridge_schedules import ExpressionError, expression_of, filled, member_names

DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
NOW = datetime(2026, 11, 27, 1, 30, tzinfo=UTC)
TOKYO = "Asia/Tokyo"
ANGELES = "America/Los_Angeles"


@dataclass(frozen=True)
class Part:
    """A field, or a part of one: its text, and whether a number, or a day of a month, is in it."""

    text: str
    holds: Callable[[Any], bool]


def named(number: int, names: tuple[str, ...], spelled: bool) -> str:
    return names[number - 1] if spelled and names else str(number)


@st.composite
def parts(
    draw: st.DrawFn, least: int, most: int, names: tuple[str, ...] = (), *, steps: bool = True, wraps: bool = True
) -> Part:
    """Draw a number, a range, a step or all, and walk over its numbers one by one to say what is in it."""
    first = draw(st.integers(least, most))
    last = draw(st.integers(least if wraps else first, most))
    step = draw(st.integers(1, 20))
    spelled = draw(st.booleans())
    one, other = named(first, names, spelled), named(last, names, spelled)

    def walk(begin: int, end: int, by: int) -> set[int]:
        found, at = {begin}, begin
        passed = 0
        while at != end:
            at = least if at == most else at + 1
            passed += 1
            if passed % by == 0:
                found.add(at)
        return found

    kinds = {
        "*": set(range(least, most + 1)),
        one: {first},
        f"{one}-{other}": walk(first, last, 1),
        **({f"*/{step}": walk(least, most, step), f"{one}/{step}": walk(first, most, step),
            f"{one}-{other}/{step}": walk(first, last, step)} if steps else {}),
    }  # fmt: skip
    text = draw(st.sampled_from(sorted(kinds)))
    return Part(text, kinds[text].__contains__)


def lists(*args: Any, **more: Any) -> st.SearchStrategy[Part]:
    def together(found: list[Part]) -> Part:
        return Part(",".join(one.text for one in found), lambda value: any(one.holds(value) for one in found))

    return st.lists(parts(*args, **more), min_size=1, max_size=3).map(together)


def is_working_day(day: datetime) -> bool:
    return day.isoweekday() <= 5


def is_nearest(day: datetime, wanted: int) -> bool:
    """Whether a day is the working day of its month that is nearest to the day ``wanted``; there must be that day."""
    month = [day.replace(day=1) + timedelta(days=n) for n in range(31)]
    month = [one for one in month if one.month == day.month]
    if wanted > len(month):
        return False
    working = [one for one in month if is_working_day(one)]
    return day == min(working, key=lambda one: abs(one.day - wanted))


def on(holds: Callable[[int], bool]) -> Callable[[datetime], bool]:
    return lambda day: holds(day.day)


def is_last(day: datetime) -> bool:
    return (day + timedelta(days=1)).month != day.month


def special_days() -> st.SearchStrategy[Part]:
    return st.one_of(
        lists(1, 31).map(lambda part: Part(part.text, on(part.holds))),
        st.just(Part("L", is_last)),
        st.just(Part("LW", lambda day: is_working_day(day) and not any(
            is_working_day(day + timedelta(days=n)) for n in range(1, 7)
            if (day + timedelta(days=n)).month == day.month))),
        st.integers(1, 30).map(lambda n: Part(
            f"L-{n}", lambda day: (day + timedelta(days=n)).month == day.month and is_last(day + timedelta(days=n)))),
        st.integers(1, 31).map(lambda n: Part(f"{n}W", lambda day: is_nearest(day, n))),
    )  # fmt: skip


def special_weekdays() -> st.SearchStrategy[Part]:
    def number(day: datetime) -> int:
        return day.isoweekday() % 7 + 1

    return st.one_of(
        lists(1, 7, DAYS, steps=False).map(lambda part: Part(part.text, lambda day: part.holds(number(day)))),
        st.just(Part("L", lambda day: number(day) == 7)),
        st.sampled_from(DAYS).map(lambda name: Part(
            f"{name}L", lambda day: DAYS[number(day) - 1] == name and (day + timedelta(days=7)).month != day.month)),
        st.tuples(st.integers(1, 7), st.integers(1, 5)).map(lambda one: Part(
            f"{one[0]}#{one[1]}", lambda day: number(day) == one[0] and (day.day + 6) // 7 == one[1])),
    )  # fmt: skip


def years() -> st.SearchStrategy[Part]:
    """Years near those that are looked at: of 1970 to 2199 hardly one would be among them."""
    near = lists(2023, 2031, wraps=False).filter(lambda one: not set("/*") & set(one.text))
    return near | st.just(Part("*", lambda _: True))


@settings(max_examples=150, deadline=None)
@given(
    lists(0, 59), lists(0, 23), st.tuples(st.booleans(), special_days(), special_weekdays()),
    lists(1, 12, MONTHS), years(),
    st.datetimes(datetime(2023, 1, 1), datetime(2029, 1, 1)),
)  # fmt: skip
def test_cron_is_what_a_look_at_every_minute_finds(
    minute: Part, hour: Part, days: tuple[bool, Part, Part], month: Part, year: Part, start: datetime
) -> None:
    by_number, day, weekday = days
    chosen = day if by_number else weekday
    fields = (minute.text, hour.text, day.text if by_number else "?", month.text, "?" if by_number else weekday.text)
    begin = start.replace(second=0, microsecond=0)
    found: list[datetime] = []
    date = begin.replace(hour=0, minute=0)
    for _ in range(200):
        if year.holds(date.year) and month.holds(date.month) and chosen.holds(date):
            minutes = (date + timedelta(minutes=n) for n in range(1440))
            found += [one for one in minutes if one > begin and hour.holds(one.hour) and minute.holds(one.minute)]
        if len(found) > 50:
            break
        date += timedelta(days=1)
    last = found[50] if len(found) > 50 else date - timedelta(minutes=1)
    expected = [one for one in found if one <= last]
    due = expression_of(f"cron({' '.join(fields)} {year.text})").due(begin.replace(tzinfo=UTC), NOW)
    told = [one.replace(tzinfo=None) for one in islice(due, len(expected) + 1)]
    assert [one for one in told if one <= last] == expected


def next_of(expression: str, zone: str = "UTC", count: int = 3, now: datetime = NOW, **dates: datetime) -> list[str]:
    found = expression_of(expression, zone).due(now, dates.pop("created", now), **dates)
    return [moment.isoformat() for moment in islice(found, count)]


def test_awss_own_examples() -> None:
    """EventBridge Scheduler guide, "Schedule types"."""
    assert next_of("cron(15 10 ? * 6L 2022-2023)", now=datetime(2022, 1, 1, tzinfo=UTC), count=1) == [
        "2022-01-28T10:15:00+00:00"
    ]
    assert next_of("cron(15 10 ? * 6L 2022-2023)") == []
    assert next_of("cron(30 8 * * ? *)", "America/New_York", 1) == ["2026-11-27T08:30:00-05:00"]
    assert next_of("at(2022-11-20T13:00:00)", ANGELES, now=datetime(2022, 11, 1, tzinfo=UTC)) == [
        "2022-11-20T13:00:00-08:00"
    ]
    assert next_of("cron(0 0 ? * 3#2 *)", count=1) == ["2026-12-08T00:00:00+00:00"]
    # The guide's 1/10: from the first minute on.
    assert [one[14:16] for one in next_of("cron(1/10 2 * * ? *)")] == ["01", "11", "21"]
    # Found valid on AWS (localstack's issue 13572).
    assert next_of("cron(1-31/30 1-1 ? * 1,7 *)", count=2) == ["2026-11-28T01:01:00+00:00", "2026-11-28T01:31:00+00:00"]
    # What the library for it gives up on: the day is eight years away.
    assert next_of("cron(0 0 29 2 ? *)", now=datetime(2097, 1, 1, tzinfo=UTC), count=1) == ["2104-02-29T00:00:00+00:00"]


def test_an_hour_that_is_skipped_starts_nothing() -> None:
    """The guide's own: 2:30 in Los Angeles does not come on 8 March 2026."""
    now = datetime(2026, 3, 7, 0, tzinfo=ZoneInfo(ANGELES)).astimezone(UTC)
    assert [one[:16] for one in next_of("cron(30 2 * * ? *)", ANGELES, now=now)] == [
        "2026-03-07T02:30", "2026-03-09T02:30", "2026-03-10T02:30",
    ]  # fmt: skip


def test_an_hour_that_comes_twice_starts_once_before_the_shift() -> None:
    now = datetime(2026, 10, 31, 12, tzinfo=ZoneInfo(ANGELES)).astimezone(UTC)
    assert next_of("cron(30 1 * * ? *)", ANGELES, 2, now) == ["2026-11-01T01:30:00-07:00", "2026-11-02T01:30:00-08:00"]
    # In the second of the two hours, too, nothing of it is still to come.
    within = datetime(2026, 11, 1, 9, 10, tzinfo=UTC)
    assert next_of("cron(0/30 * * * ? *)", ANGELES, 1, within) == ["2026-11-01T02:00:00-08:00"]


@settings(max_examples=60, deadline=None)
@given(st.datetimes(datetime(2026, 10, 31), datetime(2026, 11, 3)) |
       st.datetimes(datetime(2026, 3, 7), datetime(2026, 3, 10)),
       st.sampled_from([ANGELES, "Europe/Berlin", "Australia/Lord_Howe", TOKYO]))  # fmt: skip
def test_times_go_up_and_are_what_the_clock_shows(moment: datetime, zone: str) -> None:
    now = moment.replace(tzinfo=UTC)
    found = list(islice(expression_of("cron(0/20 * * * ? *)", zone).due(now, now), 80))
    stamps = [one.timestamp() for one in found]
    assert stamps == sorted(set(stamps))
    assert stamps[0] > now.timestamp()
    shown = [one.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) for one in found]
    assert shown == [one.replace(tzinfo=None) for one in found]
    assert len(set(shown)) == len(shown)  # no time of the clock twice
    assert all(one.minute % 20 == 0 for one in shown)


def test_a_rate_counts_from_its_beginning_and_a_day_is_24_hours() -> None:
    created = NOW - timedelta(hours=1)
    assert next_of("rate(45 minutes)", created=created, count=2) == [
        "2026-11-27T02:00:00+00:00", "2026-11-27T02:45:00+00:00",
    ]  # fmt: skip
    # At once, where nothing says a start (the guide); `due` leaves out what is not after `now`.
    assert next_of("rate(1 hour)", now=created - timedelta(seconds=1), created=created, count=1) == [
        created.isoformat()
    ]
    shift = datetime(2026, 10, 31, 19, tzinfo=UTC)
    assert next_of("rate(1 days)", ANGELES, 2, shift - timedelta(seconds=1), created=shift) == [
        "2026-10-31T12:00:00-07:00", "2026-11-01T11:00:00-08:00",
    ]  # fmt: skip


def test_dates_bound_what_recurs_and_not_what_comes_once() -> None:
    start, end = datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 1, 2, 12, tzinfo=UTC)
    assert next_of("cron(0 12 * * ? *)", start=start, end=end, count=9) == [
        "2027-01-01T12:00:00+00:00", "2027-01-02T12:00:00+00:00",
    ]  # fmt: skip
    assert next_of("rate(1 day)", start=start, end=end, count=9) == [
        "2027-01-01T00:00:00+00:00", "2027-01-02T00:00:00+00:00",
    ]  # fmt: skip
    assert len(next_of("at(2026-12-01T00:00:00)", start=start, end=end)) == 1


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("cron(0 3 * * *)", "just one of"), ("cron(0 3 ? * ? *)", "just one of"),
        ("cron(0 3 1 * MON *)", "just one of"),
        ("cron(0 3 *)", "3 fields"), ("cron(60 * * * ? *)", "minutes 60"), ("cron(0 24 * * ? *)", "hours 24"),
        ("cron(0 0 32 * ? *)", "day-of-month 32"), ("cron(0 0 0W * ? *)", "day-of-month 0"),
        ("cron(0 0 1,L * ? *)", "day-of-month L"), ("cron(0 0 L-31 * ? *)", "day-of-month L"),
        ("cron(0 0 * 13 ? *)", "month 13"), ("cron(0 0 ? * 0 *)", "day-of-week 0"),
        ("cron(0 0 ? * 8L *)", "day-of-week 8"),
        ("cron(0 0 ? * 3#6 *)", "1 to 5"), ("cron(0 0 ? * 3#1,6#3 *)", "day-of-week 3#1"),
        ("cron(0 0 ? * MON/2 *)", "no steps"), ("cron(*/0 * * * ? *)", "at least 1"), ("cron(1- * * * ? *)", "minutes"),
        ("cron(0 0 * * ? 1969)", "year 1969"), ("cron(0 0 * * ? 2027-2026)", "ends before"), ("cron()", "0 fields"),
        ("rate(0 minutes)", "rate(1 hour)"), ("rate(5 minute)", "rate(1 hour)"), ("rate(5 weeks)", "none of"),
        ("rate(-1 minutes)", "none of"), ("rate(999999999 days)", ""), ("at(2026-02-30T00:00:00)", "day is out"),
        ("at(2026-02-03)", "none of"), ("every day", "none of"), ("", "none of"),
    ],
)  # fmt: skip
def test_what_aws_refuses_is_refused_with_its_reason(expression: str, why: str) -> None:
    if why:
        with pytest.raises(ExpressionError) as caught:
            expression_of(expression)
        assert why in str(caught.value)
    else:
        assert next_of(expression) == []  # never again within the calendar


@pytest.mark.parametrize(
    "zone",
    ["Asia/Tokio", "JST-9", "../UTC", "/etc/localtime", "", "posix/Asia/Tokyo", "right/UTC", "localtime", "Asia"],
)
def test_a_zone_that_iana_does_not_have_is_refused(zone: str) -> None:
    if not zone:
        assert next_of("at(2026-12-01T00:00:00)", zone) == ["2026-12-01T00:00:00+00:00"]  # none given: UTC
        return
    with pytest.raises(ExpressionError, match="time zone"):
        expression_of("rate(1 hour)", zone)


def test_keywords_are_filled_in_and_members_are_the_sdks() -> None:
    text = (
        '{"JobName": "n-<aws.scheduler.execution-id>", "Tags": {"At": "<aws.scheduler.scheduled-time>"}, '
        '"x": "<aws.scheduler.other>"}'
    )
    assert (
        filled(
            text, schedule_arn="arn", scheduled_time="2022-03-22T18:59:43Z", execution_id="d32c5kddcf5bb8c3", attempt=1
        )
        == '{"JobName": "n-d32c5kddcf5bb8c3", "Tags": {"At": "2022-03-22T18:59:43Z"}, "x": "<aws.scheduler.other>"}'
    )
    model = ServiceModel(Loader().load_service_model("batch", "service-2"), "batch")
    shape = model.operation_model("SubmitJob").input_shape
    given_input = {
        "JobName": "n", "Parameters": {"Key": "V"}, "Nope": 1,
        "ContainerOverrides": {"Environment": [{"Name": "A", "Value": "B"}], "Command": ["Echo"]},
    }  # fmt: skip
    assert member_names(shape, given_input) == {
        "jobName": "n", "parameters": {"Key": "V"}, "Nope": 1,
        "containerOverrides": {"environment": [{"name": "A", "value": "B"}], "command": ["Echo"]},
    }  # fmt: skip
