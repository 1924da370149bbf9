# What the inputs refuse, each with the value that just passes beside it. `make tf-test` makes a native test of each pair
# (tests/terraform/refusals.py); `given` is what every one of them sets besides.

given = {
  name                 = "demo-ec2-high-priority"
  priority             = 100
  compute_environments = [{ arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e1", platform = "EC2", cpu_architecture = "X86_64" }]
}

refusals = {
  four_environments = {
    input = "compute_environments"
    refused = {
      compute_environments = [{ arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e0", platform = "EC2", cpu_architecture = "X86_64" }, { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e1", platform = "EC2", cpu_architecture = "X86_64" }, { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e2", platform = "EC2", cpu_architecture = "X86_64" }, { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e3", platform = "EC2", cpu_architecture = "X86_64" }]
    }
    passes = {
      compute_environments = [{ arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e0", platform = "EC2", cpu_architecture = "X86_64" }, { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e1", platform = "EC2", cpu_architecture = "X86_64" }, { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e2", platform = "EC2", cpu_architecture = "X86_64" }]
    }
  }
  no_environment = {
    input   = "compute_environments"
    refused = { compute_environments = [] }
    passes = {
      compute_environments = [{ arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e1", platform = "EC2", cpu_architecture = "X86_64" }]
    }
  }
  ec2_and_fargate = {
    input = "compute_environments"
    refused = {
      compute_environments = [{ arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e1", platform = "EC2", cpu_architecture = "X86_64" }, { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e2", platform = "FARGATE", cpu_architecture = "X86_64" }]
    }
    passes = {
      compute_environments = [{ arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e1", platform = "FARGATE", cpu_architecture = "X86_64" }, { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e2", platform = "FARGATE", cpu_architecture = "X86_64" }]
    }
  }
  mixed_architectures = {
    input = "compute_environments"
    refused = {
      compute_environments = [{ arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e1", platform = "EC2", cpu_architecture = "X86_64" }, { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e2", platform = "EC2", cpu_architecture = "ARM64" }]
    }
    passes = {
      compute_environments = [{ arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e1", platform = "EC2", cpu_architecture = "ARM64" }, { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e2", platform = "EC2", cpu_architecture = "ARM64" }]
    }
  }
  no_default_share = {
    input   = "fair_share"
    refused = { fair_share = {} }
    passes  = { fair_share = { default_share_identifier = "default" } }
  }
  default_share_with_hyphen = {
    input   = "fair_share"
    refused = { fair_share = { default_share_identifier = "my-team" } }
    passes  = { fair_share = { default_share_identifier = "myteam" } }
  }
  share_with_hyphen = {
    input   = "fair_share"
    refused = { fair_share = { default_share_identifier = "default", shares = { "team-a" = 1 } } }
    passes  = { fair_share = { default_share_identifier = "default", shares = { "teama*" = 1 } } }
  }
  weight_too_low = {
    input   = "fair_share"
    refused = { fair_share = { default_share_identifier = "default", shares = { a = 0.00009 } } }
    passes  = { fair_share = { default_share_identifier = "default", shares = { a = 0.0001 } } }
  }
  weight_too_high = {
    input   = "fair_share"
    refused = { fair_share = { default_share_identifier = "default", shares = { a = 1000 } } }
    passes  = { fair_share = { default_share_identifier = "default", shares = { a = 999.9999 } } }
  }
  compute_reservation = {
    input   = "fair_share"
    refused = { fair_share = { default_share_identifier = "default", compute_reservation = 100 } }
    passes  = { fair_share = { default_share_identifier = "default", compute_reservation = 99 } }
  }
  share_decay = {
    input   = "fair_share"
    refused = { fair_share = { default_share_identifier = "default", share_decay_seconds = 604801 } }
    passes  = { fair_share = { default_share_identifier = "default", share_decay_seconds = 604800 } }
  }
  priority = {
    input   = "priority"
    refused = { priority = 1001 }
    passes  = { priority = 1000 }
  }
  time_limit_low = {
    input   = "state_time_limits"
    refused = { state_time_limits = { job_resource_requirement = 599 } }
    passes  = { state_time_limits = { job_resource_requirement = 600 } }
  }
  time_limit_high = {
    input   = "state_time_limits"
    refused = { state_time_limits = { insufficient_instance_capacity = 86401 } }
    passes  = { state_time_limits = { insufficient_instance_capacity = 86400 } }
  }
  name = {
    input   = "name"
    refused = { name = "a b" }
    passes  = { name = "a-b" }
  }
  too_many_tags = {
    input   = "tags"
    refused = { tags = { for n in range(41) : "t${n}" => "x" } }
    passes  = { tags = { for n in range(40) : "t${n}" => "x" } }
  }
  tag_key_of_aws = {
    input   = "tags"
    refused = { tags = { "AWS:x" = "1" } }
    passes  = { tags = { "awsx" = "1" } }
  }
  tag_value_characters = {
    input   = "tags"
    refused = { tags = { x = "50%" } }
    passes  = { tags = { x = "50 _.:/=+-@" } }
  }
  shares_that_overlap = {
    input   = "fair_share"
    refused = { fair_share = { default_share_identifier = "a", shares = { "team*" = 1, teamA = 0.5 } } }
    passes  = { fair_share = { default_share_identifier = "a", shares = { "team*" = 1, teaM = 0.5, tea = 1 } } }
  }
}
