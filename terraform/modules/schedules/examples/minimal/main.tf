module "schedules" {
  source = "../.."

  name = "awa-batch-dev"
  schedules = {
    nightly = { cron = "0 3 * * ? *", queue_name = "awa-batch-dev-fargate-low-priority", job_definition_name = "awa-batch-dev-fargate-sample" }
  }
}
