"""Judge planned resources by the CloudFormation schemas and rules that the package cfn-lint has.

Runs in an environment of its own, ``.cfn-lint``. Reads a list of resources as JSON from stdin ({"variant", "address",
"kind", "values", "unknown"}: the last two as Terraform's plan has them) and writes what is wrong, one line each, as a
JSON list; with ``--template`` the template that was made of them, and whose its resources are. A resource's schema
says what becomes of it: names are the same but for underscores and case, a block of
which the schema has one is no list there, text that holds JSON is what it holds where the schema wants an object. What
differs otherwise stands in KINDS; an attribute that the schema does not know and KINDS does not name is a fault, so
that nothing is passed over.
"""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from typing import Any, NamedTuple

from cfnlint.api import ManualArgs, lint  # type: ignore[import-not-found]
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-not-found]

REGION = "ap-northeast-1"
Json = dict[str, Any]


class Kind(NamedTuple):
    """What a kind of resource is to CloudFormation.

    ``names`` gives an attribute another name, with dots for its place; the key begins with a dot where it is not at the
    top; None: CloudFormation has no such thing there. ``given`` adds what the schema wants.
    """

    type: str
    names: dict[str, str | None] = {}  # noqa: RUF012 - never changed
    given: Json = {}  # noqa: RUF012


