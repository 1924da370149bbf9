module "iam" {
  source = "../.."

  name               = "awa-batch-dev"
  platforms          = ["EC2", "FARGATE"]
  bucket_arn         = "arn:aws:s3:::awa-batch-dev-data-123456789012"
  bucket_kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  job_log_group_arn  = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/batch/awa-batch-dev"

  job_roles = {
    sample = {}
    report = {
      read_prefixes  = ["out/"]
      write_prefixes = ["out/reports/"]
      statements = [{
        sid       = "Notify"
        actions   = ["sqs:SendMessage"]
        resources = ["arn:aws:sqs:ap-northeast-1:123456789012:reports"]
      }]
    }
  }

  queue_names          = ["awa-batch-dev-fargate-high-priority"]
  job_definition_names = ["awa-batch-dev-fargate-sample", "awa-batch-dev-fargate-report"]
  repository_names     = ["awa-batch-dev/latest"]
  secret_arns          = ["arn:aws:ssm:ap-northeast-1:123456789012:parameter/reports/level"]

  submitter_principal_arns = ["arn:aws:iam::123456789012:role/data-team"]
  github_deployer          = { repository = "example/batch", subjects = ["environment:dev"], create_provider = true }

  tags = { Project = "awa-batch" }
}
