"""What sounds like a secret is not shown, and is sent as it is."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from toolkit_support import DATA

from awa_batch import masking
from awa_batch.cli.main import main
from awa_runtime import masking as runtime


def test_the_rule_is_the_job_sides() -> None:
    assert masking.SECRET_NAME == runtime._SECRET_NAME
    assert masking.MASK == runtime.MASK


CONFIG = {"settings": {"apiKey": "of-the-config", "size": 3}, "list": [{"password": "also"}]}
REQUEST: dict[str, Any] = {
    "jobName": "n",
    "parameters": {"token": "t", "plain": "shown"},
    "containerOverrides": {
        "command": ["x"],
        "environment": [
            {"name": "DB_PASSWORD", "value": "p"},
            {"name": "EMPTY_SECRET", "value": ""},
            {"name": "CONFIG_JSON", "value": json.dumps(CONFIG)},
            {"name": "BROKEN", "value": "{"},
            {"name": "PLAIN", "value": "shown"},
        ],
    },
}


def test_variables_parameters_and_configurations_are_masked_by_name() -> None:
    before = json.dumps(REQUEST)
    shown = masking.masked_request(REQUEST)
    assert shown["parameters"] == {"token": masking.MASK, "plain": "shown"}
    variables = {pair["name"]: pair["value"] for pair in shown["containerOverrides"]["environment"]}
    assert variables["DB_PASSWORD"] == masking.MASK
    assert (variables["EMPTY_SECRET"], variables["BROKEN"], variables["PLAIN"]) == ("", "{", "shown")
    assert json.loads(variables["CONFIG_JSON"]) == {
        "settings": {"apiKey": masking.MASK, "size": 3},
        "list": [{"password": masking.MASK}],
    }
    assert shown["containerOverrides"]["command"] == ["x"]
    assert json.dumps(REQUEST) == before  # what is sent is another thing


def test_what_holds_no_secret_is_the_same() -> None:
    plain = {"jobName": "n", "containerOverrides": {"environment": [{"name": "A", "value": '{"b":  1}'}]}}
    assert masking.masked_request(plain) == plain


@pytest.mark.parametrize("form", ["table", "json", "awscli"])
@pytest.mark.parametrize("whole", [False, True])
def test_a_dry_run_masks_unless_asked(
    form: str, whole: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWA_BATCH_CONTRACT", str(DATA / "contract.json"))
    words = ["submit", "ec2-sample", "--env", "API_TOKEN=abc-xyz", "--dry-run", "--as", form]
    monkeypatch.setattr(sys, "argv", ["awa-batch", *words, *(["--show-secrets"] if whole else []), "--", "true"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    out, err = capsys.readouterr()
    assert ("abc-xyz" in out) == whole
    assert ("--show-secrets shows them" in err) == (not whole)


def test_a_dry_run_of_a_file_masks_too(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWA_BATCH_CONTRACT", str(DATA / "contract.json"))
    file = tmp_path / "jobs.jsonl"
    file.write_text(json.dumps({"command": ["true"], "env": {"API_TOKEN": "abc-xyz"}}) + "\n")
    words = ["submit", "ec2-sample", "--from", str(file), "--run", "r", "--dry-run"]
    monkeypatch.setattr(sys, "argv", ["awa-batch", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert "abc-xyz" not in capsys.readouterr().out


def test_it_is_of_a_dry_run_alone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("AWA_BATCH_CONTRACT", str(DATA / "contract.json"))
    monkeypatch.setattr(sys, "argv", ["awa-batch", "submit", "ec2-sample", "--show-secrets", "--", "true"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "--show-secrets" in capsys.readouterr().err