OF_TERRAFORM = frozenset(
    {"tags_all", "timeouts", "id", "force_destroy", "force_delete", "skip_destroy", "region", "name_prefix", "triggers"}
)
"""What is between Terraform and its state alone, or was turned into another attribute before."""
BUCKET = "AWS::S3::Bucket"
# A part of another resource there (None for its name) is looked at without that: two resources of one name are a fault.
KINDS = {
    "aws_batch_compute_environment": Kind(
        "AWS::Batch::ComputeEnvironment",
        {
            "compute_environment_name_prefix": "ComputeEnvironmentName",
            "compute_resources.instance_type": "InstanceTypes",
            "compute_resources.max_vcpus": "MaxvCpus",
        },
    ),
    "aws_batch_job_definition": Kind(
        "AWS::Batch::JobDefinition",
        {"name": "JobDefinitionName", "deregister_on_new_revision": None, "propagate_tags": "PropagateTags"},
    ),
    "aws_batch_job_queue": Kind(
        "AWS::Batch::JobQueue",
        {"name": "JobQueueName", "job_state_time_limit_action": "JobStateTimeLimitActions"},
    ),
    "aws_batch_scheduling_policy": Kind("AWS::Batch::SchedulingPolicy"),
    "aws_cloudwatch_dashboard": Kind("AWS::CloudWatch::Dashboard"),
    "aws_cloudwatch_event_rule": Kind("AWS::Events::Rule", {"is_enabled": None, "event_bus_name": "EventBusName"}),
    "aws_cloudwatch_event_target": Kind(
        "AWS::Events::Rule",
        {"rule": None, "event_bus_name": None, ".input_paths": "InputPathsMap", ".target_id": "Id"},
        {"EventPattern": {"source": ["aws.batch"]}},
    ),
    "aws_cloudwatch_log_group": Kind("AWS::Logs::LogGroup", {"name": "LogGroupName"}),
    "aws_cloudwatch_log_resource_policy": Kind("AWS::Logs::ResourcePolicy"),
    "aws_cloudwatch_metric_alarm": Kind("AWS::CloudWatch::Alarm", {"metric_query": "Metrics"}),
    "aws_ecr_lifecycle_policy": Kind(
        "AWS::ECR::Repository", {"policy": "LifecyclePolicy.LifecyclePolicyText", "repository": None}
    ),
    "aws_ecr_replication_configuration": Kind("AWS::ECR::ReplicationConfiguration", {".region": "Region"}),
    "aws_ecr_repository": Kind("AWS::ECR::Repository", {"name": "RepositoryName"}),
    "aws_ecr_repository_policy": Kind("AWS::ECR::Repository", {"policy": "RepositoryPolicyText", "repository": None}),
    "aws_eip": Kind("AWS::EC2::EIP"),
    "aws_flow_log": Kind(
        "AWS::EC2::FlowLog",
        {"iam_role_arn": "DeliverLogsPermissionArn", "vpc_id": "ResourceId"},
        {"ResourceType": "VPC"},
    ),
    "aws_iam_instance_profile": Kind(
        "AWS::IAM::InstanceProfile", {"name": "InstanceProfileName", "role": "Roles", "tags": None}
    ),
    "aws_iam_openid_connect_provider": Kind("AWS::IAM::OIDCProvider"),
    "aws_iam_policy": Kind("AWS::IAM::ManagedPolicy", {"name": "ManagedPolicyName", "policy": "PolicyDocument"}),
    "aws_iam_role": Kind(
        "AWS::IAM::Role",
        {"name": "RoleName", "assume_role_policy": "AssumeRolePolicyDocument", "force_detach_policies": None},
    ),
    "aws_iam_role_policy": Kind(
        "AWS::IAM::RolePolicy", {"name": "PolicyName", "policy": "PolicyDocument", "role": "RoleName"}
    ),
    "aws_internet_gateway": Kind("AWS::EC2::InternetGateway", {"vpc_id": None}),  # a resource of its own there
    "aws_kms_key": Kind(
        "AWS::KMS::Key",
        {
            "policy": "KeyPolicy",
            "customer_master_key_spec": "KeySpec",
            "deletion_window_in_days": "PendingWindowInDays",
            "is_enabled": "Enabled",
            "bypass_policy_lockout_safety_check": "BypassPolicyLockoutSafetyCheck",
        },
    ),
    "aws_launch_template": Kind(
        "AWS::EC2::LaunchTemplate",
        {
            "description": "VersionDescription",
            "name": "LaunchTemplateName",
            "update_default_version": None,
            "tags": None,
        },
    ),
    "aws_nat_gateway": Kind("AWS::EC2::NatGateway"),
    "aws_route": Kind("AWS::EC2::Route"),
    "aws_route_table": Kind("AWS::EC2::RouteTable"),
    "aws_route_table_association": Kind("AWS::EC2::SubnetRouteTableAssociation"),
    "aws_s3_bucket": Kind(BUCKET, {"bucket": "BucketName"}),
    "aws_s3_bucket_lifecycle_configuration": Kind(
        BUCKET,
        {
            "bucket": None,
            "rule": "LifecycleConfiguration.Rules",
            "expected_bucket_owner": None,
            "transition_default_minimum_object_size": "LifecycleConfiguration.TransitionDefaultMinimumObjectSize",
        },
    ),
    "aws_s3_bucket_ownership_controls": Kind(BUCKET, {"bucket": None, "rule": "OwnershipControls.Rules"}),
    "aws_s3_bucket_policy": Kind("AWS::S3::BucketPolicy", {"policy": "PolicyDocument"}),
    "aws_s3_bucket_public_access_block": Kind(BUCKET, {"bucket": None}),
    "aws_s3_bucket_server_side_encryption_configuration": Kind(
        BUCKET,
        {
            "bucket": None,
            "rule": "BucketEncryption.ServerSideEncryptionConfiguration",
            ".apply_server_side_encryption_by_default": "ServerSideEncryptionByDefault",
            ".kms_master_key_id": "KMSMasterKeyID",
            "expected_bucket_owner": None,
        },
    ),
    "aws_s3_bucket_versioning": Kind(BUCKET, {"bucket": None, "mfa": None, "expected_bucket_owner": None}),
    "aws_scheduler_schedule": Kind("AWS::Scheduler::Schedule"),
    "aws_scheduler_schedule_group": Kind("AWS::Scheduler::ScheduleGroup"),
    "aws_security_group": Kind(
        "AWS::EC2::SecurityGroup",
        {"description": "GroupDescription", "name": "GroupName", "revoke_rules_on_delete": None},
    ),
    "aws_sns_topic": Kind("AWS::SNS::Topic", {"name": "TopicName", "kms_master_key_id": "KmsMasterKeyId"}),
    "aws_sns_topic_policy": Kind("AWS::SNS::TopicPolicy", {"policy": "PolicyDocument", "arn": "Topics"}),
    "aws_sns_topic_subscription": Kind(
        "AWS::SNS::Subscription", {"confirmation_timeout_in_minutes": None, "endpoint_auto_confirms": None}
    ),
    "aws_sqs_queue": Kind(
        "AWS::SQS::Queue",
        {
            "name": "QueueName",
            "message_retention_seconds": "MessageRetentionPeriod",
            "max_message_size": "MaximumMessageSize",
            "visibility_timeout_seconds": "VisibilityTimeout",
            "receive_wait_time_seconds": "ReceiveMessageWaitTimeSeconds",
            "sqs_managed_sse_enabled": "SqsManagedSseEnabled",
        },
    ),
    "aws_sqs_queue_policy": Kind("AWS::SQS::QueuePolicy", {"policy": "PolicyDocument", "queue_url": "Queues"}),
    "aws_subnet": Kind("AWS::EC2::Subnet"),
    "aws_vpc": Kind("AWS::EC2::VPC"),
    "aws_vpc_endpoint": Kind("AWS::EC2::VPCEndpoint", {"policy": "PolicyDocument"}),
    "aws_vpc_security_group_egress_rule": Kind(
        "AWS::EC2::SecurityGroupEgress",
        {"cidr_ipv4": "CidrIp", "security_group_id": "GroupId", "tags": None},  # rules have no tags there
    ),
    "aws_vpc_security_group_ingress_rule": Kind(
        "AWS::EC2::SecurityGroupIngress", {"cidr_ipv4": "CidrIp", "security_group_id": "GroupId", "tags": None}
    ),
}
WITHOUT = {
    "aws_codeartifact_domain": "of the module codeartifact, which no environment calls",
    "aws_codeartifact_domain_permissions_policy": "of the module codeartifact, which no environment calls",
    "aws_codeartifact_repository": "of the module codeartifact, which no environment calls",
    "aws_codeartifact_repository_permissions_policy": "of the module codeartifact, which no environment calls",
    "aws_default_security_group": "it is emptied, not made: CloudFormation cannot take over what a VPC comes with",
    "aws_iam_role_policy_attachment": "a property of the role there; two names, the policy's looked at in the inputs",
    "aws_s3_object": "CloudFormation makes no objects",
}
"""Kinds that CloudFormation has nothing for, each with why nothing is lost."""

