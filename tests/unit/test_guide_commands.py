"""Every command of the guides is run by a test, or it is said why none can; no line of the table is stale."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import guide_table
from tests.guide_commands import PAGES, ROOT, Command, commands, in_sentences, not_marked
from tests.guide_table import begin_of, exit_code, told

ALL = [command for page in PAGES for command in (*commands(page), *in_sentences(page))]
TESTS = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("test_*.py"))


def test_much_is_looked_at() -> None:
    ways = [told(command)[0] for command in ALL]
    assert ways.count("runs") > 130
    assert ways.count("test") > 60
    assert len({command.page for command in ALL}) > 12


@pytest.mark.parametrize("test", sorted(set(guide_table.ELSEWHERE.values())))
def test_the_test_that_runs_a_command_is_there(test: str) -> None:
    assert f"def {test}(" in TESTS


@pytest.mark.parametrize("begin", [*guide_table.ELSEWHERE, *guide_table.CANNOT])
def test_a_line_of_the_table_has_a_command(begin: str) -> None:
    known = [*guide_table.ELSEWHERE, *guide_table.CANNOT]
    assert any(begin_of(command, known) == begin for command in ALL)


def test_every_reason_says_something() -> None:
    assert [begin for begin, reason in guide_table.CANNOT.items() if len(reason.split()) < 2] == []
    assert set(guide_table.NAMES) <= {command.text for command in ALL}


@pytest.mark.parametrize("begin", guide_table.EXITS)
def test_an_exit_code_is_that_of_a_command(begin: str) -> None:
    assert any(exit_code(command) == guide_table.EXITS[begin] for command in ALL if command.plain.startswith(begin))


@pytest.mark.parametrize(("page", "begin"), guide_table.FIGURES)
def test_figures_are_shown_where_the_table_says(page: str, begin: str) -> None:
    assert any(one.page == page and one.shown and one.plain.startswith(begin) for one in ALL)


@pytest.mark.parametrize("page", [page for page in PAGES if page != "docs/benchmarks.md"])  # which has figures alone
def test_no_command_stands_in_a_block_that_is_not_marked(page: str) -> None:
    assert not_marked(page) == []


def test_commands_are_read_as_they_are_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.guide_commands.ROOT", tmp_path)
    (tmp_path / "page.md").write_text(
        "Say `awa-batch why JOB`, or `make up`.\n\n```sh\nmake up   # a comment\n# another\n"
        "awa-batch top \\\n  --once\n```\n"
        "\n```console\n$ awa-batch queues\nqueue  state\n$ echo '#1'\n#1\n```\n\n```\n$ make down\n```\n"
    )
    assert commands("page.md") == [
        Command("page.md", "make up"),
        Command("page.md", "awa-batch top    --once"),
        Command("page.md", "awa-batch queues", ("queue  state",)),
        Command("page.md", "echo '#1'", ("#1",)),
    ]
    assert in_sentences("page.md") == [Command("page.md", "awa-batch why JOB")]
    assert not_marked("page.md") == ["$ make down"]


def test_a_command_that_nothing_names_runs() -> None:
    assert told(Command("docs/cli.md", "awa-batch status @last")) == ("runs", "")
    assert told(Command("docs/cli.md", ".venv/bin/awa-batch drift -E dev"))[0] == "test"
    assert told(Command("README.md", "make test"))[0] == "reason"
    assert re.match("test_a_new_job", told(Command("README.md", "make test ARGS=jobs/my_job"))[1])
