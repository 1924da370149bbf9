"""Once per account: the bucket of Terraform's states, made on the local AWS."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from account_support import GUIDE, STATE_BUCKET, Account, opened_account


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with opened_account(tmp_path_factory.mktemp("account")) as opened:
        yield opened


@pytest.fixture(scope="module")
def bootstrapped(account: Account) -> None:
    done = account.run("bootstrap", "--yes")
    # What is asked about can be read: the policies' text is hundreds of lines, and nothing of it is made by default.
    (plan,) = re.findall(r"(?m)^Plan: .*", done.stdout)
    assert plan in GUIDE.partition("$ make bootstrap ENV=dev\n")[2].partition("```")[0].splitlines()
    assert len(done.stdout.splitlines()) < 250


def test_without_a_state_bucket_the_command_for_it_is_named(account: Account) -> None:
    done = account.run("plan", code=4)
    assert "make bootstrap ENV=dev" in done.stderr


def test_bootstrap_asks_first(account: Account) -> None:
    done = account.run("bootstrap", code=2)
    assert "nothing was changed" in done.stderr
    assert not (account.root / "terraform/environments/dev/backend.hcl").exists()


@pytest.mark.usefixtures("bootstrapped")
def test_bootstrap_makes_the_bucket_and_points_to_it(account: Account) -> None:
    text = (account.root / "terraform/environments/dev/backend.hcl").read_text()
    assert f'bucket = "{STATE_BUCKET}"' in text
    assert 'allowed_account_ids = ["123456789012"]' in text
    assert [bucket["Name"] for bucket in account.client("s3").list_buckets()["Buckets"]] == [STATE_BUCKET]
    roles = account.client("iam").list_roles(PathPrefix="/aws-service-role/")["Roles"]
    assert sorted(role["Path"].split("/")[2].split(".")[0] for role in roles) == ["autoscaling", "batch", "ecs", "spot"]
    again = account.run("bootstrap")  # nothing to make: nothing to ask
    assert "wrote" not in again.stderr


@pytest.mark.usefixtures("bootstrapped")
def test_bootstrap_makes_the_roles_of_deployers_and_writes_their_policies(account: Account, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = account.run("bootstrap", "--deployer-policies", str(tmp_path / "file"), code=2)
    assert f"--deployer-policies {tmp_path / 'file'}" in refused.stderr
    team = "arn:aws:iam::123456789012:role/team"
    text = f'deployers = {{ dev = {{ environment = "dev", deploy_principal_arns = ["{team}"] }} }}\n'
    (account.root / "terraform/bootstrap/deployers.auto.tfvars").write_text(text)
    folder = tmp_path / "new" / "policies"
    done = account.run("bootstrap", "--yes", "--deployer-policies", str(folder))
    files = sorted(folder.iterdir())
    assert done.stdout.splitlines()[-6:] == [str(file) for file in files]
    iam = account.client("iam")
    (role,) = iam.list_roles(PathPrefix="/terraform/")["Roles"]
    assert role["RoleName"] == "awa-batch-dev-terraform-deploy"
    attached = iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
    made = {
        one["PolicyName"].replace("awa-batch-dev-terraform", "dev"): iam.get_policy_version(
            PolicyArn=one["PolicyArn"], VersionId="v1"
        )["PolicyVersion"]["Document"]
        for one in attached
    }
    assert made == {file.stem: json.loads(file.read_text()) for file in files}
    assert "role/awa-batch-dev-*" in json.dumps(made["dev-deploy-roles"])


@pytest.mark.usefixtures("bootstrapped")
def test_a_plan_keeps_its_state_there_and_nothing_applied_is_exit_code_4(account: Account) -> None:
    account.run("plan")
    assert "make plan apply ENV=dev" in account.run("contract", code=4).stderr


NOBODY = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nowhere"}
UNKNOWN = {"AWS_ACCESS_KEY_ID": "AKIAUNKNOWN", "AWS_SECRET_ACCESS_KEY": "x"}
ASKING = [
    ["bootstrap", "--yes"], ["plan"], ["apply", "--yes"], ["up", "--yes"], ["destroy", "--confirm", "dev"], ["outputs"],
    ["cost"], ["contract"], ["status"], ["queues"], ["submit", "ec2-sample"],
]  # fmt: skip


@pytest.mark.usefixtures("bootstrapped")
@pytest.mark.parametrize(
    ("command", "keys", "said"),
    [
        *((words, NOBODY, "No AWS credentials") for words in ASKING),
        *((words, UNKNOWN, "key") for words in (["plan"], ["status"])),
    ],
    ids=str,
)
def test_wrong_credentials_are_two_lines(account: Account, command: list[str], keys: dict[str, str], said: str) -> None:
    """Not seven lines of terraform, and the command that helps is not `make plan` again."""
    done = account.run(*command, code=3, more=keys)
    what, fix = [line for line in done.stderr.splitlines() if "no HOME" not in line and "home" not in line]
    assert said in what
    assert "AWS" in fix
    assert "terraform" not in what
    assert not done.stdout


@pytest.mark.usefixtures("bootstrapped")
def test_the_doctor_has_a_row_for_credentials_and_one_for_the_account(account: Account) -> None:
    rows = {row["name"]: row for row in json.loads(account.run("doctor", "-o", "json", code=1).stdout)}
    assert rows["credentials"]["verdict"] == rows["account"]["verdict"] == "ok"
    assert "123456789012" in rows["account"]["found"]
    rows = {row["name"]: row for row in json.loads(account.run("doctor", "-o", "json", code=1, more=NOBODY).stdout)}
    assert rows["credentials"]["verdict"] == "BAD"
    assert "No AWS credentials" in rows["credentials"]["found"]
    assert "account" not in rows  # nor is the same said of the environment again
    assert "environment dev" not in rows


WITH_AN_ACCOUNT = [["plan"], ["apply", "--yes"], ["destroy", "--confirm", "dev"], ["outputs"]]


@pytest.mark.usefixtures("bootstrapped")
@pytest.mark.parametrize("command", WITH_AN_ACCOUNT, ids=" ".join)
def test_another_account_is_refused(account: Account, command: list[str]) -> None:
    backend = account.root / "terraform/environments/dev/backend.hcl"
    text = backend.read_text()
    backend.write_text(text.replace('123456789012"]', '999999999999"]'))
    try:
        done = account.run(*command, code=2)
    finally:
        backend.write_text(text)
    what, fix = done.stderr.splitlines()
    assert "of account 123456789012; environment dev is in account 999999999999" in what
    assert "AWS_PROFILE" in fix
