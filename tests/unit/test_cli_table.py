"""Tables on a terminal: no id, state or row folds, whatever the width, and nothing is told apart by colour alone."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from observe_support import detail
from test_cli_golden import Recorded
from toolkit_support import DATA

from awa_batch.batch.clients import Clients
from awa_batch.cli import ids as ids_module
from awa_batch.cli import render
from awa_batch.cli.main import main
from awa_batch.cli.progress import Progress
from awa_batch.cli.table import GAP, Column, cut, layout, lines, width_of
from awa_batch.errors import UsageError
from awa_batch.history import Submission, record
from awa_batch.observe import Job

NOW = 1_700_000_000
QUEUE = "arn:aws:batch:ap-northeast-1:123456789012:job-queue/awa-batch-local-fargate-high-priority"
UUIDS = [f"0f3cbd9e-1{number}c2-4b5e-9d53-6c9b7a6f1d10" for number in range(2)] + [
    f"{number:08x}-14c2-4b5e-9d53-6c9b7a6f1d10" for number in range(0x1A2B3C4D, 0x1A2B3C4D + 60)
]
STATES = ["SUCCEEDED", "FAILED", "RUNNABLE", "RUNNING"]


def jobs() -> list[dict[str, Any]]:
    found = []
    for number, job_id in enumerate(UUIDS):
        state = STATES[number % 4]
        more: dict[str, Any] = {}
        if state == "FAILED":
            more = {"container": {"exitCode": 137, "reason": "OutOfMemoryError: Container killed due to memory usage"}}
        if number == 0:
            more = {"arrayProperties": {"size": 200, "statusSummary": {"SUCCEEDED": 197, "FAILED": 3}}}
        found.append(
            detail(
                job_id, state, jobName=f"夜間集計-{number}-" + "n" * (number % 40), jobQueue=QUEUE,
                createdAt=(NOW - 60 * number) * 1000, startedAt=(NOW - 60 * number + 5) * 1000,
                stoppedAt=(NOW - 60 * number + 30) * 1000, statusReason="Essential container in task exited", **more,
            )
        )  # fmt: skip
    return found


class Terminal(io.StringIO):
    """A terminal of a width."""

    def isatty(self) -> bool:
        return True


class Batch(Recorded):
    """The jobs above, all in one queue."""

    def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
        return {"jobs": [job for job in _ALL if job["jobId"] in jobs]}

    def list_jobs(self, **_: Any) -> dict[str, Any]:
        return {"jobSummaryList": []}

    def get_job_queue_snapshot(self, **_: Any) -> dict[str, Any]:
        return {}

    def get_paginator(self, name: str) -> Any:
        assert name
        return self

    def paginate(self, **asked: Any) -> Any:
        return [{"jobSummaryList": _ALL if asked.get("jobQueue") == QUEUE else []}]


_ALL = jobs()


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Run a command on a terminal of a width, and return what it shows without colours."""
    monkeypatch.setenv("AWA_BATCH_CONTRACT", str(DATA / "contract.json"))
    monkeypatch.setenv("AWA_BATCH_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("PAGER", "cat")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(time, "time", lambda: float(NOW))
    monkeypatch.setattr(Clients, "make", lambda *_, **__: Batch())
    for number, job_id in enumerate(UUIDS[:30]):
        name, queue = _ALL[number]["jobName"], QUEUE.rsplit("/", 1)[1]
        definition = "awa-batch-local-fargate-sample:12"
        record("local", Submission(job_id, name, queue, definition, (NOW - 100 + number) * 1000))

    def run(width: int, *words: str, height: int = 24, terminal: bool = True) -> list[str]:
        out = Terminal() if terminal else io.StringIO()
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(render, "terminal_size", lambda: os.terminal_size((width, height)))
        monkeypatch.setattr("awa_batch.cli.commands.status.terminal_size", lambda: os.terminal_size((width, height)))
        monkeypatch.setattr("awa_batch.cli.commands.history.terminal_size", lambda: os.terminal_size((width, height)))
        monkeypatch.setattr("click.echo_via_pager", lambda text: out.write(text))
        monkeypatch.setattr(sys, "argv", ["awa-batch", *words])
        with pytest.raises(SystemExit) as left:
            main()
        assert not left.value.code
        return [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in out.getvalue().splitlines()]

    return run


TABLES = [
    ("status",), ("status", "--limit", "0"), ("status", "--state", "FAILED"), ("status", *UUIDS[:2]), ("history",),
    ("history", "-n", "30"), ("contract",), ("queues",),
]  # fmt: skip


@pytest.mark.parametrize("width", [80, 100, 120, 200])
@pytest.mark.parametrize("words", TABLES, ids=" ".join)
def test_no_row_is_wider_than_the_terminal_and_none_folds(shown: Any, words: tuple[str, ...], width: int) -> None:
    found = shown(width, *words)
    assert max(map(width_of, found)) <= width
    assert "awa-batch-local-fargate-high" not in "\n".join(found)  # what the environment calls it is shorter
    if words[0] in ("status", "history"):
        rows = found[1:]
        known = {job_id[:length] for job_id in UUIDS for length in range(8, 37)}
        for row in rows:
            assert set(row.split()) & set(STATES), row
            assert set(row.split()) & known, row


def test_the_newest_stand_next_to_the_prompt_and_a_screenful_is_shown(shown: Any) -> None:
    found = shown(80, "status", height=24)
    assert len(found) == 1 + 20
    # The two newest begin alike: they show as much as tells them apart.
    assert found[-1].split()[0] == UUIDS[0][:11]
    assert found[-3].split()[0] == UUIDS[2][:8]
    assert len(shown(80, "status", "-n", "0")) == 1 + len(UUIDS)
    assert [row.split()[0] for row in shown(80, "history", "-n", "3")[1:]] == ["@3", "@2", "@1"]


def test_states_can_be_chosen(shown: Any) -> None:
    found = shown(120, "status", "--state", "failed", "--state", "RUNNABLE", "-n", "0")[1:]
    assert {row.split()[3] for row in found} == {"FAILED", "RUNNABLE"}
    assert len(found) == 31


def test_why_is_told_of_what_failed_or_waits_alone(shown: Any) -> None:
    for row in shown(200, "status", "-n", "0")[1:]:
        assert ("Essential container" in row) == ("FAILED" in row or "RUNNABLE" in row), row


def test_times_are_relative_on_a_terminal_and_absolute_elsewhere(shown: Any) -> None:
    assert "1 min ago" in "\n".join(shown(200, "status", "-n", "3"))
    assert "2023-11-1" in "\n".join(shown(200, "status", "-n", "3", terminal=False))


def test_a_pipe_gets_whole_ids_of_all_jobs(shown: Any) -> None:
    found = "\n".join(shown(80, "status", terminal=False))
    assert all(job_id in found for job_id in UUIDS)


def test_an_array_is_one_row_with_its_children_counted(shown: Any) -> None:
    assert "197/200, 3 failed" in "\n".join(shown(120, "status", UUIDS[0]))


@given(st.lists(st.lists(st.text(max_size=60), min_size=4, max_size=4), min_size=1, max_size=5), st.integers(30, 200))
def test_a_layout_keeps_what_must_be_kept_and_fits_where_it_can(rows: list[list[str]], width: int) -> None:
    columns = [Column("id"), Column("name", least=8), Column("queue", drop=1), Column("why", least=10, drop=2)]
    rows = [[cell.replace("\n", " ").replace("\r", " ") for cell in row] for row in rows]
    chosen = layout(columns, rows, width)
    assert chosen[0][0] == 0
    places = dict(chosen)
    assert places[0] == max([2, *(width_of(row[0]) for row in rows)])
    total = sum(places.values()) + GAP * (len(chosen) - 1)
    assert total <= width or not {2, 3} & places.keys()
    assert len(lines(columns, rows, width)) == len(rows) + 1


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("ab cd", 4, "ab…"),
    ],
)
def test_cutting_counts_places_and_not_letters(text: str, width: int, expected: str) -> None:
    assert cut(text, width) == expected
    assert width_of(cut(text, width)) <= width


