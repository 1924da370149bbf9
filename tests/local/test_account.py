"""The way to a real account, walked on the local AWS: state bucket, plan, apply of that plan, contract, destroy.

ENV=dev is applied as it is, its S3 backend included; only the endpoint differs from an account. The tests tell one
story and run in the order of this file.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from plan_policy import CHECKS, resources, violations

from local_batch import lifecycle
from tests.needs import missing

ROOT = Path(__file__).resolve().parents[2]
AWA = Path(sys.executable).parent / "awa-batch"


@dataclass(frozen=True)
class Account:
    root: Path
    state: Path
    endpoint_url: str
    log: Path

    def planned(self) -> dict[str, Any]:
        """Return the saved plan as data."""
        root = self.root / "terraform/environments/dev"
        done = subprocess.run(
            ["terraform", f"-chdir={root}", "show", "-json", "awa-batch.tfplan"],
            env={k: v for k, v in os.environ.items() if k != "TF_CLI_CONFIG_FILE"},
            capture_output=True,
            text=True,
            check=True,
        )
        return dict(json.loads(done.stdout))

    def run(self, *args: str, code: int = 0, environment: str = "dev") -> subprocess.CompletedProcess[str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "AWA_BATCH_", "TF_"))}
        env = {
            **kept,
            "AWA_BATCH_ROOT": str(self.root),
            "AWA_BATCH_STATE_DIR": str(self.state),
            "AWA_BATCH_ENV": environment,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
        }
        done = subprocess.run(
            [str(AWA), *args],
            env=env,
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=540,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == code, f"{args}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    if shutil.which("terraform") is None:
        missing("no terraform on PATH")
    folder = tmp_path_factory.mktemp("account")
    root = folder / "clone"
    # Each clone has its own .terraform; the modules and environments are what git would hand out.
    leave = shutil.ignore_patterns(".terraform", "*.tfstate*", "*.auto.tfvars.json", "backend.hcl", "*.tfplan")
    shutil.copytree(ROOT / "terraform", root / "terraform", ignore=leave)
    (root / "scripts/awa_batch").mkdir(parents=True)
    server = lifecycle.start(folder / "aws", "process")
    try:
        yield Account(root, folder / "state", server.endpoint_url, folder / "aws" / "server.log")
    finally:
        lifecycle.stop(folder / "aws")


def test_without_a_state_bucket_the_command_for_it_is_named(account: Account) -> None:
    done = account.run("plan", code=4)
    assert "make bootstrap ENV=dev" in done.stderr


def test_bootstrap_asks_first(account: Account) -> None:
    done = account.run("bootstrap", code=2)
    assert "nothing was changed" in done.stderr
    assert not (account.root / "terraform/environments/dev/backend.hcl").exists()


def test_bootstrap_makes_the_bucket_and_points_to_it(account: Account) -> None:
    account.run("bootstrap", "--yes")
    text = (account.root / "terraform/environments/dev/backend.hcl").read_text()
    assert 'bucket = "awa-batch-tfstate-123456789012-ap-northeast-1"' in text
    again = account.run("bootstrap")  # nothing to make: nothing to ask
    assert "wrote" not in again.stderr


def test_nothing_applied_is_exit_code_4(account: Account) -> None:
    account.run("plan")
    assert "make plan apply ENV=dev" in account.run("contract", code=4).stderr


def test_cost_tells_of_a_plan(account: Account) -> None:
    counted = {entry["what"]: entry["count"] for entry in json.loads(account.run("cost", "-o", "json").stdout)}
    assert counted == {"NAT gateways": 1, "interface endpoints, by zone": 0, "vCPUs kept running": 0}


def test_apply_applies_the_saved_plan_without_asking(account: Account) -> None:
    assert (account.root / "terraform/environments/dev/awa-batch.tfplan").is_file()
    account.run("apply")
    assert not (account.root / "terraform/environments/dev/awa-batch.tfplan").exists()
    assert not (account.root / "terraform/environments/dev/terraform.tfstate").exists()
    account.run("plan", "--detailed-exitcode")


def test_the_contract_is_read_from_the_states_bucket(account: Account) -> None:
    contract = json.loads(account.run("contract", "-o", "json").stdout)
    assert contract["prefix"] == "awa-batch-dev"
    assert set(contract["queues"]) == {
        "ec2-high-priority", "ec2-low-priority", "fargate-high-priority", "fargate-low-priority",
    }  # fmt: skip
    assert contract["job_definitions"] == {}
    refused = account.run("submit", "fargate-sample", "--", "true", code=4)
    assert "make build-push ENV=dev" in refused.stderr


def test_a_release_becomes_job_definitions_and_nothing_else(account: Account) -> None:
    repository = json.loads(account.run("contract", "-o", "json").stdout)["repositories"]["latest"]["url"]
    image = f"{repository}@sha256:{'a' * 64}"
    release = account.root / "terraform/environments/dev/release.auto.tfvars.json"
    release.write_text(json.dumps({"release": {"images": {"latest": {"blue": image, "green": None}}}}))
    shown = account.run("plan").stdout
    assert "0 to change, 0 to destroy" in shown
    plan = account.planned()
    assert violations(plan) == []
    kinds = {one["type"] for one in resources(plan["planned_values"]["root_module"])}
    assert kinds >= set(CHECKS)  # all of what the policies are about was there to look at
    account.run("apply")
    contract = json.loads(account.run("contract", "-o", "json").stdout)
    assert {entry["image"] for entry in contract["job_definitions"].values()} == {image}
    sent = json.loads(account.run("submit", "ec2-sample", "--dry-run", "--as", "awscli", "--", "true").stdout)
    assert "/awa-batch-dev-ec2-sample:1" in json.dumps(sent)


def test_changes_are_in_place_or_leave_the_queue_served(account: Account) -> None:
    main = account.root / "terraform/environments/dev/main.tf"
    text = main.read_text().rstrip().removesuffix("}")
    mistaken = "  ec2     = { disk = { sise = 60 } }\n  fargate = { max_vcpus = { on_demand = 40 } }\n"
    main.write_text(f"{text}\n{mistaken}}}\n")
    line = main.read_text().splitlines().index(mistaken.splitlines()[0]) + 1
    for command in ("plan", "apply", "validate", "up"):
        refused = account.run(command, code=2)
        assert f"terraform/environments/dev/main.tf line {line}: ec2.disk.sise: " in refused.stderr
        assert "Did you mean size?" in refused.stderr
        assert refused.stdout == ""
    main.write_text(f"{text}\n{mistaken.replace('sise', 'size')}}}\n")
    before = len(account.log.read_text())
    account.run("apply", "--yes")
    calls = re.findall(r": (\w+(?:ComputeEnvironment|JobQueue)) (\S+)$", account.log.read_text()[before:], re.MULTILINE)
    # A ceiling is raised in place, and on demand takes the new launch template in place. Spot, which the provider
    # cannot update so, is replaced: the new one first, then the queue, and only then the end of the old one.
    assert [call for call, name in calls if "ec2-on-demand" in name] == ["UpdateComputeEnvironment"]
    assert [call for call, name in calls if "fargate-on-demand" in name] == ["UpdateComputeEnvironment"]
    order = [call for call, name in calls if "ec2-spot" in name or "ec2-low-priority" in name]
    assert (
        order.index("CreateComputeEnvironment")
        < order.index("UpdateJobQueue")
        < order.index("DeleteComputeEnvironment")
    )
    assert "CreateJobQueue" not in order
    assert "DeleteJobQueue" not in order
    account.run("plan", "--detailed-exitcode")


def test_a_second_project_stands_beside_the_first(account: Account) -> None:
    account.run("new-env", "second")
    folder = account.root / "terraform/environments/second"
    main, providers = folder / "main.tf", folder / "providers.tf"
    assert 'environment = "second"' in main.read_text()
    subprocess.run(["terraform", "fmt", "-check", str(folder)], check=True)
    for file, old, new in (
        (main, '"awa-batch"', '"other"'),
        (main, "10.64.0.0/16", "10.99.0.0/16"),
        (main, '"single"', '"none"'),
        (providers, "ap-northeast-1", "us-east-1"),
    ):
        assert file.read_text().count(old) == 1
        file.write_text(file.read_text().replace(old, new))
    account.run("apply", "--yes", environment="second")
    contract = json.loads(account.run("contract", "-o", "json", environment="second").stdout)
    assert (contract["prefix"], contract["region"]) == ("other-second", "us-east-1")
    assert {queue["arn"].split(":")[3] for queue in contract["queues"].values()} == {"us-east-1"}
    account.run("plan", "--detailed-exitcode")
    account.run("plan", "--detailed-exitcode", environment="second")
    account.run("destroy", "--confirm", "second", environment="second")
    account.run("plan", "--detailed-exitcode")


def test_destroy_wants_the_environments_name_and_leaves_nothing(account: Account) -> None:
    import boto3

    assert "name was not given" in account.run("destroy", code=2).stderr
    assert "name was not given" in account.run("destroy", "--confirm", "prod", code=2).stderr
    account.run("destroy", "--confirm", "dev")

    def client_of(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=account.endpoint_url,
            region_name="ap-northeast-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )

    def left(service: str, call: str, key: str) -> list[Any]:
        return list(getattr(client_of(service), call)()[key])

    client = client_of("batch")
    assert client.describe_job_queues()["jobQueues"] == []
    assert client.describe_compute_environments()["computeEnvironments"] == []
    assert client.describe_job_definitions(status="ACTIVE")["jobDefinitions"] == []
    assert left("ecr", "describe_repositories", "repositories") == []
    assert left("logs", "describe_log_groups", "logGroups") == []
    assert [
        one["RoleName"] for one in left("iam", "list_roles", "Roles") if "/aws-service-role/" not in one["Path"]
    ] == []
    assert [one for one in left("ec2", "describe_vpcs", "Vpcs") if not one["IsDefault"]] == []
    assert left("ec2", "describe_launch_templates", "LaunchTemplates") == []
    buckets = [one["Name"] for one in left("s3", "list_buckets", "Buckets")]
    assert buckets == ["awa-batch-tfstate-123456789012-ap-northeast-1"]
