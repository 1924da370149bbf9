"""What a deployer needs beside what the recorded applies showed, each with why it is needed.

Those applies make, change little and destroy, against moto, which asks for no permission. Here is what the provider
does for a change in place (its sources, by resource), what AWS asks for behind a call, and what other variants of the
platform ask. ``(by, action, resource, context)``.
"""

from __future__ import annotations

from itertools import product

Need = tuple[str, str, str, dict[str, str]]

R, A = "ap-northeast-1", "123456789012"
TAGS = {"Project": "awa-batch", "Environment": "dev"}
OWN = {f"aws:ResourceTag/{name}": value for name, value in TAGS.items()}
ASKED = {f"aws:RequestTag/{name}": value for name, value in TAGS.items()}
BOUNDARY = f"arn:aws:iam::{A}:policy/boundary"
KEY = f"arn:aws:kms:{R}:{A}:key/11111111-2222-3333-4444-555555555555"
STATE_KEY = f"arn:aws:kms:{R}:{A}:key/99999999-2222-3333-4444-555555555555"
VPC = "vpc-0123456789abcdef0"

QUEUE = f"arn:aws:batch:{R}:{A}:job-queue/awa-batch-dev-ec2-high-priority"
SHARES = f"arn:aws:batch:{R}:{A}:scheduling-policy/awa-batch-dev-fargate-high-priority"
REPOSITORY = f"arn:aws:ecr:{R}:{A}:repository/awa-batch-dev/latest"
LOGS = f"arn:aws:logs:{R}:{A}:log-group:/aws/batch/awa-batch-dev"
MACHINE = f"arn:aws:states:{R}:{A}:stateMachine:awa-batch-dev-nightly"
GROUP = f"arn:aws:scheduler:{R}:{A}:schedule-group/awa-batch-dev"
SCHEDULE = f"arn:aws:scheduler:{R}:{A}:schedule/awa-batch-dev/nightly"
ROLES = f"arn:aws:iam::{A}:role/awa-batch-dev"
ROLE = f"{ROLES}-job-sample"
PROFILE = f"arn:aws:iam::{A}:instance-profile/awa-batch-dev-instance"
GITHUB = f"arn:aws:iam::{A}:oidc-provider/token.actions.githubusercontent.com"
ALARM = f"arn:aws:cloudwatch:{R}:{A}:alarm:awa-batch-dev-ec2-high-priority-failed-jobs"
RULE = f"arn:aws:events:{R}:{A}:rule/awa-batch-dev-failed"
TOPIC = f"arn:aws:sns:{R}:{A}:awa-batch-dev-alerts"
DEAD_LETTERS = f"arn:aws:sqs:{R}:{A}:awa-batch-dev-alerts-undelivered"
ALERT_KEY = f"arn:aws:kms:{R}:{A}:key/22222222-2222-3333-4444-555555555555"


def ec2(kind: str) -> str:
    return f"arn:aws:ec2:{R}:{A}:{kind}/{kind}-1"


def each(by: str, actions: str, *resources: str, **context: str) -> list[Need]:
    """Return a need for each action, words after their service, on each resource."""
    service, _, names = actions.partition(":")
    given = {name.replace("__", ":"): value for name, value in context.items()}
    return [(by, f"{service}:{name}", resource, given) for name, resource in product(names.split(), resources)]


CHANGED_TAGS: list[Need] = [
    *each("apply", "batch:TagResource UntagResource", QUEUE, SHARES, QUEUE.replace("job-queue", "compute-environment")),
    *each("apply", "ecr:TagResource UntagResource", REPOSITORY),
    *each("apply", "logs:TagResource UntagResource", LOGS),
    *each("apply", "cloudwatch:TagResource UntagResource", ALARM),
    *each("apply", "events:TagResource UntagResource", RULE),
    *each("apply", "sns:TagResource UntagResource", TOPIC),
    *each("apply", "sqs:TagQueue UntagQueue", DEAD_LETTERS),
    *each("apply", "scheduler:TagResource UntagResource", GROUP),
    *each("apply", "states:TagResource UntagResource", MACHINE),
    *each("apply", "iam:TagRole UntagRole", ROLE),
    *each("apply", "iam:TagInstanceProfile UntagInstanceProfile", PROFILE),
    *each("apply", "iam:TagOpenIDConnectProvider UntagOpenIDConnectProvider", GITHUB),
    *[("apply", f"kms:{one}", ALERT_KEY, OWN) for one in ("TagResource", "UntagResource")],
    *[("apply", f"ec2:{one}", ec2(kind), OWN) for one in ("CreateTags", "DeleteTags") for kind in ("vpc", "subnet")],
]  # fmt: skip
"""`tags` of an environment, changed in place."""

