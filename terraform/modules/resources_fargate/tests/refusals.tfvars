# What the inputs refuse, each with the value that just passes beside it. `make tf-test` makes a native test of each pair
# (tests/terraform/refusals.py); `given` is what every one of them sets besides.

given = {
  name               = "demo"
  subnet_ids         = ["subnet-1", "subnet-2"]
  security_group_ids = ["sg-1"]
  execution_role_arn = "arn:aws:iam::123456789012:role/demo-execution"
  log_group          = "/aws/batch/demo"
}

refusals = {
  unknown_profile = {
    input = "jobs"
    refused = {
      jobs = { a = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/j", profile = "gigantic" } }
    }
    passes = {
      jobs = { a = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/j", profile = "burst" } }
    }
  }
  no_active_generation = {
    input   = "pools"
    refused = { pools = { on_demand = { generations = { a = { state = "standby" } } }, spot = {} } }
    passes  = { pools = { on_demand = { generations = { a = { state = "draining" }, b = {} } }, spot = {} } }
  }
  generation_state = {
    input   = "pools"
    refused = { pools = { on_demand = { generations = { a = {}, b = { state = "paused" } } }, spot = {} } }
    passes  = { pools = { on_demand = { generations = { a = {}, b = { state = "standby" } } }, spot = {} } }
  }
  generation_name = {
    input   = "pools"
    refused = { pools = { on_demand = { generations = { "A" = {} } }, spot = {} } }
    passes  = { pools = { on_demand = { generations = { "2026-11" = {} } }, spot = {} } }
  }
  names_too_long_together = {
    input   = "pools"
    refused = { name = "pppppppppppppppppppppppppppppppppppppppp", pools = { bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb = { generations = { ggggggggggggggggggggg = {} } } }, queues = { q = { priority = 1, pools = ["bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"] } } }
    passes  = { name = "pppppppppppppppppppppppppppppppppppppppp", pools = { bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb = { generations = { gggggggggggggggggggg = {} } } }, queues = { q = { priority = 1, pools = ["bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"] } } }
  }
  queue_of_four_environments = {
    input   = "queues"
    refused = { pools = { on_demand = { generations = { a = {}, b = {} } }, spot = { generations = { a = {}, b = {} } } }, queues = { low = { pools = ["spot", "on_demand"] } } }
    passes  = { pools = { on_demand = { generations = { a = {}, b = { state = "draining" } } }, spot = { generations = { a = {}, b = {} } } }, queues = { low = { pools = ["spot", "on_demand"] } } }
  }
  no_default_share = {
    input   = "queues"
    refused = { queues = { low = { scheduling = "FAIR_SHARE" } } }
    passes  = { queues = { low = { scheduling = "FAIR_SHARE", fair_share = { default_share_identifier = "default" } } } }
  }
  queue_scheduling = {
    input   = "queues"
    refused = { queues = { low = { scheduling = "fair" } } }
    passes  = { queues = { low = { scheduling = "FIFO" } } }
  }
  architecture = {
    input   = "cpu_architecture"
    refused = { cpu_architecture = "arm" }
    passes  = { cpu_architecture = "ARM64" }
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
  job_name = {
    input = "jobs"
    refused = {
      jobs = { "A" = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/j" } }
    }
    passes = {
      jobs = { "a" = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/j" } }
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
  name = {
    input   = "name"
    refused = { name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
    passes  = { name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
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
  pool_max_vcpus = {
    input   = "pools"
    refused = { pools = { a = { max_vcpus = 0 } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { max_vcpus = 1 } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  pool_capacity = {
    input   = "pools"
    refused = { pools = { a = { capacity = "FARGATE_SPOT" } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { capacity = "SPOT" } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  pool_security_group = {
    input   = "pools"
    refused = { pools = { a = { security_group_ids = ["sg-1"] } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { security_group_ids = ["sg-01234567"] } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  pool_name = {
    input   = "pools"
    refused = { pools = { "A" = {} }, queues = { q = { priority = 1, pools = ["A"] } } }
    passes  = { pools = { "a_b-1" = {} }, queues = { q = { priority = 1, pools = ["a_b-1"] } } }
  }
  pool_names_alike = {
    input   = "pools"
    refused = { pools = { a_b = {}, a-b = {} }, queues = { q = { priority = 1, pools = ["a-b"] } } }
    passes  = { pools = { a_b = {}, a-c = {} }, queues = { q = { priority = 1, pools = ["a_b"] } } }
  }
  queue_name = {
    input   = "queues"
    refused = { queues = { mine-priority = { priority = 1, pools = ["spot"] } } }
    passes  = { queues = { mine = { priority = 1, pools = ["spot"] } } }
  }
  queue_without_priority = {
    input   = "queues"
    refused = { queues = { mine = { pools = ["spot"] } } }
    passes  = { queues = { high = { pools = ["spot"] } } }
  }
  queue_of_no_pool = {
    input   = "queues"
    refused = { queues = { mine = { priority = 1, pools = [] } } }
    passes  = { queues = { mine = { priority = 1, pools = ["on_demand"] } } }
  }
  queue_of_unknown_pool = {
    input   = "queues"
    refused = { queues = { mine = { priority = 1, pools = ["night"] } } }
    passes  = { pools = { night = {} }, queues = { mine = { priority = 1, pools = ["night"] } } }
  }
  queue_of_a_pool_twice = {
    input   = "queues"
    refused = { queues = { mine = { priority = 1, pools = ["spot", "spot"] } } }
    passes  = { queues = { mine = { priority = 1, pools = ["spot", "on_demand"] } } }
  }
  queue_of_four_pools = {
    input   = "queues"
    refused = { pools = { a = {}, b = {}, c = {}, d = {} }, queues = { mine = { priority = 1, pools = ["a", "b", "c", "d"] } } }
    passes  = { pools = { a = {}, b = {}, c = {}, d = {} }, queues = { mine = { priority = 1, pools = ["a", "b", "c"] } } }
  }
  fallback_of_old = {
    input   = "queues"
    refused = { queues = { high = {}, low = { fallback_to_on_demand = true } } }
    passes  = { queues = { high = {}, low = { pools = ["spot", "on_demand"] } } }
  }
}
