# What the inputs refuse, each with the value that just passes beside it. `make tf-test` makes a native test of each pair
# (tests/terraform/refusals.py); `given` is what every one of them sets besides.

given = {
  project = "demo"
}

refusals = {
  account = {
    input   = "account_id"
    refused = { account_id = "12345678901" }
    passes  = { account_id = "123456789012" }
  }
  attachable_pattern = {
    input   = "attachable_policy_arns"
    refused = { attachable_policy_arns = ["arn:aws:iam::123456789012:policy/*"] }
    passes  = { attachable_policy_arns = ["arn:aws:iam::123456789012:policy/read"] }
  }
  attachable_administrator = {
    input   = "attachable_policy_arns"
    refused = { attachable_policy_arns = ["arn:aws:iam::aws:policy/AdministratorAccess"] }
    passes  = { attachable_policy_arns = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"] }
  }
  deploy_principal = {
    input   = "deploy_principal_arns"
    refused = { deploy_principal_arns = ["arn:aws:iam::123456789012:role/*"] }
    passes  = { deploy_principal_arns = ["arn:aws:iam::123456789012:role/team"] }
  }
  plan_principal = {
    input   = "plan_principal_arns"
    refused = { plan_principal_arns = ["team"] }
    passes  = { plan_principal_arns = ["arn:aws:iam::123456789012:user/team"] }
  }
  environment = {
    input   = "environment"
    refused = { environment = "d*" }
    passes  = { environment = "*" }
  }
  environment_length = {
    input   = "environment"
    refused = { environment = "abcdefghijklm" }
    passes  = { environment = "abcdefghijkl" }
  }
  github_repository = {
    input   = "github"
    refused = { github = { repository = "example/*" } }
    passes  = { github = { repository = "example/batch" } }
  }
  github_everybody = {
    input   = "github"
    refused = { github = { repository = "example/batch", plan_subjects = ["*"] } }
    passes  = { github = { repository = "example/batch", plan_subjects = ["pull_request"] } }
  }
  github_pull_requests_deploy = {
    input   = "github"
    refused = { github = { repository = "example/batch", deploy_subjects = ["pull_request"] } }
    passes  = { github = { repository = "example/batch", deploy_subjects = ["environment:prod"] } }
  }
  keys = {
    input   = "kms_key_arns"
    refused = { kms_key_arns = ["alias/mine"] }
    passes  = { kms_key_arns = ["arn:aws:kms:ap-northeast-1:123456789012:key/a"] }
  }
  keys_count = {
    input   = "kms_key_arns"
    refused = { kms_key_arns = [for n in range(6) : "arn:aws:kms:ap-northeast-1:123456789012:key/${n}"] }
    passes  = { kms_key_arns = [for n in range(5) : "arn:aws:kms:ap-northeast-1:123456789012:key/${n}"] }
  }
  path = {
    input   = "path"
    refused = { path = "/" }
    passes  = { path = "/deployers/" }
  }
  path_of_the_roles = {
    input   = "path"
    refused = { path = "/batch/", role_path = "/batch/" }
    passes  = { path = "/deployers/", role_path = "/batch/" }
  }
  boundary = {
    input   = "permissions_boundary_arn"
    refused = { permissions_boundary_arn = "boundary" }
    passes  = { permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary" }
  }
  project = {
    input   = "project"
    refused = { project = "aaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
    passes  = { project = "aaaaaaaaaaaaaaaaaaaaaaaaaaa" }
  }
  region = {
    input   = "region"
    refused = { region = "tokyo" }
    passes  = { region = "us-gov-west-1" }
  }
  role_path = {
    input   = "role_path"
    refused = { role_path = "batch" }
    passes  = { role_path = "/batch/" }
  }
  state_bucket = {
    input   = "state_bucket"
    refused = { state_bucket = "a_b" }
    passes  = { state_bucket = "a-b" }
  }
  state_key = {
    input   = "state_key"
    refused = { state_key = "*" }
    passes  = { state_key = "awa-batch/dev/terraform.tfstate" }
  }
  state_kms_key = {
    input   = "state_kms_key_arn"
    refused = { state_kms_key_arn = "alias/mine" }
    passes  = { state_kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/a" }
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
  vpc = {
    input   = "vpc_ids"
    refused = { vpc_ids = ["subnet-0123456789abcdef0"] }
    passes  = { vpc_ids = ["vpc-0123456789abcdef0"] }
  }
  subject_as_a_branch = {
    input   = "github"
    refused = { github = { repository = "a/b", deploy_subjects = ["main"] } }
    passes  = { github = { repository = "a/b", deploy_subjects = ["ref:refs/heads/main"] } }
  }
}
