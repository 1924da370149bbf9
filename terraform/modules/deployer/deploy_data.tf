# State, data bucket, logs, alerts and keys.
data "aws_iam_policy_document" "deploy_data" {
  # checkov:skip=CKV_AWS_109: the resource policies of CloudWatch Logs and a new key have no name to be known by; keys are known by their tag
  # checkov:skip=CKV_AWS_111: PutResourcePolicy of CloudWatch Logs and CreateKey know no resource; PutKeyPolicy beside them is for a key that is being made
  # checkov:skip=CKV_AWS_356: actions of which AWS knows no resource, and a key that is being made

  statement {
    sid       = "WriteState"
    effect    = "Allow"
    actions   = ["s3:PutObject"]
    resources = [local.states]
  }

  statement {
    sid    = "Bucket"
    effect = "Allow"
    actions = [
      "s3:CreateBucket",
      "s3:DeleteBucket",
      "s3:DeleteBucketPolicy",
      "s3:ListBucketVersions",
      "s3:PutBucketOwnershipControls",
      "s3:PutBucketPolicy",
      "s3:PutBucketPublicAccessBlock",
      "s3:PutBucketTagging",
      "s3:PutBucketVersioning",
      "s3:PutEncryptionConfiguration",
      "s3:PutLifecycleConfiguration",
    ]
    resources = [local.data_bucket]
  }

  statement {
    sid       = "WriteContract"
    effect    = "Allow"
    actions   = ["s3:PutObject", "s3:PutObjectTagging"]
    resources = ["${local.data_bucket}/contract/*"]
  }

  # For `destroy --empty`, and for the contract's older versions.
  statement {
    sid       = "EmptyBucket"
    effect    = "Allow"
    actions   = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    resources = ["${local.data_bucket}/*"]
  }

  statement {
    sid    = "LogGroups"
    effect = "Allow"
    actions = [
      "logs:AssociateKmsKey",
      "logs:CreateLogGroup",
      "logs:DeleteLogGroup",
      "logs:DisassociateKmsKey",
      "logs:PutRetentionPolicy",
      "logs:TagResource",
      "logs:UntagResource",
    ]
    resources = local.log_groups
  }

  statement {
    sid       = "LogPolicies"
    effect    = "Allow"
    actions   = ["logs:DeleteResourcePolicy", "logs:PutResourcePolicy"]
    resources = ["*"]
  }

  # A subscription has no ARN that AWS's table of actions knows.
  statement {
    sid       = "Subscriptions"
    effect    = "Allow"
    actions   = ["sns:SetSubscriptionAttributes", "sns:Unsubscribe"]
    resources = ["*"]
  }

  statement {
    sid    = "Alerts"
    effect = "Allow"
    actions = [
      "cloudwatch:DeleteAlarms",
      "cloudwatch:DeleteDashboards",
      "cloudwatch:PutDashboard",
      "cloudwatch:PutMetricAlarm",
      "cloudwatch:TagResource",
      "cloudwatch:UntagResource",
      "events:DeleteRule",
      "events:PutRule",
      "events:PutTargets",
      "events:RemoveTargets",
      "events:TagResource",
      "events:UntagResource",
      "sns:CreateTopic",
      "sns:DeleteTopic",
      "sns:SetTopicAttributes",
      "sns:Subscribe",
      "sns:TagResource",
      "sns:UntagResource",
      "sqs:CreateQueue",
      "sqs:DeleteQueue",
      "sqs:SetQueueAttributes",
      "sqs:TagQueue",
      "sqs:UntagQueue",
    ]
    resources = [local.alarms, local.dashboards, local.rules, local.topics, local.dead_letters]
  }

  # The key of the alerts, whose ARN is known when it is there. Its policy is part of the request that makes it.
  dynamic "statement" {
    for_each = var.alert_keys ? [1] : []

    content {
      sid       = "MakeAlertKey"
      effect    = "Allow"
      actions   = ["kms:CreateKey", "kms:PutKeyPolicy", "kms:TagResource"]
      resources = ["*"]

      dynamic "condition" {
        for_each = local.tags

        content {
          test     = "StringEquals"
          variable = "aws:RequestTag/${condition.key}"
          values   = [condition.value]
        }
      }

      # Or the key of another project could be tagged as one of this.
      condition {
        test     = "Null"
        variable = "aws:ResourceTag/Project"
        values   = ["true"]
      }
    }
  }

  dynamic "statement" {
    for_each = var.alert_keys ? [1] : []

    content {
      sid    = "AlertKey"
      effect = "Allow"
      actions = [
        "kms:EnableKeyRotation",
        "kms:PutKeyPolicy",
        "kms:ScheduleKeyDeletion",
        "kms:TagResource",
        "kms:UntagResource",
        "kms:UpdateKeyDescription",
      ]
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
  }

  dynamic "statement" {
    for_each = length(var.kms_key_arns) > 0 ? [sort(var.kms_key_arns)] : []

    content {
      sid       = "WriteWithKeys"
      effect    = "Allow"
      actions   = ["kms:GenerateDataKey"]
      resources = statement.value
    }
  }

  # ECR encrypts by a grant that it makes in the name of who makes the repository (ECR guide, "Encryption at rest").
  dynamic "statement" {
    for_each = length(var.kms_key_arns) > 0 ? [sort(var.kms_key_arns)] : []

    content {
      sid       = "GrantKeys"
      effect    = "Allow"
      actions   = ["kms:CreateGrant", "kms:RetireGrant"]
      resources = statement.value

      condition {
        test     = "Bool"
        variable = "kms:GrantIsForAWSResource"
        values   = ["true"]
      }
    }
  }
}
