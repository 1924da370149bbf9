# What the inputs refuse, each with the value that just passes beside it. The runs load the variables alone, through
# tests/variables: no provider, so that the whole table takes a second.

variables {
  name                 = "demo"
  subnet_ids           = ["subnet-1", "subnet-2"]
  security_group_ids   = ["sg-1"]
  instance_profile_arn = "arn:aws:iam::123456789012:instance-profile/demo-instance"
  execution_role_arn   = "arn:aws:iam::123456789012:role/demo-execution"
  log_group            = "/aws/batch/demo"
}

run "spot_strategy_on_demand_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    on_demand = { allocation_strategy = "SPOT_CAPACITY_OPTIMIZED" }
  }

  expect_failures = [var.on_demand]
}

run "spot_strategy_on_demand_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    on_demand = { allocation_strategy = "BEST_FIT_PROGRESSIVE" }
  }
}

run "best_fit_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    on_demand = { allocation_strategy = "BEST_FIT" }
  }

  expect_failures = [var.on_demand]
}

run "best_fit_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    on_demand = {}
  }
}

run "best_fit_spot_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    spot = { allocation_strategy = "BEST_FIT" }
  }

  expect_failures = [var.spot]
}

run "best_fit_spot_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    spot = { allocation_strategy = "SPOT_CAPACITY_OPTIMIZED" }
  }
}

run "bid_low_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    spot = { bid_percentage = 49 }
  }

  expect_failures = [var.spot]
}

run "bid_low_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    spot = { bid_percentage = 50 }
  }
}

run "bid_high_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    spot = { bid_percentage = 101 }
  }

  expect_failures = [var.spot]
}

run "bid_high_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    spot = { bid_percentage = 100 }
  }
}

run "no_active_generation_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    on_demand = { generations = { a = { state = "draining" } } }
  }

  expect_failures = [var.on_demand]
}

run "no_active_generation_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    on_demand = { generations = { a = { state = "draining" }, b = {} } }
  }
}

run "generation_state_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    spot = { generations = { a = {}, b = { state = "paused" } } }
  }

  expect_failures = [var.spot]
}

run "generation_state_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    spot = { generations = { a = {}, b = { state = "retired" } } }
  }
}

run "generation_name_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    spot = { generations = { "A" = {} } }
  }

  expect_failures = [var.spot]
}

run "generation_name_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    spot = { generations = { "2026-11" = {} } }
  }
}

run "max_below_min_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    on_demand = { min_vcpus = 5, max_vcpus = 4 }
  }

  expect_failures = [var.on_demand]
}

run "max_below_min_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    on_demand = { min_vcpus = 4, max_vcpus = 4 }
  }
}

run "max_vcpus_zero_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    spot = { max_vcpus = 0 }
  }

  expect_failures = [var.spot]
}

run "max_vcpus_zero_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    spot = { max_vcpus = 1 }
  }
}

run "update_timeout_zero_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    update_policy = { job_timeout_minutes = 0 }
  }

  expect_failures = [var.update_policy]
}

run "update_timeout_zero_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    update_policy = { job_timeout_minutes = 1 }
  }
}

run "update_timeout_high_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    update_policy = { job_timeout_minutes = 361 }
  }

  expect_failures = [var.update_policy]
}

run "update_timeout_high_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    update_policy = { job_timeout_minutes = 360 }
  }
}

run "unknown_profile_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    profile = "gigantic"
  }

  expect_failures = [var.profile]
}

run "unknown_profile_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    profile = "memory_bound"
  }
}

run "own_profile_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    profiles = { mine = { vcpu = 8, memory = 1024, max_vcpus = 4 } }
  }

  expect_failures = [var.profiles]
}

run "own_profile_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    profiles = { mine = { vcpu = 8, memory = 1024, max_vcpus = 8 } }
    profile  = "mine"
  }
}

run "job_with_unknown_profile_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    jobs = { a = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/j", profile = "gigantic" } }
  }

  expect_failures = [var.jobs]
}

