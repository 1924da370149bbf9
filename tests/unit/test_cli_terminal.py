"""What is written for people: it never fails for its characters, and a job's log never commands a terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from observe_support import detail
from toolkit_support import DATA

from awa_batch.cli.commands import logs, why
from awa_batch.cli.following import _show_line, state_line
from awa_batch.cli.options import say
from awa_batch.cli.render import json_line, print_json, print_table
from awa_batch.cli.terminal import plain
from awa_batch.explain import Explanation, Group, Try
from awa_batch.observe import Event, LogLine
from awa_batch.observe.job import Job


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é あ\ttab", "plain é あ\ttab"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[Hgone", "gone"),
        ("\x1b]0;title\x07a", "a"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;Y2xpcGJvYXJk\x07a", "a"),
        ("\x1bPq#0\x1b\\a", "a"),
        ("\x9b31mred\x9d0;t\x9ca", "reda"),
        ("\x1bca\x1b(Bb", "ab"),
        ("\x1b]0;never ended", "0;never ended"),
        ("10 %\r20 %", "10 %\\r20 %"),
        ("dos\r", "dos"),
        ("dos\r\nline", "dos\nline"),
        ("a\bb\x07\x00\x7f\x85", "a\\x08b\\x07\\x00\\x7f\\x85"),
        ("\x1b", "\\x1b"),
    ],
)
def test_control_sequences_are_left_out_and_other_control_characters_shown(text: str, shown: str) -> None:
    assert plain(text) == shown


@given(st.text() | st.text(alphabet="\x1b[]P0;m\x07\\\x9b\x9d\r\na"))
def test_nothing_that_is_shown_commands_a_terminal(text: str) -> None:
    assert not {character for character in plain(text) if ord(character) < 32 or 127 <= ord(character) < 160} - {
        "\t",
        "\n",
    }


@pytest.mark.parametrize(("raw", "shown"), [(False, "red"), (True, "\x1b[31mred\x1b[0m")])
def test_logs_are_plain_unless_they_are_wanted_raw(raw: bool, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    job, line = Job.from_detail(detail("j", "RUNNING")), LogLine(0, "\x1b[31mred\x1b[0m")
    logs._print([(job, line)], timestamps=False, raw=raw)
    _show_line(Event(job, line=line), to_stdout=True, timestamps=False, raw=raw)
    assert capsys.readouterr().out == f"{shown}\n" * 2


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "shift_jis", "utf-8"])
def test_no_encoding_of_stdout_or_stderr_is_an_error(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    file.write_text((DATA / "contract.json").read_text().replace('"project": "', '"project": "é料金\\ud800'))
    environment: dict[str, Any] = {**os.environ, "AWA_BATCH_CONTRACT": str(file)}
    environment |= {"PYTHONIOENCODING": f"{encoding}:strict", "PYTHONUTF8": "0"}
    for words, code in ((("contract",), 0), (("contract", "-o", "json"), 0), (("submit", "é料金"), 2)):
        done = subprocess.run(
            [sys.executable, "-m", "awa_batch", *words], env=environment, capture_output=True, check=False
        )
        assert done.returncode == code, done.stderr
        assert b"Traceback" not in done.stderr
        assert done.stdout + done.stderr


REASON = "\x1b]0;title\x07gone\x1b[2J\nnext\x9b1m"
"""What somebody may give to TerminateJob as the reason; AWS gives it back as statusReason."""


def test_a_reason_commands_no_terminal_in_a_table_a_line_or_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["job", "reason"], [["j", REASON]])
    say(f"j: {REASON}")
    say(state_line(Job.from_detail(detail("j", "FAILED", statusReason=REASON, isTerminated=True))))
    seen = capsys.readouterr()
    assert seen.out.splitlines() == ["job  reason", "j    gone\\nnext"]
    assert seen.err.count("gone") == 2
    for text in (seen.out, seen.err):
        assert plain(text) == text


def test_json_for_a_terminal_holds_no_control_character(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"reason": REASON, "other": "\x7f\x85あ"}
    print_json(value)
    print(json_line(value))
    seen = capsys.readouterr().out
    assert plain(seen) == seen
    assert json.loads(json_line(value)) == value


def test_why_says_what_aws_says_without_its_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    why.print_explanation(
        Explanation(
            "j", "name", "FAILED", "CANCELLED", REASON, (REASON,), attempts=(Try(1, 1, REASON, 1.0),) * 2,
            groups=(Group("EXIT_CODE", REASON, 1, 0, evidence=(REASON,)),), log=(REASON,), next=((REASON,),),
        )
    )  # fmt: skip
    seen = capsys.readouterr().out
    assert seen.count("gone") == 8
    assert plain(seen) == seen
