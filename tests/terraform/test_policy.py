"""What a scanner does not look for, asked of the sources under terraform/."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from terraform_support import (
    ENVIRONMENTS,
    EVERY,
    MODULES,
    ROOTS,
    TERRAFORM,
    name_of,
    named,
    parsed,
    source,
    typed,
    walk,
)

every = pytest.mark.parametrize("folder", EVERY, ids=name_of)
modules = pytest.mark.parametrize("folder", MODULES, ids=name_of)
roots = pytest.mark.parametrize("folder", ROOTS, ids=name_of)

# Resources of this project that AWS lets one tag. A new kind must be put in one of the two lists.
TAGGABLE = {
    "aws_batch_compute_environment", "aws_batch_job_definition", "aws_batch_job_queue", "aws_batch_scheduling_policy",
    "aws_cloudwatch_event_rule", "aws_cloudwatch_log_group", "aws_cloudwatch_metric_alarm",
    "aws_codeartifact_domain", "aws_codeartifact_repository",
    "aws_default_security_group", "aws_ecr_repository", "aws_eip", "aws_flow_log", "aws_iam_instance_profile",
    "aws_iam_openid_connect_provider", "aws_iam_policy", "aws_iam_role", "aws_iam_service_linked_role",
    "aws_internet_gateway",
    "aws_kms_key", "aws_launch_template", "aws_nat_gateway", "aws_route_table", "aws_s3_bucket", "aws_s3_object",
    "aws_scheduler_schedule_group", "aws_security_group",
    "aws_sns_topic", "aws_sqs_queue", "aws_subnet", "aws_vpc", "aws_vpc_endpoint",
    "aws_vpc_security_group_egress_rule", "aws_vpc_security_group_ingress_rule",
}  # fmt: skip
UNTAGGABLE = {
    "aws_cloudwatch_dashboard", "aws_cloudwatch_event_target", "aws_cloudwatch_log_resource_policy",
    "aws_codeartifact_domain_permissions_policy", "aws_codeartifact_repository_permissions_policy",
    "aws_ecr_lifecycle_policy", "aws_ecr_replication_configuration", "aws_ecr_repository_policy",
    "aws_iam_role_policy", "aws_iam_role_policy_attachment", "aws_route", "aws_route_table_association",
    "aws_s3_bucket_lifecycle_configuration", "aws_s3_bucket_ownership_controls", "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block", "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning", "aws_scheduler_schedule", "aws_sns_topic_policy", "aws_sns_topic_subscription",
    "aws_sqs_queue_policy", "terraform_data",
}  # fmt: skip


def test_there_is_something_to_look_at() -> None:
    assert len(MODULES) == 14
    assert {folder.name for folder in ENVIRONMENTS} >= {"local", "dev", "prod"}


@every
def test_every_variable_is_described_and_typed(folder: Path) -> None:
    for name, body in named(folder, "variable").items():
        assert len(body.get("description", "")) >= 40, f"{name} is not described"
        assert body.get("type"), f"{name} has no type"
        assert not re.search(r"\bany\b", str(body["type"])), f"{name} is of type any"


@every
def test_a_default_is_said_and_so_is_what_a_change_does(folder: Path) -> None:
    for name, body in named(folder, "variable").items():
        said = body["description"].lower()
        if "default" in body:
            assert re.search(r"default", said), f"{name} does not say its default"
        changes = r"chang|replac|in place|registers|delet|removing|adding"
        assert re.search(changes, said), f"{name} does not say what a change does"


@every
def test_every_output_is_described(folder: Path) -> None:
    for name, body in named(folder, "output").items():
        assert len(body.get("description", "")) >= 8, name


@every
def test_variables_and_outputs_are_in_order(folder: Path) -> None:
    for kind in ("variable", "output"):
        names = list(named(folder, kind))
        assert names == sorted(names), kind


@every
def test_versions_are_bounded(folder: Path) -> None:
    (settings,) = parsed(folder)["terraform"]
    assert re.fullmatch(r">= \d+\.\d+\.\d+, < \d+\.0\.0", settings["required_version"])
    for provider in settings["required_providers"]:
        for wanted in provider.values():
            assert wanted["version"].startswith("~> ")


@every
def test_every_refusal_says_what_is_wrong_and_ends_in_what_to_do(folder: Path) -> None:
    for name, body in named(folder, "variable").items():
        for rule in body.get("validation", []):
            message = rule["error_message"]
            assert len(message) >= 40, f"{name}: {message}"


@modules
def test_layout(folder: Path) -> None:
    for file in ("README.md", "terraform.tf", "variables.tf", "outputs.tf", "tests/refusals.tfvars"):
        assert (folder / file).is_file(), file
    assert "variable" not in source_without(folder, "variables.tf")
    assert "output" not in source_without(folder, "outputs.tf")


def source_without(folder: Path, left_out: str) -> set[str]:
    """Return the kinds of top-level blocks in all files but one."""
    kinds: set[str] = set()
    for file in folder.glob("*.tf"):
        if file.name != left_out:
            kinds |= set(re.findall(r"(?m)^(\w+) ", file.read_text(encoding="utf-8")))
    return kinds


@modules
def test_readme_shows_the_examples_that_are_planned(folder: Path) -> None:
    readme = (folder / "README.md").read_text(encoding="utf-8")
    planned = (TERRAFORM / "testing" / "examples" / "main.tf").read_text(encoding="utf-8")
    for kind in ("minimal", "full"):
        assert (folder / "examples" / kind / "main.tf").read_text(encoding="utf-8").strip() in readme
        assert f'"../../modules/{folder.name}/examples/{kind}"' in planned


@modules
def test_readme_names_every_input(folder: Path) -> None:
    readme = (folder / "README.md").read_text(encoding="utf-8")
    for name in [*named(folder, "variable"), *named(folder, "output")]:
        assert f"`{name}`" in readme, name


@roots
def test_lock_has_every_platform(folder: Path) -> None:
    lock = (folder / ".terraform.lock.hcl").read_text(encoding="utf-8")
    assert 'constraints = "~> 5.100"' in lock
    assert lock.count('"zh:') >= 14
    assert lock.count('"h1:') >= 1


@pytest.mark.parametrize("folder", ENVIRONMENTS, ids=name_of)
def test_environments_differ_by_provider_backend_and_values_only(folder: Path) -> None:
    assert set(named(folder, "module")) == {"platform"}
    assert "resource" not in parsed(folder)
    mine = named(folder, "variable")
    connection = {"access_key", "secret_key"} if folder.name == "local" else set()
    written = {"generations", "release"}
    assert set(mine) == written | connection
    platform = named(TERRAFORM / "modules" / "platform", "variable")
    call = named(folder, "module")["platform"]
    for name in written:
        assert mine[name]["type"] == platform[name]["type"]
        assert call[name] == f"${{var.{name}}}"
    assert (call["project"], call["environment"]) == ("awa-batch", folder.name)
    # Values, not references: who looks for a setting finds it in main.tf.
    assert "${" not in str({name: value for name, value in call.items() if name not in written})
    assert not list(folder.glob("*.tfvars"))
    assert set(named(folder, "output")) == set(named(TERRAFORM / "modules" / "platform", "output"))


@modules
def test_every_taggable_resource_is_tagged(folder: Path) -> None:
    for kind, name, body in typed(folder, "resource"):
        assert kind in TAGGABLE | UNTAGGABLE, f"{kind} is new: put it in one of the two lists"
        assert (kind in TAGGABLE) == ("tags" in body), f"{kind}.{name}"
        if kind in TAGGABLE and kind != "aws_s3_object":  # which takes ten
            assert "var.tags" in str(body["tags"]), f"{kind}.{name}"


@every
def test_nothing_has_a_public_address(folder: Path) -> None:
    for kind, name, body in typed(folder, "resource"):
        for key, value in walk(body):
            if key in {"map_public_ip_on_launch", "associate_public_ip_address"}:
                assert value is False, f"{kind}.{name}.{key}"
    assert not re.search(r'assignPublicIp\s*=\s*"ENABLED"', source(folder))


@every
def test_no_launch_template_version_by_name(folder: Path) -> None:
    for kind, name, body in typed(folder, "resource"):
        for key, value in walk(body):
            if key == "version":
                assert "$Latest" not in str(value) and "$Default" not in str(value), f"{kind}.{name}"  # noqa: PT018


def statements(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """Return every statement of every policy document, those in dynamic blocks too."""
    found = []
    for kind, name, body in typed(folder, "data"):
        if kind != "aws_iam_policy_document":
            continue
        found += [(name, one) for one in body.get("statement", [])]
        for block in body.get("dynamic", []):
            found += [(name, one) for one in block.get("statement", {}).get("content", [])]
    return found


@every
def test_no_policy_allows_every_action(folder: Path) -> None:
    for name, statement in statements(folder):
        if statement["effect"] == "Deny":
            continue
        for action in statement["actions"]:
            if name == "topic_key" and action == "kms:*":
                continue  # a key's policy must name the account, or nobody could manage the key
            assert not re.search(r"^\*$|:\*$", str(action)), f"{name}: {action}"


@every
def test_no_managed_full_access(folder: Path) -> None:
    for kind, name, body in typed(folder, "resource"):
        if kind == "aws_iam_role_policy_attachment":
            assert "FullAccess" not in str(body["policy_arn"]), name
            assert "AdministratorAccess" not in str(body["policy_arn"]), name


@every
def test_services_are_trusted_for_this_account_only(folder: Path) -> None:
    for name, statement in statements(folder):
        if not any(str(action).startswith("sts:AssumeRole") for action in statement["actions"]):
            continue
        services = [
            service
            for principal in statement.get("principals", [])
            if principal["type"] == "Service"
            for service in principal["identifiers"]
        ]
        if services and services != [
            "ec2.${local.dns_suffix}"
        ]:  # EC2 gives no source; its role goes to own instances only
            variables = {condition["variable"] for condition in statement.get("condition", [])}
            assert variables == {"aws:SourceAccount", "aws:SourceArn"}, name


@every
def test_arns_are_not_bound_to_one_partition(folder: Path) -> None:
    for kind, name, body in [*typed(folder, "resource"), *typed(folder, "data")]:
        for key, value in walk(body):
            assert not re.search(r'"?arn:aws[:-]', str(value)), f"{kind}.{name}.{key}"


def test_nothing_is_destroyed_with_its_content_outside_local() -> None:
    for folder in ENVIRONMENTS:
        values = named(folder, "module")["platform"]
        assert values.get("disposable", False) == (folder.name == "local"), folder.name


def test_no_name_of_a_host_is_bound_to_one_partition() -> None:
    """kms:ViaService and EC2's principal have the partition's suffix; other principals are the same in all of them."""
    for folder in MODULES:
        for line in source(folder).splitlines():
            if "${local.region}" in line or '"ec2.' in line:
                assert "amazonaws.com" not in line, line


@every
def test_no_class_of_all_letters_is_counted(folder: Path) -> None:
    """Terraform compiles a pattern whenever it meets it: ``[\\p{L}]{1,128}`` takes 18 ms for each tag of each module.

    It was half of the time of a plan. A class that is looked for without a count, and a count of ``.``, take 1 ms.
    """
    assert re.findall(r"\[[^]]*\\\\p\{[^]]*\]\{", source(folder)) == []
