module "resources_ec2" {
  source = "../.."

  name               = "awa-batch-dev"
  subnet_ids         = ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"]
  security_group_ids = ["sg-0a1b2c3d4e5f60001"]
  execution_role_arn = "arn:aws:iam::123456789012:role/awa-batch-dev-execution"
  log_group          = "/aws/batch/awa-batch-dev"

  instance_profile_arn = "arn:aws:iam::123456789012:instance-profile/awa-batch-dev-instance"

  profile          = "mine"
  profiles         = { mine = { vcpu = 4, memory = 15360, max_vcpus = 128 } }
  cpu_architecture = "ARM64"
  ami_refresh      = true
  disk             = { size = 200, iops = 6000, throughput = 500 }
  update_policy    = { job_timeout_minutes = 120 }

  pools = {
    on_demand = {
      max_vcpus = 64
      generations = {
        "2026-10" = { state = "draining" }
        "2026-11" = { instance_types = ["c7g", "m7g"] }
      }
    }
    spot = { allocation_strategy = "SPOT_CAPACITY_OPTIMIZED", bid_percentage = 80 }
    gpu  = { gpu = true, architecture = "X86_64", instance_types = ["g6.2xlarge", "g6.4xlarge"], max_vcpus = 96, disk = { size = 400 } }
  }

  queues = {
    high = { scheduling = "FAIR_SHARE", fair_share = { default_share_identifier = "default", shares = { research = 0.5 } } }
    low  = { pools = ["spot", "on_demand"], state_time_limits = { insufficient_instance_capacity = 43200 } }
    gpu  = { priority = 50, pools = ["gpu"] }
  }

  jobs = {
    sample = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/awa-batch-dev/latest@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", job_role_arn = "arn:aws:iam::123456789012:role/awa-batch-dev-job-sample" }
    large  = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/awa-batch-dev/latest@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", job_role_arn = "arn:aws:iam::123456789012:role/awa-batch-dev-job-sample", profile = "large", timeout = 43200 }
  }

  tags = { Project = "awa-batch" }
}
