module "step_functions" {
  source = "../.."

  name                = "awa-batch-dev"
  queue_arns          = ["arn:aws:batch:ap-northeast-1:123456789012:job-queue/awa-batch-dev-fargate-high-priority"]
  job_definition_arns = ["arn:aws:batch:ap-northeast-1:123456789012:job-definition/awa-batch-dev-fargate-sample"]
}
