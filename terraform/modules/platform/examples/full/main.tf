module "platform" {
  source = "../.."

  project     = "genomics"
  environment = "prod"

  network = { availability_zone_count = 3, vpc_cidr = "10.70.0.0/16", nat = "per_az", flow_logs = { enabled = true } }
  images  = { repositories = { latest = { keep_releases = 100 }, test = {} } }
  storage = { out_expires_after = 365 }

  ec2 = {
    profile = "memory_bound"
    pools   = { spot = { max_vcpus = 1024 }, gpu = { gpu = true, max_vcpus = 96 } }
    queues  = { low = { pools = ["spot", "on_demand"] }, gpu = { priority = 50, pools = ["gpu"] } }
  }

  fargate = { pools = { on_demand = { max_vcpus = 64 }, spot = { max_vcpus = 256 } } }

  jobs = {
    sample = { ec2 = { vcpu = 1, memory = 1024 }, fargate = { vcpu = 0.5, memory = 1024 } }
    align = {
      ec2         = { profile = "memory_bound" }
      environment = { LEVEL = "info" }
      secrets     = { TOKEN = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/genomics/token" }
      timeout     = 43200
      role        = { read_prefixes = ["data/"], write_prefixes = ["out/align/"] }
    }
  }

  release = { images = { latest = { blue = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/genomics-prod/latest@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" } } }

  observability = {
    alerts             = { enabled = true, emails = ["team@example.com"] }
    dashboard          = true
    log_retention_days = 90
  }

  tags = { CostCenter = "1234" }
}
