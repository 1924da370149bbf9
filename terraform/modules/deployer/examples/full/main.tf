module "deployer" {
  source = "../.."

  project     = "awa-batch"
  environment = "prod"
  region      = "ap-northeast-1"

  # Who may assume the two roles.
  github = {
    repository      = "example/batch"
    deploy_subjects = ["environment:prod"]
    plan_subjects   = ["pull_request", "ref:refs/heads/main"]
    create_provider = true
  }
  deploy_principal_arns = ["arn:aws:iam::123456789012:role/on-call"]
  plan_principal_arns   = ["arn:aws:iam::123456789012:role/platform-team"]

  # What the environment names itself: network, roles, keys.
  role_path                = "/batch/"
  permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
  attachable_policy_arns   = ["arn:aws:iam::123456789012:policy/read-open-data"]
  kms_key_arns             = ["arn:aws:kms:ap-northeast-1:123456789012:key/11111111-2222-3333-4444-555555555555"]
  vpc_ids                  = ["vpc-0123456789abcdef0"]

  # Where its state lies.
  state_bucket      = "awa-batch-tfstate-123456789012-ap-northeast-1"
  state_kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/66666666-7777-8888-9999-000000000000"

  tags = { Project = "awa-batch" }
}
