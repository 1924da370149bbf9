module "iam" {
  source = "../.."

  name              = "awa-batch-dev"
  bucket_arn        = "arn:aws:s3:::awa-batch-dev-data-123456789012"
  job_log_group_arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/batch/awa-batch-dev"
}
