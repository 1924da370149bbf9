"""The contract: from a file or from Terraform, cached by the state, refused where it does not fit."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, asdict, replace
from pathlib import Path
from typing import Any

import pytest
from toolkit_support import DATA, FakeTerraform

from awa_batch.applied import load_contract
from awa_batch.cli.words import FlagWords
from awa_batch.contract import Contract, find_job_definition, find_queue
from awa_batch.errors import NotAppliedError, ToolError, UsageError


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "contract.json"
    monkeypatch.setenv("AWA_BATCH_CONTRACT", str(file))
    return file


# --------------------------------------------------------------- from a file
def test_a_file_holds_the_contract_bare_or_as_terraform_puts_it_out(file: Path, contract_value: dict[str, Any]) -> None:
    file.write_text(json.dumps(contract_value))
    bare = load_contract("local")
    file.write_text(json.dumps({"contract": {"sensitive": False, "type": "dynamic", "value": contract_value}}))
    assert load_contract("local") == bare
    assert asdict(bare) == contract_value


def test_a_file_is_read_without_terraform_and_without_a_clone(
    file: Path, contract_value: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    file.write_text(json.dumps(contract_value))
    assert load_contract("anything").prefix == "awa-batch-local"


@pytest.mark.parametrize(
    ("text", "error", "what"),
    [
        (None, UsageError, "No such file or directory"),
        ("{", UsageError, "is not JSON"),
        ("\xff", UsageError, "is not UTF-8 text"),
        ("[" * 100_000, UsageError, "is not JSON: nested too deeply"),
        ('{"a": ' + "9" * 5000 + "}", UsageError, "is not JSON: an integer has more than 4300 digits"),
        ('{"a": NaN}', UsageError, "is not JSON: NaN is not JSON"),
        ('{"schema_version": 1, "schema_version": 1}', UsageError, "is not JSON: schema_version is there twice"),
        ("[]", UsageError, "is not a contract: it has no schema_version"),
        ("{}", UsageError, "is not a contract: it has no schema_version"),
        ('{"schema_version": 2}', NotAppliedError, "has schema_version 2; this toolkit reads 1"),
        ('{"contract": {"value": {"schema_version": "1"}}}', NotAppliedError, "has schema_version '1'"),
        ('{"schema_version": 1}', NotAppliedError, r"does not fit: project: Field required \(and 8 more\)"),
    ],
)
def test_a_file_that_does_not_fit_is_named(text: str | None, error: type[Exception], what: str, file: Path) -> None:
    if text is not None:
        file.write_bytes(text.encode("latin-1"))
    with pytest.raises(error, match=f"^AWA_BATCH_CONTRACT=.*contract.json:? {what}") as caught:
        load_contract("local")
    assert caught.value.exit_code == (2 if error is UsageError else 4)  # type: ignore[attr-defined]
    # With the variable still set, `awa-batch contract` would read the broken file again.
    _, fix = caught.value.told(FlagWords("dev"))  # type: ignore[attr-defined]
    assert (
        "UTF-8" in what
        or "Unset AWA_BATCH_CONTRACT, then write the file again with `awa-batch contract -E dev --output json`" in fix
    )


def test_a_wrong_field_is_named_with_its_place(file: Path, contract_value: dict[str, Any]) -> None:
    contract_value["queues"]["ec2-high-priority"]["platform"] = "EKS"
    file.write_text(json.dumps(contract_value))
    with pytest.raises(NotAppliedError, match=r"does not fit: queues\.ec2-high-priority\.platform: Input should be"):
        load_contract("local")


def test_a_definition_without_a_revision_is_named(file: Path, contract_value: dict[str, Any]) -> None:
    contract_value["job_definitions"]["ec2-sample"]["arn"] = "arn:aws:batch:eu-west-1:1:job-definition/x"
    file.write_text(json.dumps(contract_value))
    with pytest.raises(
        NotAppliedError, match=r"does not fit: job_definitions\.ec2-sample\.arn: Its end is no revision"
    ):
        load_contract("local")


# ------------------------------------------------------------ from Terraform
@pytest.fixture
def applied(project: Path, terraform: FakeTerraform, contract_value: dict[str, Any]) -> Path:
    root = project / "terraform/environments/dev"
    (root / "terraform.tfstate").write_text('{"serial": 1}')
    terraform.answer("output", out=json.dumps({"contract": {"value": contract_value}}))
    return root


def test_terraform_is_asked_once_a_state(applied: Path, terraform: FakeTerraform) -> None:
    first = load_contract("dev")
    assert load_contract("dev") == first
    assert len(terraform.calls) == 1
    (applied / "terraform.tfstate").write_text('{"serial": 2}')
    load_contract("dev")
    load_contract("dev")
    assert len(terraform.calls) == 2


def test_a_new_state_is_read_anew(applied: Path, terraform: FakeTerraform, contract_value: dict[str, Any]) -> None:
    load_contract("dev")
    contract_value["job_definitions"] = {}
    terraform.answer("output", out=json.dumps({"contract": {"value": contract_value}}))
    (applied / "terraform.tfstate").write_text('{"serial": 2}')
    assert load_contract("dev").job_definitions == {}


@pytest.mark.parametrize("spoilt", ["", "[]", '{"fingerprint": "x", "contract": {}}'])
def test_a_spoilt_cache_is_not_believed(spoilt: str, applied: Path, terraform: FakeTerraform) -> None:
    first = load_contract("dev")
    (applied / ".terraform/awa-batch-contract.json").write_text(spoilt)
    assert load_contract("dev") == first
    assert len(terraform.calls) == 2


def test_no_cache_where_none_can_be_written(applied: Path, terraform: FakeTerraform, monkeypatch: Any) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "write_text", refuse)
    assert load_contract("dev").prefix == "awa-batch-local"
    assert not list((applied / ".terraform").glob("awa-batch-contract*"))


def test_what_was_checked_once_is_not_checked_again(
    applied: Path, contract_value: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "contract.json"
    file.write_text(json.dumps(contract_value))
    first = load_contract("dev")
    monkeypatch.setenv("AWA_BATCH_CONTRACT", str(file))
    from_file = load_contract("dev")

    def refuse(_value: object) -> None:
        raise AssertionError("it was checked before")

    monkeypatch.setattr(Contract, "checked", staticmethod(refuse))
    assert load_contract("dev") == from_file == first
    monkeypatch.delenv("AWA_BATCH_CONTRACT")
    assert load_contract("dev") == first
    monkeypatch.setattr("awa_batch.applied.contract.__version__", "another")
    with pytest.raises(AssertionError, match="it was checked before"):
        load_contract("dev")
    monkeypatch.setenv("AWA_BATCH_CONTRACT", str(file))
    file.write_text(file.read_text() + " ")
    with pytest.raises(AssertionError, match="it was checked before"):
        load_contract("dev")


def test_the_cache_leaves_no_other_file(applied: Path) -> None:
    load_contract("dev")
    assert [file.name for file in (applied / ".terraform").iterdir()] == ["awa-batch-contract.json"]


@pytest.mark.parametrize("how", ["variable", "file"])
def test_another_workspace_is_never_taken_from_the_cache(
    how: str, applied: Path, terraform: FakeTerraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_contract("dev")
    if how == "variable":
        monkeypatch.setenv("TF_WORKSPACE", "other")
    else:
        (applied / ".terraform/environment").write_text("other")
    load_contract("dev")
    load_contract("dev")
    assert len(terraform.calls) == 3


def test_a_contract_of_another_version_names_the_command(
    applied: Path, terraform: FakeTerraform, contract_value: dict[str, Any]
) -> None:
    contract_value["schema_version"] = 2
    terraform.answer("output", out=json.dumps({"contract": {"value": contract_value}}))
    with pytest.raises(NotAppliedError, match="has schema_version 2; this toolkit reads 1") as caught:
        load_contract("dev")
    assert caught.value.fix.endswith("to one version. Run `make plan apply ENV=dev`.")
    assert caught.value.exit_code == 4
    assert not (applied / ".terraform/awa-batch-contract.json").exists()


def test_a_state_without_a_contract_is_not_applied(applied: Path, terraform: FakeTerraform) -> None:
    terraform.answer("output", out='{"other": {"value": 1}}')
    with pytest.raises(NotAppliedError, match="has no output `contract`"):
        load_contract("dev")


def test_never_applied_is_exit_4(project: Path, terraform: FakeTerraform) -> None:
    with pytest.raises(NotAppliedError, match="'dev' is not applied: there is no Terraform state here") as caught:
        load_contract("dev")
    assert (caught.value.exit_code, caught.value.fix) == (4, "Run `make plan apply ENV=dev` first.")
    assert terraform.calls == []


def test_unknown_environments_and_missing_terraform_are_told(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="no environment 'prod'"):
        load_contract("prod")
    (project / "terraform/environments/dev/terraform.tfstate").write_text("{}")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolError, match="not on PATH"):
        load_contract("dev")


# ------------------------------------------------------------------- look-up
@pytest.mark.parametrize("field", ["logical", "name", "arn"])
def test_a_queue_has_three_names(field: str, contract: Contract) -> None:
    queue = contract.queues["ec2-low-priority"]
    name = {"logical": "ec2-low-priority", "name": queue.name, "arn": queue.arn}[field]
    assert find_queue(contract, name) is queue


def test_a_job_definition_has_a_revision_too(contract: Contract) -> None:
    wanted = contract.job_definitions["ec2-sample"]
    for name in ("ec2-sample", wanted.name, wanted.arn, f"{wanted.name}:1"):
        assert find_job_definition(contract, name) is wanted
    with pytest.raises(UsageError):
        find_job_definition(contract, f"{wanted.name}:2")
    assert wanted.revision == 1


def test_an_unknown_name_gets_the_nearest(contract: Contract) -> None:
    with pytest.raises(UsageError, match=r"^queue: local has no job queue 'fargate-hig-priority'") as caught:
        find_queue(contract, "fargate-hig-priority")
    assert caught.value.fix.startswith("Did you mean 'fargate-high-priority'? It has: ec2-high-priority, ec2-low")
    with pytest.raises(UsageError, match=r"^definition: local has no job definition 'zzz'") as caught:
        find_job_definition(contract, "zzz")
    assert caught.value.fix == "It has: ec2-sample, fargate-sample."


def test_without_a_release_there_is_no_definition(contract: Contract) -> None:
    with pytest.raises(NotAppliedError, match="no image has been released") as caught:
        find_job_definition(replace(contract, job_definitions={}), "ec2-sample")
    assert caught.value.fix == "Run `make build-push ENV=local` and `make up ENV=local`."


def test_the_contract_is_frozen_and_newer_fields_do_no_harm(contract_value: dict[str, Any]) -> None:
    contract = Contract.checked({**contract_value, "added_later": 1})
    with pytest.raises(FrozenInstanceError):
        contract.prefix = "x"  # type: ignore[misc]


def test_the_example_has_what_the_design_names() -> None:
    value = json.loads((DATA / "contract.json").read_text())
    assert set(value) >= {"schema_version", "project", "environment", "region", "account_id", "prefix", "queues"}
