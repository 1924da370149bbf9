# What the inputs refuse, each with the value that just passes beside it. `make tf-test` makes a native test of each pair
# (tests/terraform/refusals.py); `given` is what every one of them sets besides.

given = {
  name              = "demo"
  bucket_arn        = "arn:aws:s3:::demo-data-123456789012"
  job_log_group_arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/batch/demo"
  repository_names  = ["demo/latest"]
}

refusals = {
  action_star = {
    input   = "job_roles"
    refused = { job_roles = { sample = { statements = [{ actions = ["*"], resources = ["*"] }] } } }
    passes  = { job_roles = { sample = { statements = [{ actions = ["sqs:SendMessage"], resources = ["*"] }] } } }
  }
  action_service_star = {
    input   = "job_roles"
    refused = { job_roles = { sample = { statements = [{ actions = ["s3:*"], resources = ["*"] }] } } }
    passes  = { job_roles = { sample = { statements = [{ actions = ["s3:Get*"], resources = ["*"] }] } } }
  }
  profile_name_length = {
    input   = "job_roles"
    refused = { job_roles = { aaaaaaaaaaaaaaaaaaa = {} } }
    passes  = { job_roles = { aaaaaaaaaaaaaaaaaa = {} } }
  }
  whole_bucket = {
    input   = "job_roles"
    refused = { job_roles = { sample = { read_prefixes = ["*/"] } } }
    passes  = { job_roles = { sample = { read_prefixes = ["a/"] } } }
  }
  prefix_without_slash = {
    input   = "job_roles"
    refused = { job_roles = { sample = { write_prefixes = ["out"] } } }
    passes  = { job_roles = { sample = { write_prefixes = ["out/"] } } }
  }
  role_that_allows_nothing = {
    input   = "job_roles"
    refused = { job_roles = { sample = { read_prefixes = [], write_prefixes = [] } } }
    passes  = { job_roles = { sample = { read_prefixes = [], write_prefixes = ["out/"] } } }
  }
  service_linked_role = {
    input   = "create_service_linked_roles"
    refused = { create_service_linked_roles = ["spot"] }
    passes  = { create_service_linked_roles = [] }
  }
  github_wildcard_repository = {
    input   = "github_deployer"
    refused = { github_deployer = { repository = "me/*" } }
    passes  = { github_deployer = { repository = "me/it" } }
  }
  github_any_subject = {
    input   = "github_deployer"
    refused = { github_deployer = { repository = "me/it", subjects = ["*"] } }
    passes  = { github_deployer = { repository = "me/it", subjects = ["environment:dev"] } }
  }
  github_without_repository = {
    input   = "github_deployer"
    refused = { github_deployer = { repository = "me/it" }, repository_names = [] }
    passes  = { github_deployer = { repository = "me/it" } }
  }
  secret_arn = {
    input   = "secret_arns"
    refused = { secret_arns = ["hunter2"] }
    passes  = { secret_arns = ["arn:aws:ssm:ap-northeast-1:123456789012:parameter/a"] }
  }
  name_length = {
    input   = "name"
    refused = { name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
    passes  = { name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
  }
  platforms = {
    input   = "platforms"
    refused = { platforms = [] }
    passes  = { platforms = ["EC2"] }
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
  statement_effect = {
    input   = "job_roles"
    refused = { job_roles = { a = { statements = [{ effect = "allow", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::x/*"] }] } } }
    passes  = { job_roles = { a = { statements = [{ effect = "Deny", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::x/*"] }] } } }
  }
  statement_sid_twice = {
    input   = "job_roles"
    refused = { job_roles = { a = { statements = [{ sid = "A", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::x/*"] }, { sid = "A", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::x/*"] }] } } }
    passes  = { job_roles = { a = { statements = [{ sid = "A", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::x/*"] }, { sid = "B", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::x/*"] }, { actions = ["s3:GetObject"], resources = ["arn:aws:s3:::x/*"] }, { actions = ["s3:GetObject"], resources = ["arn:aws:s3:::x/*"] }] } } }
  }
  statement_sid_of_the_module = {
    input   = "job_roles"
    refused = { job_roles = { a = { statements = [{ sid = "ReadObjects", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::x/*"] }] } } }
    passes  = { job_roles = { a = { statements = [{ sid = "ReadMore", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::x/*"] }] } } }
  }
  statement_sid_characters = {
    input   = "job_roles"
    refused = { job_roles = { a = { statements = [{ sid = "read-more", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::x/*"] }] } } }
    passes  = { job_roles = { a = { statements = [{ sid = "readMore", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::x/*"] }] } } }
  }
  job_policy_arn = {
    input   = "job_roles"
    refused = { job_roles = { a = { policy_arns = ["AmazonAthenaFullAccess"] } } }
    passes  = { job_roles = { a = { policy_arns = ["arn:aws:iam::aws:policy/AmazonAthenaFullAccess"] } } }
  }
  instance_policy_arn = {
    input   = "instance_policy_arns"
    refused = { instance_policy_arns = ["arn:aws:iam::123456789012:role/x"] }
    passes  = { instance_policy_arns = ["arn:aws:iam::123456789012:policy/x"] }
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
  extra_repository = {
    input   = "extra_repository_arns"
    refused = { extra_repository_arns = ["123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/base"] }
    passes  = { extra_repository_arns = ["arn:aws:ecr:ap-northeast-1:123456789012:repository/base"] }
  }
  bucket_key = {
    input   = "bucket_kms_key_arn"
    refused = { bucket_kms_key_arn = "alias/data" }
    passes  = { bucket_kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/a" }
  }
  submitter_group = {
    input   = "submitter_principal_arns"
    refused = { submitter_principal_arns = ["arn:aws:iam::123456789012:group/a"] }
    passes  = { submitter_principal_arns = ["arn:aws:iam::123456789012:role/a"] }
  }
  alias_of_the_secrets_key = {
    input   = "secrets_kms_key_arns"
    refused = { secrets_kms_key_arns = ["arn:aws:kms:ap-northeast-1:123456789012:alias/a"] }
    passes  = { secrets_kms_key_arns = ["arn:aws:kms:ap-northeast-1:123456789012:key/a"] }
  }
  subject_as_a_branch = {
    input   = "github_deployer"
    refused = { github_deployer = { repository = "a/b", subjects = ["ref:heads/main"] } }
    passes  = { github_deployer = { repository = "a/b", subjects = ["ref:refs/heads/main"] } }
  }
  deployer_policy = {
    input   = "github_deployer"
    refused = { github_deployer = { repository = "a/b", policy_arns = ["PowerUserAccess"] } }
    passes  = { github_deployer = { repository = "a/b", policy_arns = ["arn:aws:iam::aws:policy/PowerUserAccess"] } }
  }
  action_without_service = {
    input   = "job_roles"
    refused = { job_roles = { a = { statements = [{ actions = ["GetItem"], resources = ["*"] }] } } }
    passes  = { job_roles = { a = { statements = [{ actions = ["dynamodb:GetItem"], resources = ["*"] }] } } }
  }
  condition_operator = {
    input   = "job_roles"
    refused = { job_roles = { a = { statements = [{ actions = ["dynamodb:GetItem"], resources = ["*"], conditions = [{ test = "StringEqual", variable = "aws:SourceVpc", values = ["vpc-1"] }] }] } } }
    passes  = { job_roles = { a = { statements = [{ actions = ["dynamodb:GetItem"], resources = ["*"], conditions = [{ test = "StringEquals", variable = "aws:SourceVpc", values = ["vpc-1"] }] }] } } }
  }
}
