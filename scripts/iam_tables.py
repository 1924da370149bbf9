#!/usr/bin/env python3
"""Write docs/iam.md's tables: which actions each role may use on what, as the provider writes the policies out.

    .venv/bin/python scripts/iam_tables.py            (or `make docs`)

It plans the modules that make roles, for an environment `dev` of the project `awa-batch` in an account 123456789012.
Nothing is asked of AWS. What stands above the mark `BEGIN` in docs/iam.md is written by hand and stays.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from awa_batch.terraform.binary import clean_environment, find_terraform
from awa_batch.terraform.mirror import find_mirror

ROOT = Path(__file__).resolve().parents[1]
MODULES = ROOT / "terraform" / "modules"
LOCK = ROOT / "terraform" / "environments" / "dev" / ".terraform.lock.hcl"
PAGE = ROOT / "docs" / "iam.md"
BEGIN = "<!-- begin: made by `make docs` from the modules iam, schedules, step_functions and deployer -->"
END = "<!-- end -->"
ACCOUNT, REGION = "123456789012", "ap-northeast-1"
IDENTITY = "data.aws_caller_identity.current.account_id"
PLANNED = ("iam", "schedules", "step_functions", "deployer")

VALUES = """
provider "aws" {
  region                      = "REGION"
  access_key                  = "nobody"
  secret_key                  = "nobody"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

locals {
  queues      = ["awa-batch-dev-ec2-high-priority", "awa-batch-dev-fargate-low-priority"]
  definitions = ["awa-batch-dev-ec2-sample", "awa-batch-dev-fargate-sample"]
}

module "iam" {
  source               = "./iam"
  name                 = "awa-batch-dev"
  bucket_arn           = "arn:aws:s3:::awa-batch-dev-data-ACCOUNT"
  job_log_group_arn    = "arn:aws:logs:REGION:ACCOUNT:log-group:/aws/batch/awa-batch-dev"
  job_roles            = { sample = {} }
  job_definition_names = local.definitions
  queue_names          = local.queues
  repository_names     = ["awa-batch-dev/latest"]
  secret_arns = [
    "arn:aws:secretsmanager:REGION:ACCOUNT:secret:example",
    "arn:aws:ssm:REGION:ACCOUNT:parameter/example",
  ]
  github_deployer = { repository = "example/batch", subjects = ["environment:dev"] }
}

module "schedules" {
  source = "./schedules"
  name   = "awa-batch-dev"
  schedules = {
    nightly = { cron = "0 3 * * ? *", queue_name = local.queues[1], job_definition_name = local.definitions[1] }
  }
}

module "step_functions" {
  source              = "./step_functions"
  name                = "awa-batch-dev"
  queue_arns          = [for name in local.queues : "arn:aws:batch:REGION:ACCOUNT:job-queue/${name}"]
  job_definition_arns = [for name in local.definitions : "arn:aws:batch:REGION:ACCOUNT:job-definition/${name}"]
}

module "deployer" {
  source                   = "./deployer"
  account_id               = "ACCOUNT"
  environment              = "dev"
  permissions_boundary_arn = "arn:aws:iam::ACCOUNT:policy/batch-boundary"
  deploy_principal_arns    = ["arn:aws:iam::ACCOUNT:role/batch-team"]
}
""".replace("REGION", REGION).replace("ACCOUNT", ACCOUNT)


@dataclass(frozen=True)
class Policy:
    """A policy of a role: the Terraform that makes it, whose it is, and what it says."""

    source: str
    title: str
    whose: str
    document: dict[str, Any]


ROLES = (
    ("iam", "submitter", "submitter", "The role `awa-batch-dev-submitter`: who submits, watches and cancels jobs."),
    ("iam", "execution", "execution", "The role `awa-batch-dev-execution`: ECS starts jobs with it."),
    ("iam", "job", "job", "The roles `awa-batch-dev-job-<job>`: a job's code. `jobs.<job>.role` adds."),
    ("iam", "deployer", "deployer of images", "The role `awa-batch-dev-deployer` of `iam.github_deployer`."),
    ("schedules", "this", "schedules", "The role `awa-batch-dev-schedules`: EventBridge Scheduler submits with it."),
    ("step_functions", "this", "state machine", "The role `awa-batch-dev-state-machine`: of Step Functions."),
)  # fmt: skip
"""Module, the name of its aws_iam_role_policy, heading, and whose it is."""

PARTS = {
    "read": "Who plans, and who applies.",
    "state": "Who plans, and who applies.",
    "deploy-batch": "Who applies and destroys.",
    "deploy-data": "Who applies and destroys.",
    "deploy-network": "Who applies and destroys.",
    "deploy-roles": "Who applies and destroys.",
}
"""The policies of the module deployer, and who has them."""


def planned() -> dict[str, Any]:
    """Return the plan of the modules as data. Raises SystemExit with terraform's words where it makes none."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for module in PLANNED:
            shutil.copytree(MODULES / module, folder / module, ignore=shutil.ignore_patterns(".terraform", "tests"))
            for file in (folder / module).glob("*.tf"):  # who we are cannot be asked: there is no AWS
                text = file.read_text(encoding="utf-8")
                if module != "deployer":
                    text = re.sub(r'data "aws_caller_identity" "current" \{\}\n', "", text)
                    text = text.replace(f"${{{IDENTITY}}}", ACCOUNT).replace(IDENTITY, f'"{ACCOUNT}"')
                file.write_text(text, encoding="utf-8")
        (folder / "main.tf").write_text(VALUES, encoding="utf-8")
        shutil.copy(LOCK, folder / LOCK.name)
        env = {key: value for key, value in clean_environment().items() if not key.startswith(("AWS_", "TF_VAR_"))}
        if mirror := find_mirror(LOCK):
            config = folder / "terraform.rc"
            config.write_text(
                f"provider_installation {{\n  filesystem_mirror {{\n    path = {json.dumps(str(mirror))}\n  }}\n}}\n"
            )
            env["TF_CLI_CONFIG_FILE"] = str(config)
        for args in (("init",), ("plan", "-out=it.tfplan")):
            _terraform(folder, env, *args, "-input=false", "-no-color")
        shown: dict[str, Any] = json.loads(_terraform(folder, env, "show", "-json", "it.tfplan"))
        return shown


def _terraform(folder: Path, env: dict[str, str], *args: str) -> str:
    done = subprocess.run(
        [find_terraform().path, *args], cwd=folder, env=env, text=True, capture_output=True, check=False
    )
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    return done.stdout


def policies(plan: dict[str, Any]) -> Iterator[Policy]:
    """Yield the policies of a plan in the order of the page."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for child in plan["planned_values"]["root_module"]["child_modules"]:
        for one in child["resources"]:
            key = str(one.get("index", ""))
            found[child["address"].removeprefix("module."), f"{one['type']}.{one['name']}", key] = one["values"]
    for module, name, title, whose in ROLES:
        (values,) = [
            one for (its, kind, _), one in found.items() if (its, kind) == (module, f"aws_iam_role_policy.{name}")
        ]
        yield Policy(module, title, whose, json.loads(values["policy"]))
    for (module, kind, key), values in found.items():
        if (module, kind) == ("deployer", "aws_iam_policy.this"):
            yield Policy(module, f"terraform: {key}", PARTS[key], json.loads(values["policy"]))


def table(policy: Policy) -> list[str]:
    """Return the lines of a policy's section."""
    lines = [
        f"### {policy.title}",
        "",
        f"{policy.whose} Source: [{policy.source}](../terraform/modules/{policy.source}/README.md).",
        "",
    ]
    lines += ["| statement | may | on | only where |", "| --- | --- | --- | --- |"]
    for statement in policy.document["Statement"]:
        cells = (statement["Sid"], _actions(statement), _resources(statement), _conditions(statement))
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def _actions(statement: dict[str, Any]) -> str:
    """Return the actions by service: `s3:GetObject` `PutObject`."""
    by_service: dict[str, list[str]] = {}
    for action in _listed(statement["Action"]):
        service, _, name = action.partition(":")
        by_service.setdefault(service, []).append(name)
    return "; ".join(
        f"`{service}:{names[0]}`" + "".join(f" `{name}`" for name in names[1:])
        for service, names in sorted(by_service.items())
        for names in [sorted(names)]
    )


def _resources(statement: dict[str, Any]) -> str:
    return " ".join(f"`{_short(arn)}`" for arn in sorted(_listed(statement["Resource"])))


def _short(arn: str) -> str:
    """Return an ARN without partition, region and account: every one here is of this account, region and partition."""
    return re.sub(rf"^arn:aws:([a-z0-9-]+):(?:{REGION})?:(?:{ACCOUNT})?:", r"\1:", arn)


def _conditions(statement: dict[str, Any]) -> str:
    return "; ".join(
        f"`{key}` {test}: {' '.join(f'`{value}`' for value in _listed(values))}"
        for test, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    )


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def with_tables(plan: dict[str, Any], text: str) -> str:
    """Return the page with its tables made anew."""
    by_hand = text.partition(BEGIN)[0]
    lines = [line for policy in policies(plan) for line in table(policy)]
    return "\n".join([f"{by_hand}{BEGIN}", "## Tables", "", *lines, END, ""])


def main() -> None:
    """Write the page."""
    PAGE.write_text(with_tables(planned(), PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
