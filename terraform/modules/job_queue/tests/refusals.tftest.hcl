# What the inputs refuse, each with the value that just passes beside it. The runs load the variables alone, through
# tests/variables: no provider, so that the whole table takes a second.

variables {
  name                 = "demo-ec2-high-priority"
  priority             = 100
  compute_environments = [{ arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e1", platform = "EC2", cpu_architecture = "X86_64" }]
}

run "four_environments_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    compute_environments = [{ arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e0", platform = "EC2", cpu_architecture = "X86_64" }, { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e1", platform = "EC2", cpu_architecture = "X86_64" }, { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e2", platform = "EC2", cpu_architecture = "X86_64" }, { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e3", platform = "EC2", cpu_architecture = "X86_64" }]
  }

  expect_failures = [var.compute_environments]
}

run "four_environments_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    compute_environments = [{ arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e0", platform = "EC2", cpu_architecture = "X86_64" }, { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e1", platform = "EC2", cpu_architecture = "X86_64" }, { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e2", platform = "EC2", cpu_architecture = "X86_64" }]
  }
}

run "no_environment_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    compute_environments = []
  }

  expect_failures = [var.compute_environments]
}

run "no_environment_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    compute_environments = [{ arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e1", platform = "EC2", cpu_architecture = "X86_64" }]
  }
}

run "ec2_and_fargate_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    compute_environments = [{ arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e1", platform = "EC2", cpu_architecture = "X86_64" }, { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e2", platform = "FARGATE", cpu_architecture = "X86_64" }]
  }

  expect_failures = [var.compute_environments]
}

run "ec2_and_fargate_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    compute_environments = [{ arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e1", platform = "FARGATE", cpu_architecture = "X86_64" }, { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e2", platform = "FARGATE", cpu_architecture = "X86_64" }]
  }
}

run "mixed_architectures_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    compute_environments = [{ arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e1", platform = "EC2", cpu_architecture = "X86_64" }, { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e2", platform = "EC2", cpu_architecture = "ARM64" }]
  }

  expect_failures = [var.compute_environments]
}

run "mixed_architectures_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    compute_environments = [{ arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e1", platform = "EC2", cpu_architecture = "ARM64" }, { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/e2", platform = "EC2", cpu_architecture = "ARM64" }]
  }
}

run "no_default_share_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    fair_share = {}
  }

  expect_failures = [var.fair_share]
}

run "no_default_share_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    fair_share = { default_share_identifier = "default" }
  }
}

run "default_share_with_hyphen_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    fair_share = { default_share_identifier = "my-team" }
  }

  expect_failures = [var.fair_share]
}

run "default_share_with_hyphen_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    fair_share = { default_share_identifier = "myteam" }
  }
}

run "share_with_hyphen_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    fair_share = { default_share_identifier = "default", shares = { "team-a" = 1 } }
  }

  expect_failures = [var.fair_share]
}

run "share_with_hyphen_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    fair_share = { default_share_identifier = "default", shares = { "teama*" = 1 } }
  }
}

run "weight_too_low_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    fair_share = { default_share_identifier = "default", shares = { a = 0.00009 } }
  }

  expect_failures = [var.fair_share]
}

run "weight_too_low_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    fair_share = { default_share_identifier = "default", shares = { a = 0.0001 } }
  }
}

run "weight_too_high_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    fair_share = { default_share_identifier = "default", shares = { a = 1000 } }
  }

  expect_failures = [var.fair_share]
}

run "weight_too_high_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    fair_share = { default_share_identifier = "default", shares = { a = 999.9999 } }
  }
}

run "compute_reservation_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    fair_share = { default_share_identifier = "default", compute_reservation = 100 }
  }

  expect_failures = [var.fair_share]
}

run "compute_reservation_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    fair_share = { default_share_identifier = "default", compute_reservation = 99 }
  }
}

run "share_decay_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    fair_share = { default_share_identifier = "default", share_decay_seconds = 604801 }
  }

  expect_failures = [var.fair_share]
}

run "share_decay_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    fair_share = { default_share_identifier = "default", share_decay_seconds = 604800 }
  }
}

run "priority_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    priority = 1001
  }

  expect_failures = [var.priority]
}

run "priority_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    priority = 1000
  }
}

run "time_limit_low_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    state_time_limits = { job_resource_requirement = 599 }
  }

  expect_failures = [var.state_time_limits]
}

run "time_limit_low_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    state_time_limits = { job_resource_requirement = 600 }
  }
}

run "time_limit_high_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    state_time_limits = { insufficient_instance_capacity = 86401 }
  }

  expect_failures = [var.state_time_limits]
}

run "time_limit_high_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    state_time_limits = { insufficient_instance_capacity = 86400 }
  }
}

run "name_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    name = "a b"
  }

  expect_failures = [var.name]
}

run "name_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    name = "a-b"
  }
}
