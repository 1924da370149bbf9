# What the inputs refuse, each with the value that just passes beside it. `make tf-test` makes a native test of each pair
# (tests/terraform/refusals.py); `given` is what every one of them sets besides.

given = {
  domain = "demo"
}

refusals = {
  domain = {
    input   = "domain"
    refused = { domain = "demo-" }
    passes  = { domain = "demo-2" }
  }
  key_by_alias = {
    input   = "kms_key_arn"
    refused = { kms_key_arn = "alias/packages" }
    passes  = { kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/a" }
  }
  publisher_by_name = {
    input   = "publisher_arns"
    refused = { publisher_arns = ["ci"] }
    passes  = { publisher_arns = ["arn:aws:iam::123456789012:role/ci"] }
  }
  everybody_reads = {
    input   = "reader_arns"
    refused = { reader_arns = ["*"] }
    passes  = { reader_arns = ["arn:aws:iam::123456789012:root"] }
  }
  repository = {
    input   = "repository"
    refused = { repository = "-python" }
    passes  = { repository = "python-3" }
  }
  too_many_tags = {
    input   = "tags"
    refused = { tags = { for n in range(41) : "t${n}" => "x" } }
    passes  = { tags = { for n in range(40) : "t${n}" => "x" } }
  }
  tag_value_characters = {
    input   = "tags"
    refused = { tags = { x = "50%" } }
    passes  = { tags = { x = "50 _.:/=+-@" } }
  }
}
