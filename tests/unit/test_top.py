"""`top`: what a look finds, what the screen shows at any size, and the keys, in a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toolkit_support import DATA

from awa_batch.batch.clients import Clients
from awa_batch.batch.failures import CallError
from awa_batch.cli.main import main
from awa_batch.cli.table import width_of
from awa_batch.cli.top_frames import overview, pager, text_rows
from awa_batch.observe.overview import Overview, Snapshot
from tests.report_support import ARN, HOSTILE, START, Account, many, small

QUEUE = f"{ARN}:job-queue/awa-batch-local-ec2-high-priority"
NOW = START / 1000 + 120


def looking(account: Account, seconds: float = 3600) -> Overview:
    client: Any = account
    return Overview(client, [QUEUE], seconds)


def test_a_look_counts_children_and_puts_what_runs_first() -> None:
    shown = looking(small()).look(NOW)
    assert [job.id for job in shown.jobs[:3]] == ["runs", "waits", "later"]
    assert shown.jobs[3].status == "FAILED"
    assert shown.counts == {"PENDING": 1, "RUNNABLE": 1, "RUNNING": 1, "SUCCEEDED": 6, "FAILED": 3}
    assert shown.queues[0].jobs == {"PENDING": 1, "RUNNABLE": 1, "RUNNING": 1}
    assert shown.rate is None


def test_what_ends_between_two_looks_is_found_and_counted() -> None:
    account = small()
    look = looking(account)
    look.look(NOW)
    account.jobs["runs"] |= {"status": "FAILED", "stoppedAt": START + 130_000}
    del account.jobs["waits"]  # AWS shows it no more
    before = account.calls
    shown = look.look(NOW + 30)
    states = {job.id: job.status for job in shown.jobs}
    assert states["runs"] == "FAILED"
    assert "waits" not in states
    assert shown.rate == pytest.approx(2)
    assert account.calls - before == 8  # its queue, five states, what is new, what has ended
    assert "first" not in {job.id for job in look.look(NOW + 7000).jobs}  # ended too long ago


def test_ten_thousand_that_run_take_no_call_more() -> None:
    account = many(500)
    for job in account.jobs.values():
        job |= {"status": "RUNNING", "jobQueue": QUEUE}
        job.pop("stoppedAt")
    look = looking(account, 7 * 86_400)
    look.look(NOW)
    before = account.calls
    assert look.look(NOW + 10).counts == {"RUNNING": 500}
    assert account.calls - before == 7


@settings(max_examples=40, deadline=None)
@given(st.integers(20, 250), st.integers(5, 60), st.integers(0, 30), st.text(max_size=40))
def test_the_screen_is_never_exceeded(width: int, height: int, chosen: int, note: str) -> None:
    shown = looking(small()).look(NOW)
    names = {"awa-batch-local-ec2-high-priority": "ec2-high-priority"}
    for snapshot in (shown, None, Snapshot(NOW, [], [], {}, 1.0)):
        lines = overview("local", snapshot, names, (width, height), back=3600, chosen=chosen, note=note)
        assert len(lines) == height
        assert max(width_of(click.unstyle(line)) for line in lines) <= width
        assert not re.search(r"[\x00-\x1f\x7f-\x9f]", click.unstyle("".join(lines)))
    rows = text_rows(["x" * 300, "日本語" * 100, "a\x1b[2Jb\tc"], width)
    assert max(map(width_of, rows)) <= width
    assert len(pager("t\n", rows, 0, (width, height))) == height


def test_80_by_24_has_all_that_matters() -> None:
    shown = looking(small()).look(NOW)
    names = {"awa-batch-local-ec2-high-priority": "ec2-high-priority"}
    lines = [click.unstyle(line) for line in overview("local", shown, names, (80, 24), back=3600, chosen=0)]
    text = "\n".join(lines)
    assert "running 1  waiting 2  failed 3" in lines[0]
    assert "ec2-high-priority" in lines[2]
    assert HOSTILE[:10] in text
    assert "exit 137: OutOf" in text
    assert lines[-1].startswith("up/down choose")


def test_without_a_terminal_it_prints_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("AWA_BATCH_CONTRACT", str(DATA / "contract.json"))
    monkeypatch.setattr(Clients, "make", lambda *_, **__: small())
    monkeypatch.setattr(time, "time", lambda: NOW)
    monkeypatch.setattr(sys, "argv", ["awa-batch", "top"])
    with pytest.raises(SystemExit) as left:
        main()
    out = capsys.readouterr().out
    assert not left.value.code
    assert "running 1  waiting 2  failed 3" in out
    assert "ec2-high-priority" in out
    assert "\x1b" not in out


PLAY = """
import os, sys, time
sys.path[:0] = [{root!r}]
from tests.report_support import small, START
from awa_batch.batch.clients import Clients
from awa_batch.cli.main import main
account = small()
if os.environ.get("FAILS"):
    from botocore.exceptions import EndpointConnectionError
    def fail(jobQueues):
        raise EndpointConnectionError(endpoint_url="http://gone")
    account.describe_job_queues = fail
