module "job_queue" {
  source = "../.."

  name     = "awa-batch-dev-ec2-high-priority"
  priority = 100
  compute_environments = [
    { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/a", platform = "EC2", cpu_architecture = "X86_64" },
  ]
}
