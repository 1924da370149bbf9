locals {
  disk_keys = distinct(compact(concat([var.ec2.disk.kms_key_arn], [for pool in values(var.ec2.pools) : try(pool.disk.kms_key_arn, null)])))
  log_keys  = distinct(compact([var.observability.kms_key_arn, var.network.flow_logs.kms_key_arn]))
  keys      = distinct(compact(concat(local.disk_keys, local.log_keys, [var.observability.alerts.kms_key_arn, var.storage.kms_key_arn, var.images.encryption.kms_key_arn])))

  # A key, and without NAT a secret, is used in its own region (and partition) alone.
  foreign_keys    = [for arn in local.keys : arn if split(":", arn)[3] != local.region || split(":", arn)[1] != data.aws_partition.current.partition]
  foreign_secrets = [for arn in local.secret_arns : arn if split(":", arn)[3] != local.region]
}

# What a key of one's own must let AWS do, for those that are named in disk, logs and alerts: without it instances never
# start, log groups are refused and alerts end in the dead-letter queue. Roles that use the bucket's and the images' keys have
# their permissions already, which a key's policy lets count by its statement for the account.
data "aws_iam_policy_document" "key" {
  # checkov:skip=CKV_AWS_109: statements of a key's own policy: the resource is the key itself
  # checkov:skip=CKV_AWS_111: statements of a key's own policy: the resource is the key itself
  # checkov:skip=CKV_AWS_356: statements of a key's own policy: the resource is the key itself

  # EC2 Auto Scaling guide, "Required AWS KMS key policy for use with encrypted volumes".
  dynamic "statement" {
    for_each = length(local.disk_keys) > 0 ? [1] : []

    content {
      sid       = "AutoScalingDisks"
      effect    = "Allow"
      actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = ["arn:${data.aws_partition.current.partition}:iam::${local.account_id}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"]
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.disk_keys) > 0 ? [1] : []

    content {
      sid       = "AutoScalingGrants"
      effect    = "Allow"
      actions   = ["kms:CreateGrant"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = ["arn:${data.aws_partition.current.partition}:iam::${local.account_id}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"]
      }

      condition {
        test     = "Bool"
        variable = "kms:GrantIsForAWSResource"
        values   = ["true"]
      }
    }
  }

  # CloudWatch Logs guide, "Encrypt log data in CloudWatch Logs using AWS KMS".
  dynamic "statement" {
    for_each = length(local.log_keys) > 0 ? [1] : []

    content {
      sid       = "LogGroups"
      effect    = "Allow"
      actions   = ["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["logs.${local.region}.${data.aws_partition.current.dns_suffix}"]
      }

      condition {
        test     = "ArnLike"
        variable = "kms:EncryptionContext:aws:logs:arn"
        values   = [for group in ["aws/batch", "aws/events", "aws/vpc"] : "arn:${data.aws_partition.current.partition}:logs:${local.region}:${local.account_id}:log-group:/${group}/${local.prefix}"]
      }
    }
  }

  # As in the key that the module observability makes.
  dynamic "statement" {
    for_each = var.observability.alerts.kms_key_arn == null ? [] : [1]

    content {
      sid       = "AlertPublishers"
      effect    = "Allow"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["cloudwatch.amazonaws.com", "events.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:EncryptionContext:aws:sns:topicArn"
        values   = ["arn:${data.aws_partition.current.partition}:sns:${local.region}:${local.account_id}:${local.prefix}-alerts"]
      }
    }
  }
}
