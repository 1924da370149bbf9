"""Tables, durations and times."""

from __future__ import annotations

import json

import pytest

from awa_batch.cli import render
from awa_batch.duration import duration_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0, "0.0 s"),
        (0.44, "0.4 s"),
        (9.94, "9.9 s"),
        (9.97, "10 s"),
        (10, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3599.7, "1 h 00 min"),
        (7800, "2 h 10 min"),
        (172_799, "47 h 59 min"),
        (180_000, "2 days 02 h"),
    ],
)
def test_durations(value: float | None, text: str) -> None:
    assert duration_text(value) == text


def test_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert render.clock(1_700_000_000_000) == "2023-11-15 07:13:20"
    finally:
        monkeypatch.undo()
        time.tzset()
    assert render.clock(None) == "-"


def test_a_table_shows_what_it_was_given_and_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    cells = ["arn:aws:s3:::key:smile:", "[red]Errno[/red] [/x]", None, "", 0, "x" * 50]
    render.print_table(["a", "b", "c", "d", "e", "f"], [cells])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    for cell in cells:
        assert ("-" if cell in (None, "") else str(cell)) in out
    assert [line.split()[0] for line in out.splitlines()] == ["a", "arn:aws:s3:::key:smile:"]


def test_a_wide_table_loses_nothing_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")  # an exported variable of the shell, which no pipe has
    job_id = "01234567-89ab-cdef-0123-456789abcdef"
    render.print_table(["id", "queue", "why"], [[job_id, "q" * 40, "w" * 100]])
    assert f"{job_id}  {'q' * 40}  {'w' * 100}" in capsys.readouterr().out


def test_json_is_utf8_and_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    render.print_json({"b": "é", "a": 1})
    assert capsys.readouterr().out == '{\n  "b": "é",\n  "a": 1\n}\n'
    render.print_json([])
    assert json.loads(capsys.readouterr().out) == []
