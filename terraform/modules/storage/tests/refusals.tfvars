# What the inputs refuse, each with the value that just passes beside it. `make tf-test` makes a native test of each pair
# (tests/terraform/refusals.py); `given` is what every one of them sets besides.

given = {
  bucket_name = "demo-data-123456789012"
}

refusals = {
  bucket_name = {
    input   = "bucket_name"
    refused = { bucket_name = "Demo" }
    passes  = { bucket_name = "dem" }
  }
  bucket_name_length = {
    input   = "bucket_name"
    refused = { bucket_name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
    passes  = { bucket_name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
  }
  infrequent_early = {
    input   = "out_infrequent_after"
    refused = { out_infrequent_after = 29 }
    passes  = { out_infrequent_after = 30 }
  }
  expires_before_infrequent = {
    input   = "out_infrequent_after"
    refused = { out_infrequent_after = 90, out_expires_after = 90 }
    passes  = { out_infrequent_after = 90, out_expires_after = 91 }
  }
  expires_at_once = {
    input   = "out_expires_after"
    refused = { out_expires_after = 0, out_infrequent_after = null }
    passes  = { out_expires_after = 1, out_infrequent_after = null }
  }
  abort_at_once = {
    input   = "abort_uploads_after"
    refused = { abort_uploads_after = 0 }
    passes  = { abort_uploads_after = 1 }
  }
  old_versions = {
    input   = "old_versions_after"
    refused = { old_versions_after = 0 }
    passes  = { old_versions_after = 1 }
  }
  key = {
    input   = "kms_key_arn"
    refused = { kms_key_arn = "alias/mine" }
    passes  = { kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/a" }
  }
  submitted_below_two_weeks = {
    input   = "submit_expires_after"
    refused = { submit_expires_after = 13 }
    passes  = { submit_expires_after = 14 }
  }
  too_many_tags = {
    input   = "tags"
    refused = { tags = { for n in range(41) : "t${n}" => "x" } }
    passes  = { tags = { for n in range(40) : "t${n}" => "x" } }
  }
  tag_key_of_aws = {
    input   = "tags"
    refused = { tags = { "AWS:x" = "1" } }
    passes  = { tags = { "awsx" = "1" } }
  }
  tag_value_characters = {
    input   = "tags"
    refused = { tags = { x = "50%" } }
    passes  = { tags = { x = "50 _.:/=+-@" } }
  }
  reserved_prefix = {
    input   = "bucket_name"
    refused = { bucket_name = "xn--demo" }
    passes  = { bucket_name = "xn-demo" }
  }
  reserved_suffix = {
    input   = "bucket_name"
    refused = { bucket_name = "demo--x-s3" }
    passes  = { bucket_name = "demo-x-s3" }
  }
  statement_of_the_module = {
    input   = "policy_statements"
    refused = { bucket_name = "demo-data-123456789012", policy_statements = [{ sid = "DenyPlainHttp", effect = "Allow", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::demo-data-123456789012/out/*"], principals = { AWS = ["arn:aws:iam::210987654321:root"] } }] }
    passes  = { bucket_name = "demo-data-123456789012", policy_statements = [{ sid = "Read", effect = "Allow", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::demo-data-123456789012/out/*"], principals = { AWS = ["arn:aws:iam::210987654321:root"] } }] }
  }
  statement_effect = {
    input   = "policy_statements"
    refused = { bucket_name = "demo-data-123456789012", policy_statements = [{ sid = "Read", effect = "allow", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::demo-data-123456789012/out/*"], principals = { AWS = ["arn:aws:iam::210987654321:root"] } }] }
    passes  = { bucket_name = "demo-data-123456789012", policy_statements = [{ sid = "Read", effect = "Deny", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::demo-data-123456789012/out/*"], principals = { AWS = ["arn:aws:iam::210987654321:root"] } }] }
  }
  statement_of_another_bucket = {
    input   = "policy_statements"
    refused = { bucket_name = "demo-data-123456789012", policy_statements = [{ sid = "Read", effect = "Allow", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::other/*"], principals = { AWS = ["arn:aws:iam::210987654321:root"] } }] }
    passes  = { bucket_name = "demo-data-123456789012", policy_statements = [{ sid = "Read", effect = "Allow", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::demo-data-123456789012"], principals = { AWS = ["arn:aws:iam::210987654321:root"] } }] }
  }
  statement_for_anybody = {
    input   = "policy_statements"
    refused = { bucket_name = "demo-data-123456789012", policy_statements = [{ sid = "Read", effect = "Allow", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::demo-data-123456789012/out/*"], principals = { "*" = ["*"] } }] }
    passes  = { bucket_name = "demo-data-123456789012", policy_statements = [{ sid = "Read", effect = "Allow", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::demo-data-123456789012/out/*"], principals = { Service = ["logging.s3.amazonaws.com"] } }] }
  }
  kind_of_principal = {
    input   = "policy_statements"
    refused = { policy_statements = [{ sid = "A", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::demo-data-123456789012/*"], principals = { aws = ["210987654321"] }, conditions = [{ test = "StringEquals", variable = "aws:SourceVpc", values = ["vpc-1"] }] }] }
    passes  = { policy_statements = [{ sid = "A", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::demo-data-123456789012/*"], principals = { AWS = ["210987654321"] }, conditions = [{ test = "StringEquals", variable = "aws:SourceVpc", values = ["vpc-1"] }] }] }
  }
  condition_operator = {
    input   = "policy_statements"
    refused = { policy_statements = [{ sid = "A", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::demo-data-123456789012/*"], principals = { AWS = ["210987654321"] }, conditions = [{ test = "Equals", variable = "aws:SourceVpc", values = ["vpc-1"] }] }] }
    passes  = { policy_statements = [{ sid = "A", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::demo-data-123456789012/*"], principals = { AWS = ["210987654321"] }, conditions = [{ test = "StringEquals", variable = "aws:SourceVpc", values = ["vpc-1"] }] }] }
  }
}