CHANGED_SETTINGS: list[Need] = [
    *each("apply", "batch:UpdateSchedulingPolicy", SHARES),  # shares of a fair-share queue
    ("apply", "ec2:ModifyVpcEndpoint", ec2("vpc-endpoint"), OWN),  # a zone more, s3_endpoint_statements
    ("apply", "ec2:ModifyVpcEndpoint", ec2("subnet"), OWN),
    ("apply", "ec2:ModifyVpcEndpoint", ec2("route-table"), OWN),
    ("apply", "ec2:ModifySecurityGroupRules", ec2("security-group"), OWN),  # the ports of an egress rule
    ("apply", "ec2:ModifySecurityGroupRules", ec2("security-group-rule"), OWN),
    ("apply", "ec2:ReplaceRoute", ec2("route-table"), OWN),  # from one NAT gateway to one a zone
    *each("apply", "logs:AssociateKmsKey DisassociateKmsKey", f"{LOGS}:*"),
    *each("apply", "sns:SetSubscriptionAttributes", "*"),
    *each("apply", "scheduler:UpdateSchedule", SCHEDULE),
    *each("apply", "iam:PassRole", f"{ROLES}-schedules", iam__PassedToService="scheduler.amazonaws.com"),
    *each("apply", "iam:UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription", ROLE),  # submitter_principal_arns
    ("apply", "iam:PutRolePermissionsBoundary", ROLE, {"iam:PermissionsBoundary": BOUNDARY}),
    ("apply", "kms:PutKeyPolicy", ALERT_KEY, OWN),
    ("apply", "kms:UpdateKeyDescription", ALERT_KEY, OWN),
    # What somebody has changed by hand is put back.
    *each("apply", "ecr:PutImageScanningConfiguration PutImageTagMutability", REPOSITORY),
]  # fmt: skip
"""Other changes in place."""

GIVEN_UP: list[Need] = each("apply", "iam:DeleteRolePermissionsBoundary", ROLE)
"""Only where no boundary is asked for."""

IMAGES: list[Need] = [
    *each("apply", "ecr:GetAuthorizationToken", "*"),
    *each(
        "apply",
        "ecr:BatchCheckLayerAvailability InitiateLayerUpload UploadLayerPart CompleteLayerUpload PutImage BatchGetImage"
        " GetDownloadUrlForLayer DescribeImages DescribeImageScanFindings",
        REPOSITORY,
    ),
]
"""Bringing an environment up pushes images too (ECR guide, "Required IAM permissions for pushing an image")."""

OTHER_VARIANTS: list[Need] = [
    # ec2.ami_refresh
    *each("plan", "ssm:GetParameter", f"arn:aws:ssm:{R}::parameter/aws/service/ecs/optimized-ami/x/image_id"),
    # network.existing_vpc
    ("apply", "ec2:CreateSecurityGroup", f"arn:aws:ec2:{R}:{A}:vpc/{VPC}", ASKED),
    # keys of one's own: the contract in the data bucket, images (ECR guide, "Encryption at rest"), the state
    *each("plan", "kms:Decrypt DescribeKey", KEY),
    *each("apply", "kms:GenerateDataKey", KEY),
    *each("apply", "kms:CreateGrant RetireGrant", KEY, kms__GrantIsForAWSResource="true"),
    *each("plan", "kms:Decrypt GenerateDataKey", STATE_KEY),
    # a state machine with the role of the module step_functions
    *each("plan", "states:DescribeStateMachine ListStateMachineVersions ListTagsForResource", MACHINE),
    *each("plan", "states:ValidateStateMachineDefinition", "*"),
    *each("apply", "states:CreateStateMachine UpdateStateMachine DeleteStateMachine", MACHINE),
    *each("apply", "states:PublishStateMachineVersion", MACHINE),  # a dependent action of the first two
    *each("apply", "iam:PassRole", f"{ROLES}-state-machine", iam__PassedToService="states.amazonaws.com"),
]  # fmt: skip

CLUSTER = f"arn:aws:ecs:{R}:{A}:cluster/AWSBatch-awa-batch-dev-ec2-on-demand-a-20260101-11111111"
INSTANCE = f"{CLUSTER.replace(':cluster/', ':container-instance/')}/0123456789abcdef0123456789abcdef"
PROBE = f"arn:aws:batch:{R}:{A}:job-queue/awa-batch-dev-probe-ec2-on-demand-b"
COMPUTE: list[Need] = [
    # data aws_ecs_cluster of a retired generation, and what `plan`, `apply` and `compute` ask before one goes
    *each("plan", "ecs:DescribeClusters ListContainerInstances", CLUSTER),
    *each("plan", "ecs:DescribeContainerInstances", INSTANCE),
    *each("plan", "batch:DescribeJobs ListJobs", "*"),
    # `compute roll`: a queue with nothing but the new environment in it, and one job there
    *each("apply", "batch:CreateJobQueue TagResource UpdateJobQueue DeleteJobQueue SubmitJob", PROBE),
    *each("apply", "batch:SubmitJob", f"arn:aws:batch:{R}:{A}:job-definition/awa-batch-dev-ec2-sample:1"),
    *each("apply", "batch:SubmitJob", f"arn:aws:batch:{R}:{A}:job/11111111-2222-3333-4444-555555555555"),
]
"""Rolling compute environments (awa_batch.compute)."""

BEYOND: list[Need] = [*CHANGED_TAGS, *CHANGED_SETTINGS, *IMAGES, *OTHER_VARIANTS, *COMPUTE]
