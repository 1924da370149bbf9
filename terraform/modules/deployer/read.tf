# What a plan asks for, and the reading half of an apply. Held by tests/terraform/test_deployer.py against what the provider
# and the toolkit were seen to ask.
data "aws_iam_policy_document" "read" {
  # checkov:skip=CKV_AWS_356: the statements with * have actions of which AWS's table knows no resource, or that list and describe

  # Of these AWS's table of actions knows no resource, or the provider lists with them.
  statement {
    sid    = "Look"
    effect = "Allow"
    actions = [
      "batch:DescribeComputeEnvironments",
      "batch:DescribeJobDefinitions",
      "batch:DescribeJobQueues",
      "batch:DescribeJobs",
      "batch:DescribeSchedulingPolicies",
      "batch:ListJobs",
      "cloudwatch:DescribeAlarms",
      "ec2:DescribeAddresses",
      "ec2:DescribeAddressesAttribute",
      "ec2:DescribeAvailabilityZones",
      "ec2:DescribeFlowLogs",
      "ec2:DescribeInternetGateways",
      "ec2:DescribeLaunchTemplateVersions",
      "ec2:DescribeLaunchTemplates",
      "ec2:DescribeNatGateways",
      "ec2:DescribeNetworkAcls",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribePrefixLists",
      "ec2:DescribeRouteTables",
      "ec2:DescribeSecurityGroupRules",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets",
      "ec2:DescribeVpcAttribute",
      "ec2:DescribeVpcEndpoints",
      "ec2:DescribeVpcs",
      "ecr:DescribeRegistry",
      "logs:DescribeLogGroups",
      "logs:DescribeResourcePolicies",
      "sns:GetSubscriptionAttributes",
      "states:ValidateStateMachineDefinition",
      "sts:GetCallerIdentity",
    ]
    resources = ["*"]
  }

  statement {
    sid    = "ReadOwn"
    effect = "Allow"
    actions = [
      "cloudwatch:GetDashboard",
      "cloudwatch:ListTagsForResource",
      "ecr:BatchGetImage",
      "ecr:DescribeImages",
      "ecr:DescribeRepositories",
      "ecr:GetLifecyclePolicy",
      "ecr:GetRepositoryPolicy",
      "ecr:ListImages",
      "ecr:ListTagsForResource",
      "events:DescribeRule",
      "events:ListTagsForResource",
      "events:ListTargetsByRule",
      "scheduler:GetSchedule",
      "scheduler:GetScheduleGroup",
      "scheduler:ListTagsForResource",
      "sns:GetTopicAttributes",
      "sns:ListTagsForResource",
      "sqs:GetQueueAttributes",
      "sqs:ListQueueTags",
      "states:DescribeStateMachine",
      "states:ListStateMachineVersions",
      "states:ListTagsForResource",
    ]
    resources = [
      local.alarms, local.dashboards, local.repositories, local.rules, local.schedules, local.groups, local.topics,
      local.dead_letters, local.machines,
    ]
  }

  # Whether tasks of jobs are left on the cluster of an environment that is to go, and which image its instances run.
  statement {
    sid       = "ReadClusters"
    effect    = "Allow"
    actions   = ["ecs:DescribeClusters", "ecs:DescribeContainerInstances", "ecs:ListContainerInstances"]
    resources = [local.clusters, local.instances]
  }

  statement {
    sid       = "ReadLogTags"
    effect    = "Allow"
    actions   = ["logs:ListTagsForResource"]
    resources = local.log_groups
  }

  statement {
    sid    = "ReadRoles"
    effect = "Allow"
    actions = [
      "iam:GetInstanceProfile",
      "iam:GetOpenIDConnectProvider",
      "iam:GetRole",
      "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies",
      "iam:ListInstanceProfilesForRole",
      "iam:ListRolePolicies",
    ]
    resources = [local.roles, local.profiles, local.github]
  }

  statement {
    sid       = "ReadAlertKey"
    effect    = "Allow"
    actions   = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"]
    resources = ["${local.arns["kms"]}:key/*"]

    dynamic "condition" {
      for_each = local.tags

      content {
        test     = "StringEquals"
        variable = "aws:ResourceTag/${condition.key}"
        values   = [condition.value]
      }
    }
  }

  # AWS's own parameters, open to every account.
  statement {
    sid       = "ReadImageIds"
    effect    = "Allow"
    actions   = ["ssm:GetParameter"]
    resources = ["arn:${local.partition}:ssm:${local.region}::parameter/aws/service/ecs/*"]
  }
}
