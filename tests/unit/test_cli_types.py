"""Numbers, durations and times as they are typed, in whatever command."""

from __future__ import annotations

import time
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from awa_batch.cli.main import cli
from awa_batch.cli.types import Duration, Moment, Number, Whole
from awa_batch.errors import UsageError

TIMEOUT = click.Option(["--timeout", "-t"])


def seconds_of(text: str) -> float:
    return Duration().convert(text, TIMEOUT, None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("300", 300),
        ("90m", 5400),
        ("2h", 7200),
        ("1.5h", 5400),
        (" 2 H ", 7200),
        ("1d", 86_400),
        ("0", 0),
        ("59.6s", 59.6),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "h", "-1", "1 week", "1h30m", "nan", "inf", "1e3", "9" * 400, "\u0661", "\u0661x"]
)
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--timeout .* is not a duration") as caught:
        seconds_of(text)
    assert caught.value.fix == "Write seconds, or 90m, 2h: --timeout 2h."


@given(st.text())
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    try:
        assert seconds_of(text) >= 0
    except UsageError:
        return


def test_a_duration_has_bounds() -> None:
    with pytest.raises(UsageError, match=r"^--timeout '2h' is not within 30s and 1h\.$|is not within 30s and 1h\."):
        Duration(30, 3600).convert("2h", TIMEOUT, None)
    assert Duration(30, 3600).convert("1h", TIMEOUT, None) == 3600


def test_bounds_are_written_as_people_write_them() -> None:
    with pytest.raises(UsageError, match=r"'0' is not within 0\.000001 and 1,000,000\."):
        Number(1e-6, 1e6).convert("0", TIMEOUT, None)


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e999", "x", "", "9" * 5000])
@pytest.mark.parametrize("kind", [Number(0, 9), Whole(0, 9)])
def test_what_is_no_number(kind: Number, text: str) -> None:
    with pytest.raises(UsageError, match=r"^--timeout .* is not (within|a (whole )?number)"):
        kind.convert(text, TIMEOUT, None)


@given(st.floats() | st.integers() | st.text())
def test_any_number_is_within_its_bounds_or_refused(value: Any) -> None:
    try:
        assert 2 <= Number(2, 9).convert(value, TIMEOUT, None) <= 9
    except UsageError:
        return


@pytest.mark.parametrize("text", ["10m", "2026-01-01", "2026-01-01T00:00Z"])
def test_moments(text: str) -> None:
    assert 0 < Moment().convert(text, TIMEOUT, None) < time.time() * 1000


@pytest.mark.parametrize("text", ["", "x", "inf", "99999d", "0001-01-01", "9999-99-99", "2026-13-01"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--timeout .* is neither a duration nor a time"):
        Moment().convert(text, TIMEOUT, None)


@pytest.mark.parametrize("name", ["submit", "retry", "attach", "status"])
def test_every_command_takes_the_same_durations(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    (option,) = (one for one in command.params if "--timeout" in one.opts)
    assert isinstance(option.type, Duration)
    assert option.type.convert("90m", option, None) == 5400


def test_a_variable_is_named_in_place_of_its_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    command = cli.get_command(click.Context(cli), "status")
    assert command is not None
    monkeypatch.setenv("AWA_BATCH_STATUS_HOURS", "nan")
    with pytest.raises(UsageError, match=r"^The variable AWA_BATCH_STATUS_HOURS 'nan' is not a number\."):
        command.make_context("status", [])
