# What the inputs refuse, each with the value that just passes beside it. `make tf-test` makes a native test of each pair
# (tests/terraform/refusals.py); `given` is what every one of them sets besides.

given = {
  project = "awa-batch"
}

refusals = {
  project_length = {
    input   = "project"
    refused = { project = "aaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
    passes  = { project = "aaaaaaaaaaaaaaaaaaaaaaaaaaa" }
  }
  bucket_name = {
    input   = "bucket_name"
    refused = { bucket_name = "a_b" }
    passes  = { bucket_name = "a-b" }
  }
  key = {
    input   = "kms_key_arn"
    refused = { kms_key_arn = "alias/mine" }
    passes  = { kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/a" }
  }
  deployers_of_one_environment = {
    input   = "deployers"
    refused = { deployers = { a = { environment = "dev", create = false }, b = { environment = "dev", create = false } } }
    passes  = { deployers = { a = { environment = "dev", create = false }, b = { environment = "prod", create = false } } }
  }
  deployers_name = {
    input   = "deployers"
    refused = { deployers = { "a/b" = { create = false } } }
    passes  = { deployers = { a-b = { create = false } } }
  }
  old_versions = {
    input   = "old_versions_after"
    refused = { old_versions_after = 29 }
    passes  = { old_versions_after = 30 }
  }
  region = {
    input   = "region"
    refused = { region = "tokyo" }
    passes  = { region = "us-gov-west-1" }
  }
}
