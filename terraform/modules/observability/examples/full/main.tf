module "observability" {
  source = "../.."

  name               = "awa-batch-prod"
  log_retention_days = 90
  kms_key_arn        = "arn:aws:kms:ap-northeast-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  dashboard          = true

  alerts = {
    enabled          = true
    emails           = ["team@example.com"]
    https_endpoints  = ["https://alerts.example.com/batch"]
    failed_threshold = 5
  }

  queues = { awa-batch-prod-ec2-high-priority = 256, awa-batch-prod-fargate-high-priority = 64 }

  tags = { Project = "awa-batch" }
}
