"""The Terraform state: what changes when it does, and one line for each reason why it cannot be read."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from awa_batch.applied import load_contract
from awa_batch.applied.published import KEY
from awa_batch.applied.state import S3State, fingerprint, state_of
from awa_batch.batch.failures import CallError
from awa_batch.errors import NotAppliedError
from awa_batch.terraform import Root, hcl

if TYPE_CHECKING:
    from toolkit_support import FakeTerraform

REGION = "ap-northeast-1"
BACKEND = f'bucket = "states"\nkey    = "dev/terraform.tfstate"\nregion = "{REGION}"\n'


@pytest.fixture
def dev(project: Path, terraform: FakeTerraform, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh clone's root with its state in S3: nothing was ever initialised here."""
    for name in [*os.environ]:
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    folder = project / "terraform/environments/dev"
    shutil.rmtree(folder / ".terraform")
    (folder / "backend.tf").write_text('terraform {\n  backend "s3" {}\n}\n')
    (folder / "backend.hcl").write_text(BACKEND)
    return folder


@pytest.fixture
def aws(dev: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield boto3.client("s3", region_name=REGION)


def bucket(aws: Any) -> None:
    aws.create_bucket(Bucket="states", CreateBucketConfiguration={"LocationConstraint": REGION})


def test_the_fingerprint_of_a_local_state_is_its_content(project: Path) -> None:
    root = Root("dev")
    with pytest.raises(NotAppliedError, match="there is no Terraform state here"):
        fingerprint(root)
    (root.path / "terraform.tfstate").write_text("1")
    first = fingerprint(root)
    (root.path / "terraform.tfstate").write_text("2")
    assert first
    assert fingerprint(root) not in (None, first)


def initialised(root: Path, text: str) -> None:
    (root / ".terraform").mkdir(exist_ok=True)
    (root / ".terraform/terraform.tfstate").write_text(text)


def test_a_local_backend_may_lie_elsewhere(project: Path) -> None:
    root = Root("dev")
    initialised(root.path, '{"backend": {"type": "local", "config": {"path": "other.tfstate"}}}')
    (root.path / "terraform.tfstate").write_text("1")
    with pytest.raises(NotAppliedError):
        fingerprint(root)
    (root.path / "other.tfstate").write_text("1")
    assert fingerprint(root)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"backend": {"type": "gcs"}}',
        '{"backend": {"type": "s3"}}',
        '{"backend": {"type": "s3", "config": {"bucket": "b", "key": "k", "role_arn": "arn:aws:iam::1:role/x"}}}',
        '{"backend": {"type": "s3", "config": {"bucket": "b", "key": "k", "endpoints": [{"s3": "http://x"}]}}}',
    ],
)
def test_what_cannot_be_told_cheaply_is_none(text: str, project: Path) -> None:
    root = Root("dev")
    initialised(root.path, text)
    (root.path / "terraform.tfstate").write_text("1")
    assert fingerprint(root) is None


def test_an_s3_state_is_found_before_and_after_init(dev: Path) -> None:
    wanted = S3State("states", "dev/terraform.tfstate", REGION)
    assert state_of(Root("dev")) == wanted
    config = '"bucket": "states", "key": "dev/terraform.tfstate", "region": "ap-northeast-1", "encrypt": true'
    nothing = '"role_arn": null, "endpoints": null, "skip_region_validation": null, "use_lockfile": true'
    initialised(dev, f'{{"backend": {{"type": "s3", "config": {{{config}, {nothing}}}}}}}')
    assert state_of(Root("dev")) == wanted
    assert state_of(Root("dev"), "mine") == S3State("states", "dev/terraform.tfstate", REGION, "mine")


def test_a_fresh_clone_reads_what_a_colleague_applied(
    aws: Any, terraform: FakeTerraform, contract_value: dict[str, Any]
) -> None:
    bucket(aws)
    aws.put_object(Bucket="states", Key="dev/terraform.tfstate", Body=b"{}")
    terraform.answer("output", out=json.dumps({"contract": {"value": contract_value}}))
    assert load_contract("dev").prefix
    assert [call[0] for call in terraform.calls] == ["init", "output"]
    assert load_contract("dev").prefix
    assert [call[0] for call in terraform.calls] == ["init", "output"]  # the ETag is as it was


def test_without_a_state_in_the_bucket_nothing_is_applied_anywhere(aws: Any, terraform: FakeTerraform) -> None:
    bucket(aws)
    with pytest.raises(NotAppliedError, match="not applied: there is no Terraform state at s3://states/dev/terr") as no:
        load_contract("dev")
    assert no.value.fix == "Run `make plan apply ENV=dev` first."
    assert terraform.calls == []


