module "resources_fargate" {
  source = "../.."

  name               = "awa-batch-dev"
  subnet_ids         = ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"]
  security_group_ids = ["sg-0a1b2c3d4e5f60001"]
  execution_role_arn = "arn:aws:iam::123456789012:role/awa-batch-dev-execution"
  log_group          = "/aws/batch/awa-batch-dev"

  cpu_architecture = "ARM64"
  pools            = { on_demand = { max_vcpus = 64 }, spot = { max_vcpus = 256 } }
  profiles         = { wide = { vcpu = 16, memory = 65536 } }

  queues = {
    high = { fair_share = { shares = { research = 0.5, default = 1 } } }
    low  = { pools = ["spot", "on_demand"] }
  }

  jobs = {
    sample = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/awa-batch-dev/latest@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", job_role_arn = "arn:aws:iam::123456789012:role/awa-batch-dev-job-sample" }
    wide   = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/awa-batch-dev/latest@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", job_role_arn = "arn:aws:iam::123456789012:role/awa-batch-dev-job-sample", profile = "wide", ephemeral_storage = 100 }
  }

  tags = { Project = "awa-batch" }
}
