"""What people type, turned into values."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awa_batch.cli import parse
from awa_batch.errors import UsageError


def test_pairs() -> None:
    assert parse.pairs(["A=1", "B=x=y", "C=", "A=2"], "--env") == {"A": "2", "B": "x=y", "C": ""}
    assert parse.pairs([], "--env") == {}


@pytest.mark.parametrize("entry", ["A", "=1", "", "="])
def test_pairs_without_name_or_sign_are_refused(entry: str) -> None:
    with pytest.raises(UsageError, match=r"^--env ") as caught:
        parse.pairs([entry], "--env")
    assert caught.value.fix == "Write --env NAME=VALUE."


@given(st.dictionaries(st.text(min_size=1).filter(lambda key: "=" not in key), st.text()))
def test_pairs_of_any_text(given_pairs: dict[str, str]) -> None:
    assert parse.pairs([f"{key}={value}" for key, value in given_pairs.items()], "--env") == given_pairs


def test_command() -> None:
    assert parse.command('["echo", "a b"]', "--command") == ["echo", "a b"]


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("echo 'a b'", '\'["echo", "a b"]\''),
        ("echo 'a", '\'["echo", "hello"]\''),
        ("[]", '["[]"]'),
        ("[1]", '["[1]"]'),
        ('{"a": 1}', "--command"),
        ("", '["echo", "hello"]'),
    ],
)
def test_a_command_that_is_no_list_comes_with_one(text: str, fix: str) -> None:
    with pytest.raises(UsageError, match="is not a JSON list of strings") as caught:
        parse.command(text, "--command")
    assert fix in caught.value.fix


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "No such file or directory"),
        (b"{\n  1}", "line 2 column 3"),
        (b"\xff", "is not UTF-8 text"),
        (b"", "line 1 column 1"),
    ],
)
def test_a_json_file_that_cannot_be_used_is_named(content: bytes | None, what: str, tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        parse.json_value(file, "--config")
    assert caught.value.what.startswith(f"--config {file}")
    assert what in caught.value.what
    assert caught.value.fix


def test_what_is_no_json_for_anyone_else_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    file.write_text('{"a": NaN}')
    with pytest.raises(UsageError, match="NaN"):
        parse.json_value(file, "--config")


def test_a_files_json_is_that_json(tmp_path: Path) -> None:
    value = {"b": [1.5, None, True], "a": {"x": "\u2028"}}
    file = tmp_path / "p.json"
    file.write_text(json.dumps(value))
    assert parse.json_value(file, "--config") == value


def test_a_file_that_holds_null_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    file.write_text("null\n")
    with pytest.raises(UsageError, match="is null"):
        parse.json_value(file, "--config")


@pytest.mark.parametrize("given", [("",), ("a,",), ("a", ""), (" , b",)])
def test_an_empty_word_of_a_list_is_refused(given: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="--depends-on has an empty value"):
        parse.words(given, "--depends-on")


def test_words_come_from_commas_and_from_again() -> None:
    assert parse.words(("a,b", " c "), "--depends-on") == ["a", "b", "c"]
    assert parse.words((), "--depends-on") == []
