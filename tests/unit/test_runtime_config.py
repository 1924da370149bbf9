"""awa_runtime.load_config: found, read, checked, refused readably."""

from __future__ import annotations

import json
import os
import string
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from awa_runtime import MASK, ConfigError, load_config, masked, read_config

RUNTIME = Path(__file__).resolve().parents[2] / "container" / "runtime"


class Inner(BaseModel):
    size: int = Field(ge=1)
    pin: SecretStr | None = None


class Example(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    mode: Literal["fast", "small"] = "fast"
    inner: Inner
    many: list[Inner] = []
    pass_phrases: dict[str, SecretStr] = {}
    nick: SecretStr | None = Field(default=None, alias="handle")

    @field_validator("name")
    @classmethod
    def _no_spaces(cls, value: str) -> str:
        if " " in value:
            raise ValueError("must not hold a space")
        return value


GOOD = {"name": "a", "inner": {"size": 2}}


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONFIG_JSON", raising=False)


def refusal(argv: list[str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        read_config(Example, argv or [])
    return str(caught.value)


@pytest.mark.parametrize("flag", [["--param_json", "F"], ["--param_json=F"], ["--param-json", "F"]])
def test_a_named_file_is_read(tmp_path: Path, flag: list[str]) -> None:
    file = tmp_path / "p.json"
    file.write_text(json.dumps(GOOD))
    assert read_config(Example, [part.replace("F", str(file)) for part in flag]).inner.size == 2


def test_the_file_wins_over_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "p.json"
    file.write_text(json.dumps({**GOOD, "name": "file"}))
    monkeypatch.setenv("CONFIG_JSON", json.dumps({**GOOD, "name": "variable"}))
    assert read_config(Example, ["--param_json", str(file)]).name == "file"
    assert read_config(Example, []).name == "variable"


def test_a_missing_file_never_falls_through_to_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFIG_JSON", json.dumps(GOOD))
    text = refusal(["--param_json", str(tmp_path / "gone.json")])
    assert "gone.json: there is no such file" in text


@pytest.mark.parametrize("argv", [["--parm_json", "x"], ["x.json"], ["--param_json"], ["--param", "x.json"]])
def test_arguments_that_are_not_known_are_refused(argv: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFIG_JSON", json.dumps(GOOD))
    assert refusal(argv).startswith("Wrong arguments: ")


def test_nothing_given_names_both_ways() -> None:
    assert "--param_json FILE" in refusal()
    assert "CONFIG_JSON" in refusal()


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_source_is_said_to_be_empty(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFIG_JSON", text)
    assert "CONFIG_JSON is set but empty" in refusal()
    file = tmp_path / "p.json"
    file.write_text(text)
    assert "the file is empty" in refusal(["--param_json", str(file)])


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert "cannot be read: Is a directory" in refusal(["--param_json", str(tmp_path)])
    binary = tmp_path / "b.json"
    binary.write_bytes(b'{"name": "\xff"}')
    assert "not UTF-8 text (byte 10)" in refusal(["--param_json", str(binary)])


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(GOOD).encode())
    assert read_config(Example, ["--param_json", str(file)]).name == "a"


def test_invalid_json_says_line_and_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFIG_JSON", '{"name": "a",\n  "inner": {size: 2}}')
    assert "line 2, column 13" in refusal()


def test_json_that_is_nested_too_deeply(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFIG_JSON", "[" * 200_000)
    assert "nested too deeply" in refusal()


@pytest.mark.parametrize(
    ("text", "what", "fix"),
    [
        ('{"name": "a", "many": [%s]}' % ("9" * 5000), "an integer has more than 4300 digits", "Write it as a string"),
        ('{"name": "a", "name": "b"}', "'name' is there twice", "Keep one of the two."),
        ('{"name": "a", "inner": {"size": 1, "size": 2}}', "'size' is there twice", "Keep one of the two."),
        ('{"name": NaN}', "NaN is no number of JSON", "Write null, or a number."),
        ('{"name": -Infinity}', "-Infinity is no number of JSON", "Write null, or a number."),
        ('{"name": 1e999}', "1e999 is too large for a number", "Write a smaller number"),
        ("[" * 200_000, "it is nested too deeply", "Flatten it."),
    ],
)
def test_what_python_would_take_or_trip_over_is_refused(
    text: str, what: str, fix: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CONFIG_JSON", text)
    with pytest.raises(SystemExit) as caught:
        load_config(Example, [])
    assert caught.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0] == f"CONFIG_JSON is not valid JSON: {what}."
    assert lines[1].startswith(f"  {fix}")


def test_every_refused_field_has_value_and_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"name": "a b", "mode": "slow", "inner": {"size": 0}, "many": [{"size": 1}, {"size": "x"}], "typo": 1}
    monkeypatch.setenv("CONFIG_JSON", json.dumps(values))
    lines = refusal().splitlines()
    assert lines[0] == "Configuration refused: 5 values in CONFIG_JSON cannot be used (Example):"
    rows = {line.split()[0]: line for line in lines[2:]}
    assert list(rows) == ["name", "mode", "inner.size", "many.1.size", "typo"]
    assert '"a b"' in rows["name"]
    assert rows["name"].endswith("must not hold a space")
    assert "'fast' or 'small'" in rows["mode"]
    assert " 0 " in rows["inner.size"]
    assert "Extra inputs are not permitted" in rows["typo"]


def test_missing_fields_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFIG_JSON", '{"inner": {}}')
    text = refusal()
    assert "name        (missing)  Field required" in text
    assert "inner.size  (missing)  Field required" in text


def test_a_document_that_is_no_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFIG_JSON", "[1, 2]")
    assert "(the whole)  [1, 2]" in refusal()


@pytest.mark.parametrize(
    "part",
    [
        {"inner": {"size": 1, "pin": ["hunter2"]}},  # by its type
        {"inner": {"size": 1}, "many": [{"size": 1, "pin": {"x": "hunter2"}}]},  # by its type, in a list
        {"inner": {"size": 1}, "pass_phrases": {"one": ["hunter2"]}},  # by its type, in a mapping
        {"inner": {"size": 1}, "handle": ["hunter2"]},  # by its type, under an alias
        {"inner": {"size": 1}, "api_key": "hunter2"},  # by its name
        {"inner": {"size": 1}, "unknown": {"dbPassword": "hunter2"}},  # by its name, further in
    ],
)
def test_secrets_are_never_shown(part: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFIG_JSON", json.dumps({"name": "a", **part}))
    text = refusal()
    assert "hunter2" not in text
    assert MASK in text


def test_a_secret_is_not_shown_by_its_own_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    class Loud(BaseModel):
        token: str

        @field_validator("token")
        @classmethod
        def _loud(cls, value: str) -> str:
            raise ValueError(f"{value} is no token")

    monkeypatch.setenv("CONFIG_JSON", '{"token": "hunter2"}')
    with pytest.raises(ConfigError) as caught:
        read_config(Loud, [])
    assert "hunter2" not in str(caught.value)


def test_long_values_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFIG_JSON", json.dumps({**GOOD, "mode": "x" * 5000}))
    assert max(map(len, refusal().splitlines())) < 200


def test_load_config_exits_with_2_and_tells_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        load_config(Example, [])
    assert caught.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("No configuration: ")


def test_load_config_takes_the_command_line_by_default() -> None:
    code = "from pydantic import BaseModel\nfrom awa_runtime import load_config\nclass M(BaseModel): a: int\n"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}print(load_config(M).a)", "--param_json", "/no/such.json"],
        env={**os.environ, "PYTHONPATH": str(RUNTIME), "CONFIG_JSON": '{"a": 1}'},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("--param_json /no/such.json: there is no such file")


def test_masked_shows_models_as_plain_data() -> None:
    example = Example.model_validate({**GOOD, "inner": {"size": 1, "pin": "hunter2"}, "handle": "hunter2"})
    shown = masked(example)
    assert json.loads(json.dumps(shown)) == shown
    assert shown["inner"] == {"size": 1, "pin": MASK}
    assert shown["handle"] == MASK


names = st.text(string.ascii_letters, max_size=4)


@given(names, st.sampled_from(["password", "PASSWORD", "Token", "client_secret", "accessKey"]), names)
def test_names_that_sound_like_secrets_are_masked(before: str, name: str, after: str) -> None:
    assert masked({"x": [{f"{before}{name}{after}": {"deep": "hunter2"}}]}) == {"x": [{f"{before}{name}{after}": MASK}]}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_masking_leaves_everything_else_alone(value: object) -> None:
    assert masked(value) == value


@given(st.text(max_size=40))
def test_any_text_is_a_configuration_or_a_readable_refusal(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        try:
            patch.setenv("CONFIG_JSON", text)
        except (ValueError, UnicodeEncodeError):
            return  # not to be had in an environment
        with pytest.raises(ConfigError) as caught:
            read_config(Example, [])
        assert str(caught.value)
