module "codeartifact" {
  source = "../.."

  domain          = "acme"
  repository      = "batch"
  public_packages = false
  kms_key_arn     = "arn:aws:kms:ap-northeast-1:123456789012:key/11111111-2222-3333-4444-555555555555"

  # CI of the repository that publishes, and another account whose images are built with what it publishes.
  publisher_arns = ["arn:aws:iam::123456789012:role/ci-scoring"]
  reader_arns    = ["arn:aws:iam::210987654321:root"]

  tags = { Project = "awa-batch" }
}

resource "aws_iam_policy" "builder" {
  name   = "batch-packages-read"
  policy = module.codeartifact.read_policy_json
}
