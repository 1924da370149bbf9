"""What `doctor` finds of programs that are not ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from toolkit_support import write_program

from awa_batch.doctor import Check, examine


@pytest.fixture
def programs(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing on it."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def rows(environment: str) -> dict[str, Check]:
    return {row.name: row for row in examine(environment)}


@pytest.mark.parametrize(
    ("said", "verdict", "found"),
    [
        ("echo aws-cli/2.31.4 Python/3.13.7 Linux/6.1", "ok", "aws-cli/2.31.4 ("),
        ("echo aws-cli/1.44.9 Python/3.11.7 Linux/6.1 >&2", "note", "aws-cli/1.44.9 ("),
        ("echo something else", "note", "does not say its version"),
        ("exit 7", "note", "does not say its version"),
    ],
)
def test_the_aws_command_is_told_with_its_version(programs: Path, said: str, verdict: str, found: str) -> None:
    write_program(programs / "aws", f"#!/bin/sh\n{said}\n")
    row = rows("dev")["aws"]
    assert (row.verdict, found in str(row.found)) == (verdict, True)
    assert ("version 2" in str(row.fix)) == (verdict == "note")


def test_without_it_that_is_a_note_and_nothing_of_env_local(programs: Path) -> None:
    row = rows("dev")["aws"]
    assert (row.verdict, row.found) == ("note", "no aws command on PATH")
    assert "aws" not in rows("local")
