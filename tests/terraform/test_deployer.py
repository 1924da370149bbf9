"""The deployer's policies, held against what the provider, its backend and the toolkit were really seen to ask of AWS.

tests/data/deployer_calls.json is recorded by tests/local/test_account.py, and needs_beyond.py has what such applies
cannot show. The policies are written out by the provider itself.
"""

from __future__ import annotations

import json
import subprocess
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import needs_beyond as beyond
import pytest
from iam_matcher import allowed_by, listed
from policy_oracle import faults
from terraform_support import MODULES, TERRAFORM, command, environment, typed, why_no_terraform

from bench.peers import ROOT, locked_environment
from tests import needs

CALLS = ROOT / "tests" / "data" / "deployer_calls.json"
NEEDS = Path(__file__).parent / "oracles" / "needs.py"
PLANNING = {"read", "state"}

DEV = f"""
  kms_key_arns      = ["{beyond.KEY}"]
  state_kms_key_arn = "{beyond.STATE_KEY}"
  vpc_ids           = ["{beyond.VPC}"]
"""
SECOND = """
  project                  = "other"
  environment              = "second"
  region                   = "us-east-1"
  state_bucket             = "awa-batch-tfstate-123456789012-ap-northeast-1"
  role_path                = "/batch/"
  permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
"""
CASES = {
    "dev": f'environment = "dev"\n{DEV}',
    "all": DEV,
    "second": SECOND,
    "bounded": f'environment = "dev"\npermissions_boundary_arn = "{beyond.BOUNDARY}"\n{DEV}',
    "without_alert_keys": "alert_keys = false",
    "longest": """
  project                  = "abcdefghijklmnopqrstuvwxyz0"
  environment              = "abcdefghijkl"
  region                   = "us-gov-northeast-1"
  path                     = "/organisation/deployers/"
  role_path                = "/organisation/units/batch/"
  permissions_boundary_arn = "arn:aws:iam::123456789012:policy/organisation/boundaries/boundary-of-platforms"
  attachable_policy_arns   = [for n in range(5) : "arn:aws:iam::123456789012:policy/organisation/read-open-data-${n}"]
  kms_key_arns             = [for n in range(5) : replace("KEY", "/6$/", n)]
  vpc_ids                  = [for n in range(5) : "vpc-0123456789abcdef${n}"]
  state_bucket             = "abcdefghijklmnopqrstuvwxyz0-abcdefghijklmnopqrstuvwxyz0-abcdefg"
  state_kms_key_arn        = "KEY"
""".replace("KEY", "arn:aws:kms:us-gov-northeast-1:123456789012:key/11111111-2222-3333-4444-555555555556"),
}  # fmt: skip
HEAD = """
provider "aws" {
  region                      = "ap-northeast-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}
"""

Policies = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Policies]:
    """Every case's policies by name, from one plan that asks nothing of AWS."""
    if trouble := why_no_terraform():
        needs.missing(trouble)
    scratch = tmp_path_factory.mktemp("deployer")
    text = HEAD
    for name, values in CASES.items():
        source = f"{TERRAFORM}/modules/deployer"
        text += f'module "{name}" {{\n  source     = "{source}"\n  account_id = "123456789012"\n{values}\n}}\n'
    shown = ", ".join(f"{name} = module.{name}.policies" for name in CASES)
    (scratch / "main.tf").write_text(f'{text}output "policies" {{\n  value = {{ {shown} }}\n}}\n')
    lock = TERRAFORM / "environments/dev/.terraform.lock.hcl"
    (scratch / lock.name).write_bytes(lock.read_bytes())
    env = environment(scratch)
    for args in (("init", "-input=false"), ("plan", "-input=false", "-out=it.tfplan")):
        done = command(*args, "-no-color", cwd=scratch, env=env)
        assert done.returncode == 0, done.stdout + done.stderr
    plan = json.loads(command("show", "-json", "it.tfplan", cwd=scratch, env=env).stdout)
    texts = plan["planned_values"]["outputs"]["policies"]["value"]
    return {name: {key: json.loads(one) for key, one in some.items()} for name, some in texts.items()}


