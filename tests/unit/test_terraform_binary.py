"""Which program is run, and in what environment."""

from __future__ import annotations

from pathlib import Path

import pytest
from toolkit_support import FakeTerraform, write_program

from awa_batch.errors import ToolError
from awa_batch.terraform import find_terraform
from awa_batch.terraform.binary import clean_environment


def program(folder: Path, name: str, version: str) -> Path:
    folder.mkdir(exist_ok=True)
    return write_program(folder / name, f'#!/bin/sh\necho \'{{"terraform_version": "{version}"}}\'\n')


def test_terraform_comes_before_tofu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "a", "tofu", "1.10.0")
    wanted = program(tmp_path / "b", "terraform", "1.12.0-beta2")
    monkeypatch.setenv("PATH", f"{tmp_path / 'a'}:{tmp_path / 'b'}")
    found = find_terraform()
    assert (found.path, found.name, found.version) == (str(wanted), "terraform", (1, 12, 0))
    assert found.version_text == "1.12.0"


def test_tofu_is_taken_where_there_is_no_terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = program(tmp_path / "a", "tofu", "1.10.0")
    monkeypatch.setenv("PATH", str(tmp_path / "a"))
    assert (find_terraform().path, find_terraform().name) == (str(wanted), "tofu")


def test_without_either_the_message_names_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match=r"^terraform or tofu is not on PATH") as caught:
        find_terraform()
    assert "TF_BINARY=" in caught.value.fix


def test_a_named_program_is_the_only_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "a", "terraform", "1.12.0")
    monkeypatch.setenv("PATH", str(tmp_path / "a"))
    monkeypatch.setenv("TF_BINARY", "tofu-nightly")
    with pytest.raises(ToolError, match=r"^tofu-nightly is not on PATH"):
        find_terraform()


@pytest.mark.parametrize(("version", "good"), [("1.9.8", False), ("0.15.5", False), ("1.10.0", True), ("2.0.0", True)])
def test_1_10_is_the_oldest(version: str, good: bool, terraform: FakeTerraform) -> None:
    terraform.version(f'{{"terraform_version": "{version}"}}')
    if good:
        assert find_terraform().version_text == version
        return
    with pytest.raises(ToolError, match=f"is version {version}; awa-batch needs 1.10 or later"):
        find_terraform()


@pytest.mark.parametrize("answer", ["", "Terraform v1.11", "[]", '{"terraform_version": "dev"}', "null"])
def test_a_program_that_tells_no_version_is_refused(answer: str, terraform: FakeTerraform) -> None:
    terraform.version(answer)
    with pytest.raises(ToolError, match="did not answer with a version"):
        find_terraform()


def test_a_program_that_cannot_be_run_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_BINARY", str(write_program(tmp_path / "terraform", "#!/no/such/interpreter\n")))
    with pytest.raises(ToolError, match="cannot be run: No such file"):
        find_terraform()


def test_a_missing_cli_config_does_no_harm_and_one_that_is_there_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "terraformrc"))
    assert "TF_CLI_CONFIG_FILE" not in clean_environment()
    (tmp_path / "terraformrc").touch()
    assert clean_environment()["TF_CLI_CONFIG_FILE"] == str(tmp_path / "terraformrc")