INSIDE = {
    "aws_launch_template": ("LaunchTemplateData", {"name", "description", "tags"}),
    "aws_s3_bucket_public_access_block": ("PublicAccessBlockConfiguration", {"bucket"}),
    "aws_cloudwatch_event_target": ("Targets", {"rule", "event_bus_name"}),
}
"""Kinds whose attributes, but for the named ones, stand in a property there."""

JUSTIFIED: dict[str, str] = {
    "aws_subnet W3010": "zones are chosen by the plan, which knows those of the region and where Fargate is",
}
"""Findings that stay: ``<kind> <rule>`` → why."""
OF_THE_TEMPLATE = {"W2001": "parameters that no resource uses", "E3010": "more resources than a stack may have"}
"""Rules about the template as such, which is ours: all variants in one, its parameters what is not known yet."""


def lifecycle(values: Json) -> Json:
    """Return a bucket's rules as CloudFormation says them: filter and expiration stand in the rule itself."""
    rules = []
    for rule in values.get("rule", []):
        left = {name: one for name, one in rule.items() if name not in ("filter", "expiration", "transition")}
        filtered, expired = (listed(rule.get(name) or {})[:1] or [{}] for name in ("filter", "expiration"))
        left |= {"prefix": filtered[0].get("prefix")}
        left |= {
            "expiration_in_days": expired[0].get("days"),
            "expired_object_delete_marker": expired[0].get("expired_object_delete_marker"),
        }
        left["transitions"] = [
            {"storage_class": one.get("storage_class"), "transition_in_days": one.get("days")}
            for one in rule.get("transition") or []
        ]
        rules.append(left)
    return {**values, "rule": rules}


def target(values: Json) -> Json:
    """Return a target with the id that the provider gives it where there is none."""
    return {**values, "target_id": values.get("target_id") or "terraform-20260101000000000000000001"}


