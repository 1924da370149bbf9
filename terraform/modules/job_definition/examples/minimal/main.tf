module "job_definition" {
  source = "../.."

  name               = "awa-batch-dev-fargate-sample"
  platform           = "FARGATE"
  image              = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/awa-batch-dev/latest@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  execution_role_arn = "arn:aws:iam::123456789012:role/awa-batch-dev-execution"
  job_role_arn       = "arn:aws:iam::123456789012:role/awa-batch-dev-job-sample"
  log_group          = "/aws/batch/awa-batch-dev"
  container          = { vcpu = 0.5, memory = 1024 }
}
