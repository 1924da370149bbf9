# Terraform's states, and what it reads of the data bucket.
data "aws_iam_policy_document" "state" {
  statement {
    sid    = "ReadBucket"
    effect = "Allow"
    actions = [
      "s3:GetAccelerateConfiguration",
      "s3:GetBucketAcl",
      "s3:GetBucketCORS",
      "s3:GetBucketLogging",
      "s3:GetBucketObjectLockConfiguration",
      "s3:GetBucketOwnershipControls",
      "s3:GetBucketPolicy",
      "s3:GetBucketPublicAccessBlock",
      "s3:GetBucketRequestPayment",
      "s3:GetBucketTagging",
      "s3:GetBucketVersioning",
      "s3:GetBucketWebsite",
      "s3:GetEncryptionConfiguration",
      "s3:GetLifecycleConfiguration",
      "s3:GetReplicationConfiguration",
      "s3:ListBucket",
    ]
    resources = [local.data_bucket]
  }

  # The one object that Terraform makes: what lies beside it is none of its business.
  statement {
    sid       = "ReadContract"
    effect    = "Allow"
    actions   = ["s3:GetObject", "s3:GetObjectTagging"]
    resources = ["${local.data_bucket}/contract/*"]
  }

  # Terraform's own manual, "Backend Type: s3", Permissions required.
  statement {
    sid       = "FindState"
    effect    = "Allow"
    actions   = ["s3:ListBucket"]
    resources = [local.state_bucket]
  }

  statement {
    sid       = "ReadState"
    effect    = "Allow"
    actions   = ["s3:GetObject"]
    resources = [local.states, local.state_locks]
  }

  # A plan holds the lock as an apply does; the state itself it cannot write.
  statement {
    sid       = "LockState"
    effect    = "Allow"
    actions   = ["s3:DeleteObject", "s3:PutObject"]
    resources = [local.state_locks]
  }

  dynamic "statement" {
    for_each = var.state_kms_key_arn == null ? [] : [var.state_kms_key_arn]

    content {
      sid       = "UseStateKey"
      effect    = "Allow"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = length(var.kms_key_arns) > 0 ? [sort(var.kms_key_arns)] : []

    content {
      sid       = "ReadWithKeys"
      effect    = "Allow"
      actions   = ["kms:Decrypt", "kms:DescribeKey"]
      resources = statement.value
    }
  }
}
