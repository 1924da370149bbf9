# The variants of a platform that tests/terraform/test_templates.py has judged.
mock_provider "aws" {
  source = "../../testing/mocks"
}

# Known in the plan, so that the containers of job definitions are.
override_resource {
  target          = module.iam.aws_iam_role.execution
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/execution" }
}

override_resource {
  target          = module.iam.aws_iam_role.job
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/job" }
}

run "dev" {
  command = plan

  module {
    source = "../../environments/dev"
  }

  override_resource {
    target          = module.platform.module.iam.aws_iam_role.execution
    override_during = plan
    values          = { arn = "arn:aws:iam::123456789012:role/execution" }
  }

  override_resource {
    target          = module.platform.module.iam.aws_iam_role.job
    override_during = plan
    values          = { arn = "arn:aws:iam::123456789012:role/job" }
  }

  variables {
    release = { images = { latest = { blue = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/awa-batch-dev/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", green = null } } }
  }
}

run "prod" {
  command = plan

  module {
    source = "../../environments/prod"
  }

  override_resource {
    target          = module.platform.module.iam.aws_iam_role.execution
    override_during = plan
    values          = { arn = "arn:aws:iam::123456789012:role/execution" }
  }

  override_resource {
    target          = module.platform.module.iam.aws_iam_role.job
    override_during = plan
    values          = { arn = "arn:aws:iam::123456789012:role/job" }
  }

  variables {
    release = { images = { latest = { blue = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/awa-batch-prod/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", green = null } } }
  }
}

run "everything" {
  command = plan

  variables {
    environment = "all"
    release     = { images = { latest = { blue = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/awa-batch-all/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", green = null } } }
    ec2 = {
      ami_refresh = true
      disk        = { size = 200, iops = 4000, throughput = 500, kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/11111111-2222-3333-4444-555555555555" }
      pools = {
        gpu      = { gpu = true, disk = { size = 100 }, user_data = "#!/bin/sh\necho hello", tags = { Team = "a" } }
        reserved = { capacity_reservation = { id = "cr-0123456789abcdef0" }, placement_group = "near", image_id = "ami-0123456789abcdef0" }
        spot     = { bid_percentage = 60, allocation_strategy = "SPOT_CAPACITY_OPTIMIZED", generations = { a = { state = "draining" }, b = {} } }
      }
      queues = {
        gpu  = { priority = 50, pools = ["gpu"] }
        fair = { priority = 20, pools = ["on_demand", "reserved"], scheduling = "FAIR_SHARE", fair_share = { default_share_identifier = "other", compute_reservation = 10, shares = { teamA = 0.5, "x*" = 2 } } }
        low  = { pools = ["spot", "on_demand"], state_time_limits = { insufficient_instance_capacity = 7200 } }
      }
    }
    iam = {
      session_manager          = true
      github_deployer          = { repository = "example/batch", create_provider = true }
      permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
      role_path                = "/batch/"
      submitter_principal_arns = ["arn:aws:iam::123456789012:role/scientists"]
    }
    images = {
      encryption       = { type = "KMS", kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/11111111-2222-3333-4444-555555555555" }
      pull_account_ids = ["210987654321"]
      replicate_to     = [{ region = "us-west-2" }]
    }
    network = {
      nat                       = "single"
      interface_endpoints       = true
      extra_interface_endpoints = ["secretsmanager", "ssm", "sts"]
      flow_logs                 = { enabled = true, traffic_type = "ALL" }
      egress_rules = {
        https = { description = "HTTPS", from_port = 443, to_port = 443 }
        efs   = { description = "EFS", from_port = 2049, to_port = 2049, cidr_ipv4 = "10.64.0.0/16" }
        ping  = { description = "ping", protocol = "icmp", from_port = 8, to_port = -1 }
      }
    }
    observability = {
      alerts      = { enabled = true, emails = ["team@example.com"], https_endpoints = ["https://example.com/alerts"] }
      dashboard   = true
      kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    }
    storage = {
      kms_key_arn       = "arn:aws:kms:ap-northeast-1:123456789012:key/11111111-2222-3333-4444-555555555555"
      out_expires_after = 365
    }
    schedules = {
      nightly = { job = "fargate-sample", queue = "fargate-low-priority", cron = "0 3 * * ? *", timezone = "Asia/Tokyo", array = 10, parameters = { day = "today" } }
      often   = { job = "ec2-sample", queue = "ec2-low-priority", rate = "30 minutes", enabled = false }
    }
    jobs = {
      sample = {
        ec2         = { vcpu = 2, memory = 4096, privileged = true, ulimits = { nofile = { soft = 1024, hard = 4096 } }, linux_parameters = { max_swap = 0, swappiness = 60, devices = ["/dev/fuse"] }, host_volumes = { scratch = { host_path = "/scratch", container_path = "/scratch" } } }
        fargate     = { vcpu = 4, memory = 8192, ephemeral_storage = 100, platform_version = "1.4.0" }
        command     = ["python", "run.py", "Ref::day"]
        environment = { LEVEL = "debug" }
        parameters  = { day = "today" }
        secrets     = { TOKEN = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:api-AbCdEf:token::", LEVELS = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/app/level" }
        efs_volumes = { ref = { file_system_id = "fs-0123456789abcdef0", container_path = "/ref", access_point_id = "fsap-0123456789abcdef0" } }
        retry       = { attempts = 5, rules = [{ action = "RETRY", on_exit_code = "13*" }, { action = "EXIT", on_reason = "*" }] }
      }
      train = { ec2 = { vcpu = 8, memory = 30000, gpus = 1 } }
      shell = { fargate = { vcpu = 1, memory = 2048 }, read_only_root = false, enable_execute_command = true }
    }
    tags = { "cost:center" = "a b + c/d@e" }
  }
}

run "arm_and_nat_per_zone" {
  command = plan

  variables {
    environment = "arm"
    release     = { images = { latest = { blue = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/awa-batch-arm/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", green = null } } }
    ec2         = { cpu_architecture = "ARM64" }
    fargate     = { cpu_architecture = "ARM64" }
    network     = { nat = "per_az", availability_zone_count = 3 }
  }
}

run "existing_vpc" {
  command = plan

  variables {
    environment = "theirs"
    release     = { images = { latest = { blue = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/awa-batch-theirs/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", green = null } } }
    network     = { existing_vpc = { vpc_id = "vpc-0123456789abcdef0", private_subnet_ids = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"], security_group_ids = ["sg-0123456789abcdef0"] } }
  }
}

run "longest_names" {
  command = plan

  variables {
    project     = "prrrrrrrrrrrrrrrrrrrrrrrrrr"
    environment = "ennnnnnnnnnn"
    release     = { images = { latest = { blue = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/prrrrrrrrrrrrrrrrrrrrrrrrrr-ennnnnnnnnnn/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", green = null } } }
    ec2 = {
      pools  = { abbbbbbbbbbbbbbbbbbbbbbbbbbbbbb = { generations = { gbbbbbbbbbbbbbbbbbbbbbbb = {} } } }
      queues = { abbbbbbbbbbbbbbbbbbbbbbbbbbbbbb = { priority = 1, pools = ["abbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"], scheduling = "FAIR_SHARE", fair_share = { default_share_identifier = "a" } } }
    }
    fargate = {
      pools  = { abbbbbbbbbbbbbbbbbbbbbbbbbbbbbb = {} }
      queues = { abbbbbbbbbbbbbbbbbbbbbbbbbbbbbb = { priority = 1, pools = ["abbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"] } }
    }
    jobs = {
      sample             = null
      jkkkkkkkkkkkkkkkkk = { ec2 = { vcpu = 1, memory = 1024 }, fargate = {} }
    }
    observability = { alerts = { enabled = true }, dashboard = true }
    schedules     = { sccccccccccccccccccccccccccccc = { job = "fargate-jkkkkkkkkkkkkkkkkk", queue = "fargate-abbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", rate = "1 hour" } }
    network       = { flow_logs = { enabled = true } }
  }
}
