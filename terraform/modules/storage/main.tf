data "aws_partition" "current" {}

resource "aws_s3_bucket" "data" {
  # checkov:skip=CKV2_AWS_62: nothing here acts on new objects
  # checkov:skip=CKV_AWS_144: versions are kept; a copy in another region doubles the cost and is a choice of the data, not of the platform
  # checkov:skip=CKV_AWS_18: who read what is for CloudTrail data events, which cover every bucket of an account

  bucket        = var.bucket_name
  force_destroy = var.force_destroy

  tags = var.tags
}

resource "aws_s3_bucket_public_access_block" "data" {
  bucket                  = aws_s3_bucket.data.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "data" {
  bucket = aws_s3_bucket.data.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "data" {
  bucket = aws_s3_bucket.data.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  bucket = aws_s3_bucket.data.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

data "aws_iam_policy_document" "bucket" {
  statement {
    sid     = "DenyPlainHttp"
    effect  = "Deny"
    actions = ["s3:*"]
    resources = [
      "arn:${data.aws_partition.current.partition}:s3:::${var.bucket_name}",
      "arn:${data.aws_partition.current.partition}:s3:::${var.bucket_name}/*",
    ]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = var.policy_statements

    content {
      sid       = statement.value.sid
      effect    = statement.value.effect
      actions   = statement.value.actions
      resources = statement.value.resources

      dynamic "principals" {
        for_each = statement.value.principals

        content {
          type        = principals.key
          identifiers = principals.value
        }
      }

      dynamic "condition" {
        for_each = statement.value.conditions

        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_s3_bucket_policy" "data" {
  bucket = aws_s3_bucket.data.id
  policy = data.aws_iam_policy_document.bucket.json

  # S3 refuses two changes of a bucket's access settings at the same time.
  depends_on = [aws_s3_bucket_public_access_block.data]
}

resource "aws_s3_bucket_lifecycle_configuration" "data" {
  # checkov:skip=CKV_AWS_300: the first rule does, for the whole bucket

  count = var.lifecycle_enabled ? 1 : 0

  bucket = aws_s3_bucket.data.id

  rule {
    id     = "abort-unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = var.abort_uploads_after
    }
  }

  rule {
    id     = "drop-old-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.old_versions_after
    }

    expiration {
      expired_object_delete_marker = true
    }
  }

  dynamic "rule" {
    for_each = var.submit_expires_after == null ? [] : [var.submit_expires_after]

    content {
      id     = "drop-submitted"
      status = "Enabled"

      filter {
        prefix = "submit/"
      }

      expiration {
        days = rule.value
      }
    }
  }

  dynamic "rule" {
    for_each = var.out_infrequent_after == null && var.out_expires_after == null ? [] : [1]

    content {
      id     = "age-results"
      status = "Enabled"

      filter {
        prefix = "out/"
      }

      dynamic "transition" {
        for_each = var.out_infrequent_after == null ? [] : [var.out_infrequent_after]

        content {
          days          = transition.value
          storage_class = "STANDARD_IA"
        }
      }

      dynamic "expiration" {
        for_each = var.out_expires_after == null ? [] : [var.out_expires_after]

        content {
          days = expiration.value
        }
      }
    }
  }

  # Rules on old versions need versioning to be on first.
  depends_on = [aws_s3_bucket_versioning.data]
}
