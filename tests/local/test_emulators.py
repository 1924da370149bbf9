"""The comparison with other emulators: the page has the rows of the script, and ours answers what the page says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from awa_batch.images.base_names import base_names
from bench.emulators import __main__ as command
from bench.emulators import page, peers
from bench.emulators.account import equal, must, refused
from bench.emulators.behaviours import load
from bench.emulators.run import YES
from local_batch.runners.docker_runner import connect
from tests.needs import missing

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_and_the_script_have_the_same_rows() -> None:
    rows = [row.name for row in load()]
    assert len(rows) == len(set(rows)) > 60
    text = page.PAGE.read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == rows
    answers = page.read()
    assert list(answers) == [*peers.OURS, *(peer.title for peer in peers.PEERS)]
    assert all(list(found) == rows for found in answers.values())


def test_the_page_is_what_was_answered() -> None:
    data = json.loads(page.DATA.read_text(encoding="utf-8"))
    written = page.PAGE.read_text(encoding="utf-8").partition(page.BEGIN)[2].partition(page.END)[0]
    assert written.strip() == page.tables(data["answers"], data["date"]).strip()


def test_every_row_names_what_documents_it() -> None:
    for row in load():
        assert row.source.startswith("https://docs.aws.amazon.com/"), row.name
        assert row.expected
        assert len(row.expected) < 120, row.name


@pytest.mark.parametrize("flag", ["--only", "--rows"])
def test_what_the_page_does_not_have_is_refused_before_anything_is_asked(
    flag: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["bench.emulators", flag, "nope"])
    with pytest.raises(SystemExit) as caught:
        command.main()
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith(f"{flag}: the page has no 'nope'.\n  It has: ")


def test_a_row_can_fail() -> None:
    """The three ways in which a row holds something."""
    with pytest.raises(AssertionError, match="it is taken"):
        refused(dict)
    with pytest.raises(AssertionError, match="status: 'FAILED'"):
        equal("FAILED", "SUCCEEDED", "status")
    with pytest.raises(AssertionError, match="not so"):
        must([], "not so")


@pytest.mark.parametrize("runner", ["docker", "process"])
def test_ours_answers_what_the_page_says(runner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from docker.errors import DockerException

    if runner == "docker":
        try:
            connect().close()
        except DockerException as error:
            missing(f"no container engine: {error}")
    said = page.read()[peers.OURS[0] if runner == "docker" else peers.OURS[1]]
    # A timeout's minute is 6 s; nothing else of what is asked is counted in Batch's minutes.
    monkeypatch.setenv("AWA_TIME_SCALE", "10")
    with peers.ours(runner) as (url, own_image, keys):
        found = peers.ask(url, own_image or base_names(ROOT)["PYTHON_IMAGE"].tagged, keys, workers=12)
    wanted = {row for row, answer in said.items() if answer == YES}
    assert {row: found[row] for row in wanted if found[row] != YES} == {}
    # What the page says is not as on AWS may not have become so without the page.
    assert {row for row, answer in found.items() if answer == YES} <= wanted