BEFORE = {"aws_s3_bucket_lifecycle_configuration": lifecycle, "aws_cloudwatch_event_target": target}
"""Kinds whose attributes are put another way first."""


@cache
def schema(kind: str) -> Json:
    found: Json = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    return found


def resolved(whole: Json, part: Json) -> Json:
    while "$ref" in part:
        part = whole["definitions"][part["$ref"].rpartition("/")[2]]
    if "properties" not in part and "type" not in part:
        for one in [*part.get("oneOf", []), *part.get("anyOf", []), *part.get("allOf", [])]:
            found = resolved(whole, one)
            if "properties" in found or "type" in found:
                return found
    return part


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def is_a(part: Json, kind: str) -> bool:
    return kind in listed(part.get("type", "object" if "properties" in part else ""))


def squashed(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def empty(value: Any) -> bool:
    return value is None or value in ("", [], {}) or (isinstance(value, list) and all(empty(one) for one in value))


class Mapper:
    """Turns the attributes of one resource into properties; ``faults`` has what has no place there."""

    def __init__(self, kind: str, whose: str, parameters: list[str]) -> None:
        self.whose = whose  # variants have nothing in common, VPC and all
        self.parameters = parameters
        self.kind = KINDS[kind]
        self.schema = schema(self.kind.type)
        self.faults: list[str] = []

    def parameter(self, path: str) -> str:
        """Return the name of a parameter for what is not known: one for the VPC of a variant, each other its own."""
        self.parameters.append(f"{self.whose}{len(self.parameters)}" if path else self.whose)
        return self.parameters[-1]

    def fit(self, part: Json, value: Any, unknown: Any, path: str) -> Any:
        """Return a value as the schema wants it; what is not known before an apply is a parameter."""
        part = resolved(self.schema, part)
        if unknown is True:
            if is_a(part, "array"):
                return {"Ref": "UnknownList"}
            return {"Ref": self.parameter("" if path.endswith("vpc_id") else path)}
        if isinstance(value, str) and value[:1] in "{[" and (is_a(part, "object") or is_a(part, "array")):
            value, unknown = json.loads(value), False
        if is_a(part, "array") and not is_a(part, "string"):
            item = part.get("items", {})
            if isinstance(value, dict) and not isinstance(unknown, list):
                names = list(resolved(self.schema, item).get("properties", {"Key": 0, "Value": 0}))
                key = "Key" if "Key" in names else "Name"
                return [{key: name, "Value": one} for name, one in value.items()]
            several = listed(unknown) if isinstance(unknown, list) else []
            items = list(listed(value)) + [None] * (len(several) - len(listed(value)))
            return [self.fit(item, one, several[n] if n < len(several) else False, path) for n, one in enumerate(items)]
        if is_a(part, "object"):
            if isinstance(value, list):
                unknown = unknown[0] if isinstance(unknown, list) and unknown else False
                value = value[0] if value else {}
            if isinstance(value, dict) and part.get("properties"):
                return self.properties(part, value, unknown if isinstance(unknown, dict) else {}, path)
        if is_a(part, "boolean") and value in ("true", "false"):
            return value == "true"  # where the provider knows a third state, it has text
        return value

    def properties(self, part: Json, values: Json, unknown: Json, path: str) -> Json:
        known = {squashed(name): name for name in part["properties"]}
        found: Json = {}
        for name in sorted({*values, *unknown}):
            value, hidden = values.get(name), unknown.get(name, False)
            place = f"{path}.{name}".lstrip(".")
            if (name in OF_TERRAFORM and not self.kind.names.keys() & {place, f".{name}"}) or (
                empty(value) and not holds(hidden)
            ):
                continue
            if (key := place if place in self.kind.names else f".{name}") in self.kind.names:
                there = self.kind.names[key]
                if there is None:
                    continue
            else:
                short = squashed(name)
                there = known.get(short) or known.get(f"{short}s") or known.get(short.removesuffix("s"))
            if there is None:
                self.faults.append(f"{place} = {value!r} has no place in {self.kind.type}")
                continue
            target, inside = found, part
            *outer, last = there.split(".")
            for step in outer:
                target = target.setdefault(step, {})
                inside = resolved(self.schema, inside["properties"][step])
            if last not in inside["properties"]:
                self.faults.append(f"{place}: {self.kind.type} has no {there}")
            elif target.get(last) is None:
                target[last] = self.fit(inside["properties"][last], value, hidden, place)
        return found


def holds(unknown: Any) -> bool:
    """Return whether anything in a plan's ``after_unknown`` is unknown."""
    if isinstance(unknown, dict):
        return any(map(holds, unknown.values()))
    return any(map(holds, unknown)) if isinstance(unknown, list) else unknown is True


def converted(one: Json, parameters: list[str]) -> tuple[Json, list[str]]:
    """Return a planned resource as CloudFormation's, and what of it has no place there; add to the parameters."""
    mapper = Mapper(one["kind"], squashed(one["variant"]), parameters)
    values, unknown = dict(one["values"]), dict(one["unknown"])
    if one["kind"] in BEFORE:
        values = BEFORE[one["kind"]](values)
    for name in [name for name in values if name.endswith("name_prefix") and values[name]]:
        values.setdefault(mapper.kind.names.get(name) or name.removesuffix("_prefix"), None)
        full = name.removesuffix("_prefix")
        if not values.get(full):
            values[full], unknown[full] = values.pop(name) + "20260101000000000000000001", False
    inside, own = INSIDE.get(one["kind"], ("", set()))
    if inside:
        moved = {name: values.pop(name) for name in list(values) if name not in own}
        hidden = {name: unknown.pop(name) for name in list(unknown) if name not in own}
        values[inside], unknown[inside] = [moved], [hidden]
    return mapper.properties(mapper.schema, values, unknown, "") | mapper.kind.given, mapper.faults


def made(resources: list[Json]) -> tuple[Json, dict[str, Json], list[str]]:
    """Return the template, the resource of each of its logical names, and what could not be put into it."""
    wrong: list[str] = []
    template: Json = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {},
    }
    called: dict[str, Json] = {}
    parameters: list[str] = []
    seen: dict[str, str] = {}
    for one in resources:
        if one["kind"] in WITHOUT:
            continue
        if one["kind"] not in KINDS:
            wrong.append(f"{one['kind']} is neither in KINDS nor in WITHOUT")
            continue
        properties, lost = converted(one, parameters)
        wrong += [f"{one['variant']} {one['address']}: {fault}" for fault in lost]
        resource = {"Type": KINDS[one["kind"]].type, "Properties": properties}
        text = re.sub(r'"Ref": "[a-z]+\d*"', '"Ref"', json.dumps(resource, sort_keys=True))
        if seen.setdefault(text, one["variant"]) != one["variant"]:
            continue  # as another variant has it
        name = f"R{len(called)}"
        called[name] = one
        template["Resources"][name] = resource
    template["Parameters"] = {"UnknownList": {"Type": "CommaDelimitedList"}}
    template["Parameters"] |= {name: {"Type": "String"} for name in parameters}
    return template, called, wrong


def faults(resources: list[Json]) -> list[str]:
    template, called, wrong = made(resources)
    for match in lint(json.dumps(template), config=ManualArgs(regions=[REGION])):
        path = match.path or []
        one = called.get(path[1], {}) if len(path) > 1 and path[0] == "Resources" else {}
        if match.rule.id in OF_THE_TEMPLATE or f"{one.get('kind')} {match.rule.id}" in JUSTIFIED:
            continue
        wrong.append(f"{one.get('variant')} {one.get('address')}: {match.rule.id} {match.message}")
    return list(dict.fromkeys(wrong))


def main() -> None:
    resources = json.load(sys.stdin)
    if sys.argv[1:] == ["--template"]:
        template, called, _ = made(resources)
        whose = {name: f"{one['variant']} {one['address']}" for name, one in called.items()}
        json.dump({"template": template, "whose": whose}, sys.stdout)
    else:
        json.dump(faults(resources), sys.stdout)


if __name__ == "__main__":
    main()