def test_wide_letters_are_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    render.print_table(["a", "b"], [["日本", "x"], ["abc", "y"]])
    _, first, second = capsys.readouterr().out.splitlines()
    assert width_of(first[: first.index("x")]) == second.index("y")


# ------------------------------------------------------------------ ids by their beginning
@pytest.mark.parametrize("command", ["status", "why", "logs"])
def test_a_beginning_is_enough(shown: Any, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        Batch, "get_log_events", lambda *_, **__: {"events": [], "nextForwardToken": "t"}, raising=False
    )
    found = shown(200, command, UUIDS[5][:8], "-o", "json") if command != "logs" else shown(200, command, UUIDS[5][:8])
    if command != "logs":
        assert UUIDS[5] in "\n".join(found)


def test_beginnings_are_found_in_the_queues_too_and_must_be_of_one_job(shown: Any, contract: Any) -> None:
    clients: Any = type("C", (), {"batch": Batch(), "contract": contract})
    own, listed = UUIDS[3], UUIDS[50]  # this clone has not submitted the second
    asked = [own[:8], f"{listed[:9]}:7", "@last", "not-an-id", "ffff", own]
    assert ids_module.ids_of(clients, asked) == [own, f"{listed}:7", UUIDS[29], "not-an-id", "ffff", own]
    with pytest.raises(UsageError, match=f"2 jobs begin so: {UUIDS[0]}, {UUIDS[1]}") as caught:
        ids_module.ids_of(clients, ["0f3c"])
    assert caught.value.fix == "Write more of the id."


