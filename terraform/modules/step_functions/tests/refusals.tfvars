# What the inputs refuse, each with the value that just passes beside it. `make tf-test` makes a native test of each pair
# (tests/terraform/refusals.py); `given` is what every one of them sets besides.

given = {
  name                = "demo"
  queue_arns          = ["arn:aws:batch:ap-northeast-1:123456789012:job-queue/demo"]
  job_definition_arns = ["arn:aws:batch:ap-northeast-1:123456789012:job-definition/demo"]
}

refusals = {
  queue_by_name = {
    input   = "queue_arns"
    refused = { queue_arns = ["demo-fargate-high-priority"] }
    passes  = { queue_arns = ["arn:aws:batch:ap-northeast-1:123456789012:job-queue/demo-fargate-high-priority"] }
  }
  no_queue = {
    input   = "queue_arns"
    refused = { queue_arns = [] }
    passes  = { queue_arns = ["arn:aws:batch:ap-northeast-1:123456789012:job-queue/demo"] }
  }
  definition_of_another_kind = {
    input   = "job_definition_arns"
    refused = { job_definition_arns = ["arn:aws:batch:ap-northeast-1:123456789012:job-queue/demo"] }
    passes  = { job_definition_arns = ["arn:aws:batch:ap-northeast-1:123456789012:job-definition/demo:7"] }
  }
  name = {
    input   = "name"
    refused = { name = "Demo" }
    passes  = { name = "demo-2" }
  }
  boundary = {
    input   = "permissions_boundary_arn"
    refused = { permissions_boundary_arn = "boundary" }
    passes  = { permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary" }
  }
  role_path = {
    input   = "role_path"
    refused = { role_path = "batch" }
    passes  = { role_path = "/batch/" }
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
