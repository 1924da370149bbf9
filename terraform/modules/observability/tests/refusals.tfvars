# What the inputs refuse, each with the value that just passes beside it. `make tf-test` makes a native test of each pair
# (tests/terraform/refusals.py); `given` is what every one of them sets besides.

given = {
  name = "demo"
}

refusals = {
  log_retention = {
    input   = "log_retention_days"
    refused = { log_retention_days = 31 }
    passes  = { log_retention_days = 30 }
  }
  history_retention = {
    input   = "history"
    refused = { history = { enabled = true, retention_days = 366 } }
    passes  = { history = { enabled = true, retention_days = 365 } }
  }
  email = {
    input   = "alerts"
    refused = { alerts = { enabled = true, emails = ["team"] } }
    passes  = { alerts = { enabled = true, emails = ["team@example.com"] } }
  }
  plain_http = {
    input   = "alerts"
    refused = { alerts = { enabled = true, https_endpoints = ["http://example.com"] } }
    passes  = { alerts = { enabled = true, https_endpoints = ["https://example.com"] } }
  }
  threshold = {
    input   = "alerts"
    refused = { alerts = { failed_threshold = 0 } }
    passes  = { alerts = { failed_threshold = 1 } }
  }
  receivers_of_nothing = {
    input   = "alerts"
    refused = { alerts = { emails = ["team@example.com"] } }
    passes  = { alerts = { enabled = true, emails = ["team@example.com"] } }
  }
  name = {
    input   = "name"
    refused = { name = "demo_" }
    passes  = { name = "demo-" }
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
  observability_key = {
    input   = "kms_key_arn"
    refused = { kms_key_arn = "alias/logs" }
    passes  = { kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/a" }
  }
  alerts_key = {
    input   = "alerts"
    refused = { alerts = { enabled = true, kms_key_arn = "alias/alerts" } }
    passes  = { alerts = { enabled = true, kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/a" } }
  }
}
