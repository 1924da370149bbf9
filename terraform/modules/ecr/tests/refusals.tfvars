# What the inputs refuse, each with the value that just passes beside it. `make tf-test` makes a native test of each pair
# (tests/terraform/refusals.py); `given` is what every one of them sets besides.

given = {
  name = "demo"
}

refusals = {
  encryption_type = {
    input   = "encryption"
    refused = { encryption = { type = "AES" } }
    passes  = { encryption = { type = "KMS" } }
  }
  key_without_kms = {
    input   = "encryption"
    refused = { encryption = { kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/a" } }
    passes  = { encryption = { type = "KMS", kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/a" } }
  }
  pull_account = {
    input   = "pull_account_ids"
    refused = { pull_account_ids = ["1234"] }
    passes  = { pull_account_ids = ["210987654321"] }
  }
  no_repository = {
    input   = "repositories"
    refused = { repositories = {} }
    passes  = { repositories = { latest = {} } }
  }
  repository_name = {
    input   = "repositories"
    refused = { repositories = { "Latest" = {} } }
    passes  = { repositories = { "team-a.latest" = {} } }
  }
  keep_none = {
    input   = "repositories"
    refused = { repositories = { latest = { keep_releases = 0 } } }
    passes  = { repositories = { latest = { keep_releases = 1 } } }
  }
  too_many_destinations = {
    input   = "replicate_to"
    refused = { replicate_to = [for n in range(26) : { region = "us-east-1" }] }
    passes  = { replicate_to = [for n in range(25) : { region = "us-east-1" }] }
  }
  name = {
    input   = "name"
    refused = { name = "d" }
    passes  = { name = "de" }
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
  key_by_alias = {
    input   = "encryption"
    refused = { encryption = { type = "KMS", kms_key_arn = "alias/images" } }
    passes  = { encryption = { type = "KMS", kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/a" } }
  }
}