run "job_with_unknown_profile_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    jobs = { a = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/j", profile = "cpu_bound" } }
  }
}

run "job_slot_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    jobs = { a = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/j", slot = "red" } }
  }

  expect_failures = [var.jobs]
}

run "job_slot_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    jobs = { a = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/j", slot = "green" } }
  }
}

run "disk_size_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    disk = { size = 29 }
  }

  expect_failures = [var.disk]
}

run "disk_size_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    disk = { size = 30 }
  }
}

run "disk_iops_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    disk = { iops = 2999 }
  }

  expect_failures = [var.disk]
}

run "disk_iops_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    disk = { iops = 3000 }
  }
}

run "disk_throughput_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    disk = { throughput = 751 }
  }

  expect_failures = [var.disk]
}

run "disk_throughput_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    disk = { throughput = 750 }
  }
}

run "architecture_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    cpu_architecture = "x86"
  }

  expect_failures = [var.cpu_architecture]
}

run "architecture_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    cpu_architecture = "ARM64"
  }
}

run "four_generations_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    on_demand = { generations = { a = {}, b = {}, c = {}, d = {} } }
  }

  expect_failures = [var.on_demand]
}

run "four_generations_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    on_demand = { generations = { a = { state = "draining" }, b = {}, c = {}, d = {} } }
  }
}

run "generations_and_fallback_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    spot      = { generations = { a = {}, b = {} } }
    on_demand = { generations = { a = {}, b = {} } }
    queues    = { low = { fallback_to_on_demand = true } }
  }

  expect_failures = [var.queues]
}

run "generations_and_fallback_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    spot   = { generations = { a = {}, b = {} } }
    queues = { low = { fallback_to_on_demand = true } }
  }
}

run "no_default_share_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    queues = { high = { scheduling = "FAIR_SHARE" } }
  }

  expect_failures = [var.queues]
}

run "no_default_share_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    queues = { high = { scheduling = "FAIR_SHARE", fair_share = { default_share_identifier = "default" } } }
  }
}

run "queue_scheduling_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    queues = { high = { scheduling = "LIFO" } }
  }

  expect_failures = [var.queues]
}

run "queue_scheduling_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    queues = { high = { scheduling = "FIFO" } }
  }
}

run "one_subnet_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    subnet_ids = ["subnet-1"]
  }

  expect_failures = [var.subnet_ids]
}

run "one_subnet_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    subnet_ids = ["subnet-1", "subnet-2"]
  }
}

run "no_security_group_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    security_group_ids = []
  }

  expect_failures = [var.security_group_ids]
}

run "no_security_group_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    security_group_ids = ["sg-1"]
  }
}

run "name_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    name = "Demo"
  }

  expect_failures = [var.name]
}

run "name_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    name = "demo"
  }
}

run "job_name_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    jobs = { "A" = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/j" } }
  }

  expect_failures = [var.jobs]
}

run "job_name_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    jobs = { "a" = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/j" } }
  }
}

run "on_demand_generation_name_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    on_demand = { generations = { "A" = {} } }
  }

  expect_failures = [var.on_demand]
}

run "on_demand_generation_name_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    on_demand = { generations = { "a" = {} } }
  }
}

run "on_demand_generation_state_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    on_demand = { generations = { a = {}, b = { state = "off" } } }
  }

  expect_failures = [var.on_demand]
}

run "on_demand_generation_state_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    on_demand = { generations = { a = {}, b = { state = "draining" } } }
  }
}

run "spot_no_active_generation_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    spot = { generations = { a = { state = "retired" } } }
  }

  expect_failures = [var.spot]
}

run "spot_no_active_generation_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    spot = { generations = { a = { state = "active" } } }
  }
}

run "spot_four_generations_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    spot = { generations = { a = {}, b = {}, c = {}, d = {} } }
  }

  expect_failures = [var.spot]
}

run "spot_four_generations_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    spot = { generations = { a = {}, b = {}, c = {} } }
  }
}
