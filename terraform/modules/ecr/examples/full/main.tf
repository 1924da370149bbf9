module "ecr" {
  source = "../.."

  name = "awa-batch-prod"

  repositories = {
    latest = { keep_releases = 100 }
    test   = { keep_releases = 5, delete_untagged_after = 3 }
  }

  encryption       = { type = "KMS", kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/11111111-2222-3333-4444-555555555555" }
  pull_account_ids = ["210987654321"]
  replicate_to     = [{ region = "ap-northeast-3" }]

  tags = { Project = "awa-batch" }
}