Clients.make = lambda *_, **__: account
began = time.monotonic()
time.time = lambda: START / 1000 + 120 + time.monotonic() - began
sys.argv = ["awa-batch", "top", "--every", "1"]
main()
"""


class Terminal:
    """`top` in a pseudo-terminal of 80 by 24; ``seen`` is all that it wrote."""

    def __init__(self, folder: Path, **env: str) -> None:
        self.screen, end = pty.openpty()
        fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(end)
        self.end = end
        kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
        environment = {**kept, "TERM": "xterm-256color", "AWA_BATCH_CONTRACT": str(DATA / "contract.json"),
                       "AWA_BATCH_STATE_DIR": str(folder), **env}  # fmt: skip
        code = PLAY.format(root=str(Path(__file__).resolve().parents[2]))
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=end, stdout=end, stderr=end, env=environment, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        self.seen = ""

    def until(self, text: str, *, raw: bool = False) -> str:
        """Read until a text is there; returns what was written since the last call, up to there and beyond."""
        deadline, found = time.monotonic() + 30, ""
        while text not in (found if raw else click.unstyle(found)):
            assert time.monotonic() < deadline, (text, found)
            if select.select([self.screen], [], [], 0.2)[0]:
                found += os.read(self.screen, 65536).decode(errors="replace")
            elif self.process.poll() is not None:
                raise AssertionError((text, found))
        self.seen += found
        return click.unstyle(found)

    def press(self, keys: str) -> None:
        os.write(self.screen, keys.encode())

    def ended(self) -> int:
        """Return the exit code; the terminal is as it was."""
        self.until("\x1b[?1049l", raw=True)
        code = self.process.wait(20)
        assert termios.tcgetattr(self.end) == self.before
        assert self.seen.rindex("\x1b[?25h") > self.seen.rindex("\x1b[?25l")
        return code


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path)
    yield made
    made.process.kill()
    made.process.wait()
    os.close(made.screen)
    os.close(made.end)


def test_keys_choose_explain_read_and_cancel(terminal: Terminal) -> None:
    terminal.until("running 1  waiting 2")
    terminal.press("w")
    assert "It has run for" in terminal.until("q back")
    terminal.press("q")
    terminal.until("up/down choose")
    terminal.press("\x1b[B\x1b[B\x1b[B")  # the first that failed
    terminal.press("l")
    terminal.until("log of")
    terminal.press("\x1b")
    terminal.until("up/down choose")
    terminal.press("gc")
    terminal.until("Cancel job-runs")
    terminal.press("n")
    terminal.until("Nothing was cancelled.")
    terminal.press("cy")
    terminal.until("job-runs: cancelled.")
    terminal.until("running 0  waiting 2  failed 4")
    terminal.press("x")
    terminal.until("up/down choose")
    terminal.press("q")
    assert terminal.ended() == 0
    assert not re.search(r"\x1b\[2J|\x1b\]", terminal.seen)


@pytest.mark.parametrize("how", ["ctrl-c", "SIGTERM", "ctrl-z first"])
def test_it_leaves_the_terminal_as_it_was(terminal: Terminal, how: str) -> None:
    terminal.until("running 1")
    if how == "SIGTERM":
        terminal.process.send_signal(signal.SIGTERM)
    else:
        terminal.press("\x1a\x03" if how == "ctrl-z first" else "\x03")
    assert terminal.ended() == 130


def test_a_size_that_changes_is_followed(terminal: Terminal) -> None:
    terminal.until("up/down choose")
    fcntl.ioctl(terminal.end, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 40, 0, 0))
    shown = terminal.until("up/down choose")
    assert shown.count("\n") == 11


def test_an_outage_is_told_and_ends_nothing(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, FAILS="1")
    try:
        terminal.until("Tried again: AWS cannot be reached")
        terminal.press("q")
        assert terminal.ended() == 0
    finally:
        terminal.process.kill()
        terminal.process.wait()
        os.close(terminal.screen)
        os.close(terminal.end)


def test_a_call_that_fails_loses_nothing() -> None:
    account = small()
    look = looking(account)
    before = look.look(NOW)
    whole = account.describe_job_queues

    def fail(**_: Any) -> None:
        raise CallError("gone", failure="lost", said="gone")

    account.describe_job_queues = fail  # type: ignore[method-assign,assignment]
    with pytest.raises(CallError):
        look.look(NOW + 1)
    account.describe_job_queues = whole  # type: ignore[method-assign]
    assert [job.id for job in look.look(NOW + 2).jobs] == [job.id for job in before.jobs]
