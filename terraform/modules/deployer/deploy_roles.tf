locals {
  # Whom an environment's roles are handed to, by the end of their names. AWS says nowhere which of the services it looks for
  # when a role goes to Batch, so that these three are allowed for what Batch hands on to ECS and EC2.
  passed = {
    Batch = {
      names = ["execution", "instance", "job-*"]
      services = [
        "batch.amazonaws.com",
        "ec2.${local.dns_suffix}",
        "ecs-tasks.amazonaws.com",
      ]
    }
    FlowLogs     = { names = ["flow-logs"], services = ["vpc-flow-logs.amazonaws.com"] }
    Schedules    = { names = ["schedules"], services = ["scheduler.amazonaws.com"] }
    StateMachine = { names = ["state-machine"], services = ["states.amazonaws.com"] }
  }
}

data "aws_iam_policy_document" "deploy_roles" {
  # checkov:skip=CKV_AWS_109: roles of the platform alone, by path and name, and under a boundary where one is given
  # checkov:skip=CKV_AWS_110: permissions_boundary_arn bounds what a role may be given; without one the README says what that means

  # With a boundary these ask that the role has it, or is being given it.
  statement {
    sid       = "Permissions"
    effect    = "Allow"
    actions   = ["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
    resources = [local.roles]

    dynamic "condition" {
      for_each = local.boundary

      content {
        test     = "StringEquals"
        variable = "iam:PermissionsBoundary"
        values   = [condition.value]
      }
    }
  }

  statement {
    sid       = "ManagedPolicies"
    effect    = "Allow"
    actions   = ["iam:AttachRolePolicy"]
    resources = [local.roles]

    condition {
      test     = "ArnEquals"
      variable = "iam:PolicyARN"
      values = concat([
        "arn:${local.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore",
        "arn:${local.partition}:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role",
      ], sort(var.attachable_policy_arns))
    }

    dynamic "condition" {
      for_each = local.boundary

      content {
        test     = "StringEquals"
        variable = "iam:PermissionsBoundary"
        values   = [condition.value]
      }
    }
  }

  statement {
    sid    = "Roles"
    effect = "Allow"
    actions = [
      "iam:AddRoleToInstanceProfile",
      "iam:CreateInstanceProfile",
      "iam:DeleteInstanceProfile",
      "iam:DeleteRole",
      "iam:DeleteRolePolicy",
      "iam:DetachRolePolicy",
      "iam:RemoveRoleFromInstanceProfile",
      "iam:TagInstanceProfile",
      "iam:TagRole",
      "iam:UntagInstanceProfile",
      "iam:UntagRole",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
      "iam:UpdateRoleDescription",
    ]
    resources = [local.roles, local.profiles]
  }

  # Where no boundary is asked for, an environment may give its own up again.
  dynamic "statement" {
    for_each = var.permissions_boundary_arn == null ? [1] : []

    content {
      sid       = "GiveUpBoundary"
      effect    = "Allow"
      actions   = ["iam:DeleteRolePermissionsBoundary"]
      resources = [local.roles]
    }
  }

  dynamic "statement" {
    for_each = local.passed

    content {
      sid       = "Pass${statement.key}"
      effect    = "Allow"
      actions   = ["iam:PassRole"]
      resources = [for end in statement.value.names : "${local.iam_arn}:role${var.role_path}${local.name}-${end}"]

      condition {
        test     = "StringEquals"
        variable = "iam:PassedToService"
        values   = statement.value.services
      }
    }
  }

  # For images.replicate_to; those of Batch, ECS, Auto Scaling and Spot bootstrap makes.
  statement {
    sid       = "ReplicationRole"
    effect    = "Allow"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = ["${local.iam_arn}:role/aws-service-role/replication.ecr.amazonaws.com/*"]

    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values   = ["replication.ecr.amazonaws.com"]
    }
  }

  # For iam.github_deployer.create_provider.
  statement {
    sid    = "GitHubProvider"
    effect = "Allow"
    actions = [
      "iam:CreateOpenIDConnectProvider",
      "iam:DeleteOpenIDConnectProvider",
      "iam:TagOpenIDConnectProvider",
      "iam:UntagOpenIDConnectProvider",
    ]
    resources = [local.github]
  }
}
