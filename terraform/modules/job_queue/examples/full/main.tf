module "job_queue" {
  source = "../.."

  name     = "awa-batch-dev-fargate-high-priority"
  priority = 100
  compute_environments = [
    { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/spot", platform = "FARGATE", cpu_architecture = "X86_64" },
    { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/on-demand", platform = "FARGATE", cpu_architecture = "X86_64" },
  ]

  fair_share = {
    default_share_identifier = "default"
    shares                   = { "research*" = 0.5, default = 1 }
    share_decay_seconds      = 7200
    compute_reservation      = 10
  }

  state_time_limits = { insufficient_instance_capacity = 43200, job_resource_requirement = 600 }

  tags = { Project = "awa-batch" }
}
