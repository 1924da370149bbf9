"""An empty value, mostly a variable that is not set, is refused by every option and argument of every command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from awa_batch.cli.main import COMMANDS, cli, main

ROOT = Path(__file__).resolve().parents[2]


def _commands() -> list[tuple[tuple[str, ...], click.Command]]:
    found: list[tuple[tuple[str, ...], click.Command]] = []
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        inner = command.commands.items() if isinstance(command, click.Group) else []
        found += [((name, word), child) for word, child in inner] or [((name,), command)]
    return found


def _cases() -> list[Any]:
    cases = []
    for words, command in _commands():
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.is_flag:
                continue
            if isinstance(parameter, click.Argument) and parameter.type is click.UNPROCESSED:
                continue  # a job's command, which submit looks at
            typed = [] if isinstance(parameter, click.Argument) else [parameter.opts[-1]]
            cases.append(pytest.param([*words, *typed, ""], id=" ".join([*words, *(typed or [parameter.name or ""])])))
    return cases


@pytest.mark.parametrize("words", _cases())
def test_an_empty_value_is_refused(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["awa-batch", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    what, fix = err.splitlines()
    assert what.endswith(": the value is empty.")
    assert fix == "  Give one or leave it out. Is a variable not set?"


def test_most_parameters_are_in_it() -> None:
    assert len(_cases()) > 100


def test_a_classic_script_refuses_it_too() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/submit_ec2_job.py", "--job-queue", "", "--", "true"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == "submit_ec2_job.py: --job-queue: the value is empty."


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWA_BATCH_STATUS_RUN", "")
    command = cli.get_command(click.Context(cli), "status")
    assert command is not None
    assert command.make_context("status", []).params["run"] is None