# ------------------------------------------------------------------ progress
def array(done: int, failed: int = 0) -> Job:
    summary = {"SUCCEEDED": done, "FAILED": failed, "RUNNING": 5}
    return replace(Job.unknown("a", 0), name="nightly", status="PENDING", array_size=200, array_summary=summary)


def test_an_arrays_progress_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    err = Terminal()
    monkeypatch.setattr(sys, "stderr", err)
    progress = Progress()
    for done in range(195):
        progress.show(array(done, failed=1))
    progress.clear()
    assert "\n" not in err.getvalue()
    assert "nightly  PENDING  194/200, 1 failed  running 5" in err.getvalue()
    assert err.getvalue().endswith("\r\x1b[K")


def test_where_there_is_no_terminal_it_is_told_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [1000.0]
    monkeypatch.setattr("awa_batch.cli.progress.time.monotonic", lambda: now[0])
    progress = Progress()
    for done in range(195):
        progress.show(array(done))
        now[0] += 0.5
    assert len(capsys.readouterr().err.splitlines()) == 4


# ------------------------------------------------------------------ JSON
def test_the_same_field_has_one_name_in_every_json_output(shown: Any) -> None:
    """What a job is called by, in all that tells of jobs."""
    outputs = [
        json.loads("\n".join(shown(80, *words, terminal=False)))
        for words in (
            ("status", UUIDS[0], "-o", "json"), ("history", "-o", "json"), ("why", UUIDS[1], "-o", "json"),
            ("cancel", UUIDS[3], "--dry-run", "-o", "json"), ("queues", "-o", "json"),
        )
    ]  # fmt: skip
    for output in outputs[:4]:
        one = output[0] if isinstance(output, list) else output
        assert {"job_id", "job_name", "status"} <= one.keys()
    assert {"queue", "logical_name"} <= outputs[4][0].keys()

    def keys(value: Any) -> set[str]:
        if isinstance(value, dict):
            return set(value) | set().union(*map(keys, value.values()))
        return set().union(*map(keys, value)) if isinstance(value, list) else set()

    for name in set().union(*map(keys, outputs)) - {"FAILED", "SUCCEEDED", *STATES, "SUBMITTED", "PENDING", "STARTING"}:
        assert name == name.lower(), name
        assert name not in ("id", "name", "index", "jobid", "jobname") or name == "name", name
