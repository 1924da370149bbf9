mock_provider "aws" {
  source = "../../testing/mocks"
}

variables {
  bucket_name = "demo-data-123456789012"
}

run "defaults" {
  command = plan

  assert {
    condition     = !aws_s3_bucket.data.force_destroy && aws_s3_bucket_versioning.data.versioning_configuration[0].status == "Enabled"
    error_message = "Data must not go by accident."
  }

  assert {
    condition     = aws_s3_bucket_public_access_block.data.block_public_acls && aws_s3_bucket_public_access_block.data.block_public_policy && aws_s3_bucket_public_access_block.data.ignore_public_acls && aws_s3_bucket_public_access_block.data.restrict_public_buckets
    error_message = "The bucket must be private."
  }

  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.data.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "AES256"
    error_message = "Objects must be encrypted without asking."
  }

  assert {
    condition     = [for rule in aws_s3_bucket_lifecycle_configuration.data[0].rule : rule.id] == ["abort-unfinished-uploads", "drop-old-versions", "drop-submitted", "age-results"]
    error_message = "Unfinished uploads, old versions and old results must not pile up."
  }
}

run "own_key_without_lifecycle" {
  command = plan

  variables {
    kms_key_arn       = "arn:aws:kms:ap-northeast-1:123456789012:key/a"
    lifecycle_enabled = false
  }

  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.data.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms" && one(aws_s3_bucket_server_side_encryption_configuration.data.rule).bucket_key_enabled && length(aws_s3_bucket_lifecycle_configuration.data) == 0
    error_message = "An own key goes with a bucket key, which saves most KMS requests."
  }
}

run "statements_of_ones_own" {
  command = plan

  variables {
    bucket_name       = "demo-data-123456789012"
    policy_statements = [{ sid = "Read", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::demo-data-123456789012/out/*"], principals = { AWS = ["arn:aws:iam::210987654321:root"] } }]
  }

  assert {
    condition     = join(" ", data.aws_iam_policy_document.bucket.statement[*].sid) == "DenyPlainHttp Read"
    error_message = "They stand beside the one that denies plain HTTP."
  }
}