@cache
def recorded() -> list[dict[str, Any]]:
    """What the recorded calls need, by AWS's own table."""
    python = locked_environment(ROOT / ".checkov", ROOT / "tests/terraform/checkov/requirements.lock") / "python"
    tags = {"dev": beyond.TAGS, "second": {"Project": "other", "Environment": "second"}}
    given = json.dumps({"calls": json.loads(CALLS.read_text()), "tags": tags})
    done = subprocess.run([python, NEEDS], input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def needed(case: str) -> list[dict[str, Any]]:
    """What the environments of a case need, recorded and beyond."""
    mine = "second" if case == "second" else "dev"
    found = [one for one in recorded() if one["environment"] == mine]
    if mine == "dev":
        more = [*beyond.BEYOND, *([] if case == "bounded" else beyond.GIVEN_UP)]
        # What a plan needs an apply needs too.
        found += [
            {"action": action, "resource": resource, "context": context, "call": "beyond", "by": [by]}
            for by, action, resource, context in more
        ]
    return found


def missing(policies: Policies, needs: list[dict[str, Any]]) -> list[str]:
    """Return what policies do not allow, a line each: plans by those of plans alone."""
    found = set()
    for need in needs:
        for planning in {by == "plan" for by in need["by"]} | {False}:
            documents = [document for name, document in policies.items() if name in PLANNING or not planning]
            if not allowed_by(documents, need["action"], need["resource"], need["context"]):
                who = "plan" if planning else "deploy"
                found.add(f"{who}: {need['action']} on {need['resource']} {need['context']} ({need['call']})")
    return sorted(found)


@pytest.mark.parametrize("case", ["dev", "all", "second"])
def test_all_that_is_needed_is_allowed(policies: dict[str, Policies], case: str) -> None:
    needs = needed(case)
    assert len({need["action"] for need in needs}) > 150
    assert missing(policies[case], needs) == []


def test_with_a_boundary_the_same_is_allowed_for_roles_that_have_it(policies: dict[str, Policies]) -> None:
    bound = {"iam:PermissionsBoundary": beyond.BOUNDARY}
    needs = [{**need, "context": {**need["context"], **bound}} for need in needed("bounded")]
    assert missing(policies["bounded"], needs) == []
    without = missing(policies["bounded"], needed("bounded"))
    assert {line.split()[1] for line in without} == {"iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePolicy"}


def test_nothing_is_allowed_that_nothing_needs(policies: dict[str, Policies]) -> None:
    """An action that no recorded call and no entry beyond needs is taken out, or its reason written down."""
    used = set()
    for case in ("dev", "second"):
        for need in needed(case):
            used |= set(allowed_by(list(policies[case].values()), need["action"], need["resource"], need["context"]))
    allowed = {
        (statement["Sid"], action)
        for case in ("dev", "second")
        for document in policies[case].values()
        for statement in document["Statement"]
        for action in listed(statement["Action"])
    }
    assert allowed - used == set()


def test_an_action_taken_out_is_missed(policies: dict[str, Policies]) -> None:
    """Each in turn, from every statement that has it."""
    needs = needed("dev") + needed("second")
    by_action: dict[str, list[dict[str, Any]]] = {}
    for need in needs:
        by_action.setdefault(need["action"], []).append(need)
    both = {"dev": policies["dev"], "second": policies["second"]}
    for action, some in by_action.items():
        for name, mine in both.items():
            without = deepcopy(mine)
            for document in without.values():
                for statement in document["Statement"]:
                    statement["Action"] = [one for one in listed(statement["Action"]) if one != action]
            wanted = [need for need in some if need.get("environment", "dev") == name]
            assert not wanted or missing(without, wanted), f"{action} can go from {name}, and nothing says so"


NOT_OURS = {"aws:ResourceTag/Project": "payroll", "aws:ResourceTag/Environment": "dev"}
OURS_ASKED = beyond.ASKED
EC2 = f"arn:aws:ec2:{beyond.R}:{beyond.A}"
IAM = f"arn:aws:iam::{beyond.A}"
LINKED = f"{IAM}:role/aws-service-role"
STATES = f"arn:aws:s3:::awa-batch-tfstate-{beyond.A}-{beyond.R}"


@pytest.mark.parametrize(
    ("action", "resource", "context"),
    [
        # Others' network, even with the right tags on what would be made in it.
        ("ec2:CreateSubnet", f"{EC2}:vpc/vpc-1", {**OURS_ASKED, **NOT_OURS}),
        ("ec2:CreateSubnet", f"{EC2}:vpc/vpc-1", OURS_ASKED),
        ("ec2:CreateNatGateway", f"{EC2}:subnet/subnet-1", OURS_ASKED),
        ("ec2:CreateVpcEndpoint", f"{EC2}:security-group/sg-1", OURS_ASKED),
        ("ec2:AuthorizeSecurityGroupIngress", f"{EC2}:security-group/sg-1", {**OURS_ASKED, **NOT_OURS}),
        ("ec2:DeleteVpc", f"{EC2}:vpc/vpc-1", NOT_OURS),
        ("ec2:CreateVpc", f"{EC2}:vpc/vpc-1", {}),
        ("ec2:CreateTags", f"{EC2}:instance/i-1", OURS_ASKED),
        ("ec2:CreateTags", f"{EC2}:security-group/sg-1", {**OURS_ASKED, **NOT_OURS}),
        ("ec2:RunInstances", f"{EC2}:instance/i-1", OURS_ASKED),
        # Others' roles, its own, and more than roles of the platform may be given.
        ("iam:PutRolePolicy", f"{IAM}:role/payroll", {}),
        ("iam:PutRolePolicy", f"{IAM}:role/terraform/awa-batch-terraform-deploy", {}),
        ("iam:PutRolePolicy", f"{IAM}:role/terraform/awa-batch-dev-terraform-deploy", {}),
        ("iam:CreatePolicyVersion", f"{IAM}:policy/terraform/awa-batch-terraform-read", {}),
        ("iam:AttachRolePolicy", beyond.ROLE, {"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        ("iam:CreateUser", f"{IAM}:user/awa-batch-dev-x", {}),
        ("iam:CreateServiceLinkedRole", f"{LINKED}/s3.amazonaws.com/x", {"iam:AWSServiceName": "s3.amazonaws.com"}),
        ("iam:DeleteRole", f"{LINKED}/batch.amazonaws.com/AWSServiceRoleForBatch", {}),
        # Roles of the platform go to the services that they are for, and no others go anywhere.
        ("iam:PassRole", f"{IAM}:role/awa-batch-dev-job-sample", {"iam:PassedToService": "lambda.amazonaws.com"}),
        ("iam:PassRole", f"{IAM}:role/awa-batch-dev-job-sample", {}),
        ("iam:PassRole", f"{IAM}:role/awa-batch-dev-submitter", {"iam:PassedToService": "ecs-tasks.amazonaws.com"}),
        ("iam:PassRole", f"{IAM}:role/payroll", {"iam:PassedToService": "ecs-tasks.amazonaws.com"}),
        # Data of jobs, others' buckets, keys, queues and states.
        ("s3:GetObject", f"arn:aws:s3:::awa-batch-dev-data-{beyond.A}/data/secret", {}),
        ("s3:PutObject", f"arn:aws:s3:::awa-batch-dev-data-{beyond.A}/data/x", {}),
        ("s3:DeleteBucket", "arn:aws:s3:::payroll", {}),
        ("s3:DeleteObject", f"{STATES}/awa-batch/dev/terraform.tfstate", {}),
        ("s3:PutBucketPolicy", STATES, {}),
        ("kms:ScheduleKeyDeletion", beyond.KEY, {}),
        ("kms:TagResource", beyond.KEY, {**OURS_ASKED, **NOT_OURS}),
        ("kms:PutKeyPolicy", beyond.KEY, NOT_OURS),
        ("kms:CreateGrant", beyond.KEY, {}),
        ("batch:DeleteJobQueue", f"arn:aws:batch:{beyond.R}:{beyond.A}:job-queue/payroll", {}),
        ("batch:SubmitJob", beyond.QUEUE, {}),
        ("batch:UpdateJobQueue", beyond.QUEUE.replace(beyond.R, "eu-west-1"), {}),
        ("ecr:DeleteRepository", beyond.REPOSITORY.replace("awa-batch-dev", "payroll"), {}),
        ("logs:DeleteLogGroup", f"{beyond.LOGS.replace('awa-batch-dev', 'payroll')}:*", {}),
    ],
)  # fmt: skip
def test_what_is_others_stays_out_of_reach(
    policies: dict[str, Policies], action: str, resource: str, context: dict[str, str]
) -> None:
    for case in ("dev", "all"):
        assert allowed_by(list(policies[case].values()), action, resource, context) == [], case


def test_one_environment_reaches_no_other(policies: dict[str, Policies]) -> None:
    """What is of the whole account apart: it is looked at, and its few things belong to no environment."""
    of_the_account = {"Look", "EndpointNames", "ReplicationRole", "GitHubProvider", "ReadRoles", "Registry"}
    of_the_account |= {"FindState", "LogPolicies", "Subscriptions"}
    documents = list(policies["dev"].values())
    for need in recorded():
        if need["environment"] == "second" and "/awa-batch" not in need["resource"]:
            reached = allowed_by(documents, need["action"], need["resource"], need["context"])
            assert {sid for sid, _ in reached} <= of_the_account, need


def test_plans_change_nothing_but_the_lock(policies: dict[str, Policies]) -> None:
    for case in CASES:
        writing = [
            (statement["Sid"], action)
            for name in PLANNING
            for statement in policies[case][name]["Statement"]
            for action in listed(statement["Action"])
            if not action.partition(":")[2].startswith(("Describe", "Get", "List", "BatchGet", "Validate", "Decrypt"))
        ]
        of_state = [("LockState", "s3:DeleteObject"), ("LockState", "s3:PutObject")]
        of_state += [("UseStateKey", "kms:GenerateDataKey")] if "state_kms" in CASES[case] else []
        assert sorted(writing) == of_state
        (lock,) = [one for one in policies[case]["state"]["Statement"] if one["Sid"] == "LockState"]
        assert all(one.endswith(".tflock") for one in listed(lock["Resource"]))


def test_no_action_is_meant_by_a_pattern(policies: dict[str, Policies]) -> None:
    for some in policies.values():
        for document in some.values():
            for statement in document["Statement"]:
                assert not [action for action in listed(statement["Action"]) if "*" in action], statement["Sid"]


def test_aws_knows_all_of_it_and_takes_its_size(policies: dict[str, Policies]) -> None:
    found = [
        {"name": f"aws_iam_policy.policy {case} {name}", "role": None, "document": document}
        for case, some in policies.items()
        for name, document in some.items()
    ]
    assert faults(found) == []


def test_no_alert_keys_means_none(policies: dict[str, Policies]) -> None:
    documents = list(policies["without_alert_keys"].values())
    assert not allowed_by(documents, "kms:CreateKey", "*", OURS_ASKED)
    assert not allowed_by(documents, "kms:ScheduleKeyDeletion", beyond.ALERT_KEY, beyond.OWN)


MADE_BY = {
    "aws_batch_compute_environment": "batch:CreateComputeEnvironment",
    "aws_batch_job_definition": "batch:RegisterJobDefinition",
    "aws_batch_job_queue": "batch:CreateJobQueue",
    "aws_batch_scheduling_policy": "batch:CreateSchedulingPolicy",
    "aws_cloudwatch_dashboard": "cloudwatch:PutDashboard",
    "aws_cloudwatch_event_rule": "events:PutRule",
    "aws_cloudwatch_event_target": "events:PutTargets",
    "aws_cloudwatch_log_group": "logs:CreateLogGroup",
    "aws_cloudwatch_log_resource_policy": "logs:PutResourcePolicy",
    "aws_cloudwatch_metric_alarm": "cloudwatch:PutMetricAlarm",
    "aws_default_security_group": "ec2:RevokeSecurityGroupEgress",
    "aws_ecr_lifecycle_policy": "ecr:PutLifecyclePolicy",
    "aws_ecr_replication_configuration": "ecr:PutReplicationConfiguration",
    "aws_ecr_repository": "ecr:CreateRepository",
    "aws_ecr_repository_policy": "ecr:SetRepositoryPolicy",
    "aws_eip": "ec2:AllocateAddress",
    "aws_flow_log": "ec2:CreateFlowLogs",
    "aws_iam_instance_profile": "iam:CreateInstanceProfile",
    "aws_iam_openid_connect_provider": "iam:CreateOpenIDConnectProvider",
    "aws_iam_role": "iam:CreateRole",
    "aws_iam_role_policy": "iam:PutRolePolicy",
    "aws_iam_role_policy_attachment": "iam:AttachRolePolicy",
    "aws_internet_gateway": "ec2:CreateInternetGateway",
    "aws_kms_key": "kms:CreateKey",
    "aws_launch_template": "ec2:CreateLaunchTemplate",
    "aws_nat_gateway": "ec2:CreateNatGateway",
    "aws_route": "ec2:CreateRoute",
    "aws_route_table": "ec2:CreateRouteTable",
    "aws_route_table_association": "ec2:AssociateRouteTable",
    "aws_s3_bucket": "s3:CreateBucket",
    "aws_s3_bucket_lifecycle_configuration": "s3:PutBucketLifecycleConfiguration",
    "aws_s3_bucket_ownership_controls": "s3:PutBucketOwnershipControls",
    "aws_s3_bucket_policy": "s3:PutBucketPolicy",
    "aws_s3_bucket_public_access_block": "s3:PutPublicAccessBlock",
    "aws_s3_bucket_server_side_encryption_configuration": "s3:PutBucketEncryption",
    "aws_s3_bucket_versioning": "s3:PutBucketVersioning",
    "aws_s3_object": "s3:PutObject",
    "aws_scheduler_schedule": "scheduler:CreateSchedule",
    "aws_scheduler_schedule_group": "scheduler:CreateScheduleGroup",
    "aws_security_group": "ec2:CreateSecurityGroup",
    "aws_sns_topic": "sns:CreateTopic",
    "aws_sns_topic_policy": "sns:SetTopicAttributes",
    "aws_sns_topic_subscription": "sns:Subscribe",
    "aws_sqs_queue": "sqs:CreateQueue",
    "aws_sqs_queue_policy": "sqs:SetQueueAttributes",
    "aws_subnet": "ec2:CreateSubnet",
    "aws_vpc": "ec2:CreateVpc",
    "aws_vpc_endpoint": "ec2:CreateVpcEndpoint",
    "aws_vpc_security_group_egress_rule": "ec2:AuthorizeSecurityGroupEgress",
    "aws_vpc_security_group_ingress_rule": "ec2:AuthorizeSecurityGroupIngress",
}
"""What an apply of each kind of resource calls first."""


def test_every_kind_of_resource_was_seen_being_made() -> None:
    """A new kind is applied in test_account.py, so that its calls are on record, before the policies can know it.

    The module codeartifact is of no environment, and its README says that the policies do not know it.
    """
    others = ("codeartifact", "deployer")
    kinds = {kind for folder in MODULES if folder.name not in others for kind, _, _ in typed(folder, "resource")}
    assert kinds - {"terraform_data"} == set(MADE_BY)
    called = {f"{call['service']}:{call['operation']}" for call in json.loads(CALLS.read_text())}
    assert set(MADE_BY.values()) <= called