def test_without_the_bucket_it_is_the_backend_file_that_is_looked_at(aws: Any, terraform: FakeTerraform) -> None:
    with pytest.raises(NotAppliedError, match="There is no bucket states") as caught:
        load_contract("dev")
    assert "git pull" in caught.value.fix
    assert "make bootstrap ENV=dev" in caught.value.fix
    assert terraform.calls == []


def test_without_a_backend_file_a_pull_comes_before_bootstrap(dev: Path, terraform: FakeTerraform) -> None:
    (dev / "backend.hcl").unlink()
    with pytest.raises(NotAppliedError, match="no state bucket yet") as caught:
        load_contract("dev")
    assert caught.value.fix.startswith("Get the one that is committed (git pull), or run `make bootstrap ENV=dev`")
    assert terraform.calls == []


def test_without_credentials_there_are_two_lines_and_no_terraform(dev: Path, terraform: FakeTerraform) -> None:
    with pytest.raises(CallError, match="No AWS credentials") as caught:
        load_contract("dev")
    assert "aws configure" in caught.value.fix
    assert caught.value.exit_code == 3
    assert terraform.calls == []


def test_a_profile_that_is_not_there_is_named(dev: Path, terraform: FakeTerraform) -> None:
    with pytest.raises(CallError, match="there is no profile mine"):
        load_contract("dev", profile="mine")


@dataclass
class Answers:
    """Answers calls as AWS would: by operation, an HTTP status with a code, or an error of the SDK."""

    of: dict[str, tuple[int, str] | Exception | dict[str, Any]]

    def __call__(self, _client: Any, operation: str, _request: Any) -> Any:
        answer = self.of[operation]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, dict):
            return answer
        status, code = answer
        response = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}
        raise ClientError(response, operation)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "identity", "what", "fix"),
    [
        # HEAD says no more than a number: STS says what is wrong.
        ((403, "403"), (403, "InvalidClientTokenId"), "key", "AWS_PROFILE"),
        ((400, "400"), (403, "ExpiredToken"), "expired", "renew|Sign in|new"),
        (
            (403, "403"),
            {"Account": "111122223333", "Arn": "arn"},
            r"The credentials \(account 111122223333\) may read neither the Terraform state of dev, s3://states/dev/",
            "AWA_BATCH_CONTRACT",
        ),
        ((403, "403"), EndpointConnectionError(endpoint_url="x"), "^The credentials may read neither", "AWS_PROFILE"),
        (EndpointConnectionError(endpoint_url="x"), {}, "cannot be reached while looking at the Terraform", "network"),
    ],
)
def test_each_reason_has_its_line(
    state: Any, identity: Any, what: str, fix: str, dev: Path, terraform: FakeTerraform, monkeypatch: Any
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    answers = Answers({"HeadObject": state, "GetCallerIdentity": identity})
    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", lambda *words: answers(*words))
    with pytest.raises(CallError, match=what) as caught:
        load_contract("dev")
    assert re.search(fix, caught.value.fix)
    assert caught.value.exit_code == 3
    assert "\n" not in caught.value.what
    assert terraform.calls == []


@pytest.mark.parametrize("published", [True, False])
def test_who_may_not_read_the_state_reads_the_published_contract(
    published: bool,
    dev: Path,
    terraform: FakeTerraform,
    contract_value: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    (dev / "main.tf").write_text('module "platform" {\n  source = "x"\n  project = "p"\n  environment = "dev"\n}\n')
    (dev / "providers.tf").write_text(f'provider "aws" {{\n  region = "{REGION}"\n}}\n')
    asked: list[Any] = []
    body = {"Body": io.BytesIO(json.dumps(contract_value).encode())}
    answers = Answers(
        {
            "HeadObject": (403, "403"),
            "GetCallerIdentity": {"Account": "111122223333", "Arn": "arn"},
            "GetObject": body if published else (403, "AccessDenied"),
        }
    )
    monkeypatch.setattr(
        "botocore.client.BaseClient._make_api_call", lambda *words: asked.append(words[1:]) or answers(*words)
    )
    if published:
        assert load_contract("dev").prefix == contract_value["prefix"]
    else:
        with pytest.raises(CallError, match="may read neither the Terraform state of dev"):
            load_contract("dev")
    # A name can be guessed, and its bucket be anybody's.
    place = {"Bucket": "p-dev-data-111122223333", "Key": "contract/contract.json"}
    assert ("GetObject", {**place, "ExpectedBucketOwner": "111122223333"}) in asked
    assert terraform.calls == []


def test_terraform_publishes_it_where_it_is_looked_for() -> None:
    platform = Path(__file__).resolve().parents[2] / "terraform/modules/platform"
    (block,) = hcl.read_file(platform / "contract.tf").inner("resource", "aws_s3_object", "contract")
    assert block.attribute("key").value == hcl.String(KEY)  # type: ignore[union-attr]
    assert '"${local.prefix}-data-${local.account_id}"' in (platform / "main.tf").read_text()
