# What the inputs refuse, each with the value that just passes beside it. `make tf-test` makes a native test of each pair
# (tests/terraform/refusals.py); `given` is what every one of them sets besides.

given = {
  name                 = "demo"
  subnet_ids           = ["subnet-1", "subnet-2"]
  security_group_ids   = ["sg-1"]
  instance_profile_arn = "arn:aws:iam::123456789012:instance-profile/demo-instance"
  execution_role_arn   = "arn:aws:iam::123456789012:role/demo-execution"
  log_group            = "/aws/batch/demo"
}

refusals = {
  spot_strategy_on_demand = {
    input   = "on_demand"
    refused = { on_demand = { allocation_strategy = "SPOT_CAPACITY_OPTIMIZED" } }
    passes  = { on_demand = { allocation_strategy = "BEST_FIT_PROGRESSIVE" } }
  }
  best_fit = {
    input   = "on_demand"
    refused = { on_demand = { allocation_strategy = "BEST_FIT" } }
    passes  = { on_demand = {} }
  }
  best_fit_spot = {
    input   = "spot"
    refused = { spot = { allocation_strategy = "BEST_FIT" } }
    passes  = { spot = { allocation_strategy = "SPOT_CAPACITY_OPTIMIZED" } }
  }
  bid_low = {
    input   = "spot"
    refused = { spot = { bid_percentage = 49 } }
    passes  = { spot = { bid_percentage = 50 } }
  }
  bid_high = {
    input   = "spot"
    refused = { spot = { bid_percentage = 101 } }
    passes  = { spot = { bid_percentage = 100 } }
  }
  no_active_generation = {
    input   = "on_demand"
    refused = { on_demand = { generations = { a = { state = "draining" } } } }
    passes  = { on_demand = { generations = { a = { state = "draining" }, b = {} } } }
  }
  generation_state = {
    input   = "spot"
    refused = { spot = { generations = { a = {}, b = { state = "paused" } } } }
    passes  = { spot = { generations = { a = {}, b = { state = "retired" } } } }
  }
  generation_name = {
    input   = "spot"
    refused = { spot = { generations = { "A" = {} } } }
    passes  = { spot = { generations = { "2026-11" = {} } } }
  }
  max_below_min = {
    input   = "on_demand"
    refused = { on_demand = { min_vcpus = 5, max_vcpus = 4 } }
    passes  = { on_demand = { min_vcpus = 4, max_vcpus = 4 } }
  }
  max_vcpus_zero = {
    input   = "spot"
    refused = { spot = { max_vcpus = 0 } }
    passes  = { spot = { max_vcpus = 1 } }
  }
  update_timeout_zero = {
    input   = "update_policy"
    refused = { update_policy = { job_timeout_minutes = 0 } }
    passes  = { update_policy = { job_timeout_minutes = 1 } }
  }
  update_timeout_high = {
    input   = "update_policy"
    refused = { update_policy = { job_timeout_minutes = 361 } }
    passes  = { update_policy = { job_timeout_minutes = 360 } }
  }
  unknown_profile = {
    input   = "profile"
    refused = { profile = "gigantic" }
    passes  = { profile = "memory_bound" }
  }
  own_profile = {
    input   = "profiles"
    refused = { profiles = { mine = { vcpu = 8, memory = 1024, max_vcpus = 4 } } }
    passes  = { profiles = { mine = { vcpu = 8, memory = 1024, max_vcpus = 8 } }, profile = "mine" }
  }
  job_with_unknown_profile = {
    input = "jobs"
    refused = {
      jobs = { a = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/j", profile = "gigantic" } }
    }
    passes = {
      jobs = { a = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/j", profile = "cpu_bound" } }
    }
  }
  job_slot = {
    input = "jobs"
    refused = {
      jobs = { a = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/j", slot = "red" } }
    }
    passes = {
      jobs = { a = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/j", slot = "green" } }
    }
  }
  disk_size = {
    input   = "disk"
    refused = { disk = { size = 29 } }
    passes  = { disk = { size = 30 } }
  }
  disk_iops = {
    input   = "disk"
    refused = { disk = { iops = 2999 } }
    passes  = { disk = { iops = 3000 } }
  }
  disk_throughput = {
    input   = "disk"
    refused = { disk = { throughput = 751 } }
    passes  = { disk = { throughput = 750 } }
  }
  architecture = {
    input   = "cpu_architecture"
    refused = { cpu_architecture = "x86" }
    passes  = { cpu_architecture = "ARM64" }
  }
  four_generations = {
    input   = "on_demand"
    refused = { on_demand = { generations = { a = {}, b = {}, c = {}, d = {} } } }
    passes  = { on_demand = { generations = { a = { state = "draining" }, b = {}, c = {}, d = {} } } }
  }
  generations_and_fallback = {
    input = "queues"
    refused = {
      spot      = { generations = { a = {}, b = {} } }
      on_demand = { generations = { a = {}, b = {} } }
      queues    = { low = { fallback_to_on_demand = true } }
    }
    passes = { spot = { generations = { a = {}, b = {} } }, queues = { low = { fallback_to_on_demand = true } } }
  }
  no_default_share = {
    input   = "queues"
    refused = { queues = { high = { scheduling = "FAIR_SHARE" } } }
    passes  = { queues = { high = { scheduling = "FAIR_SHARE", fair_share = { default_share_identifier = "default" } } } }
  }
  queue_scheduling = {
    input   = "queues"
    refused = { queues = { high = { scheduling = "LIFO" } } }
    passes  = { queues = { high = { scheduling = "FIFO" } } }
  }
  one_subnet = {
    input   = "subnet_ids"
    refused = { subnet_ids = ["subnet-1"] }
    passes  = { subnet_ids = ["subnet-1", "subnet-2"] }
  }
  no_security_group = {
    input   = "security_group_ids"
    refused = { security_group_ids = [] }
    passes  = { security_group_ids = ["sg-1"] }
  }
  name = {
    input   = "name"
    refused = { name = "Demo" }
    passes  = { name = "demo" }
  }
  job_name = {
    input = "jobs"
    refused = {
      jobs = { "A" = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/j" } }
    }
    passes = {
      jobs = { "a" = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/j" } }
    }
  }
  on_demand_generation_name = {
    input   = "on_demand"
    refused = { on_demand = { generations = { "A" = {} } } }
    passes  = { on_demand = { generations = { "a" = {} } } }
  }
  on_demand_generation_state = {
    input   = "on_demand"
    refused = { on_demand = { generations = { a = {}, b = { state = "off" } } } }
    passes  = { on_demand = { generations = { a = {}, b = { state = "draining" } } } }
  }
  spot_no_active_generation = {
    input   = "spot"
    refused = { spot = { generations = { a = { state = "retired" } } } }
    passes  = { spot = { generations = { a = { state = "active" } } } }
  }
  spot_four_generations = {
    input   = "spot"
    refused = { spot = { generations = { a = {}, b = {}, c = {}, d = {} } } }
    passes  = { spot = { generations = { a = {}, b = {}, c = {} } } }
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
}
