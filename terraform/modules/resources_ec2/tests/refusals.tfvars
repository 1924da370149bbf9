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
  spot_strategy_on_demand = {
    input   = "pools"
    refused = { pools = { a = { allocation_strategy = "SPOT_CAPACITY_OPTIMIZED" } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { allocation_strategy = "BEST_FIT_PROGRESSIVE" } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  best_fit = {
    input   = "pools"
    refused = { pools = { a = { allocation_strategy = "BEST_FIT" } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = {} }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  best_fit_spot = {
    input   = "pools"
    refused = { pools = { spot = { allocation_strategy = "BEST_FIT" } }, queues = { q = { priority = 1, pools = ["spot"] } } }
    passes  = { pools = { spot = { allocation_strategy = "SPOT_CAPACITY_OPTIMIZED" } }, queues = { q = { priority = 1, pools = ["spot"] } } }
  }
  newer_strategy = {
    input   = "pools"
    refused = { pools = { a = { capacity = "SPOT", allocation_strategy = "SPOT_CAPACITY_OPTIMIZED_PRIORITIZED" } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { capacity = "SPOT", allocation_strategy = "SPOT_PRICE_CAPACITY_OPTIMIZED" } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  bid_low = {
    input   = "pools"
    refused = { pools = { spot = { bid_percentage = 49 } }, queues = { q = { priority = 1, pools = ["spot"] } } }
    passes  = { pools = { spot = { bid_percentage = 50 } }, queues = { q = { priority = 1, pools = ["spot"] } } }
  }
  bid_high = {
    input   = "pools"
    refused = { pools = { spot = { bid_percentage = 101 } }, queues = { q = { priority = 1, pools = ["spot"] } } }
    passes  = { pools = { spot = { bid_percentage = 100 } }, queues = { q = { priority = 1, pools = ["spot"] } } }
  }
  bid_on_demand = {
    input   = "pools"
    refused = { pools = { a = { bid_percentage = 100 } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { capacity = "SPOT", bid_percentage = 100 } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  no_active_generation = {
    input   = "pools"
    refused = { pools = { a = { generations = { a = { state = "draining" } } } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { generations = { a = { state = "draining" }, b = {} } } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  generation_state = {
    input   = "pools"
    refused = { pools = { a = { generations = { a = {}, b = { state = "paused" } } } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { generations = { a = {}, b = { state = "retired" } } } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  generation_name = {
    input   = "pools"
    refused = { pools = { a = { generations = { "A" = {} } } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { generations = { "2026-11" = {} } } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  max_below_min = {
    input   = "pools"
    refused = { pools = { a = { min_vcpus = 5, max_vcpus = 4 } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { min_vcpus = 4, max_vcpus = 4 } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  max_vcpus_zero = {
    input   = "pools"
    refused = { pools = { a = { max_vcpus = 0 } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { max_vcpus = 1 } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  max_vcpus_of_parts = {
    input   = "pools"
    refused = { pools = { a = { max_vcpus = 1.5 } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { max_vcpus = 2 } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  pool_capacity = {
    input   = "pools"
    refused = { pools = { a = { capacity = "ONDEMAND" } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { capacity = "SPOT" } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  pool_architecture = {
    input   = "pools"
    refused = { pools = { a = { architecture = "arm64" } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { architecture = "ARM64" } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  pool_profile = {
    input   = "pools"
    refused = { pools = { a = { profile = "gigantic" } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { profile = "burst" } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  no_instance_types = {
    input   = "pools"
    refused = { pools = { a = { instance_types = [] } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { instance_types = ["default_x86_64"] } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  instance_type_size = {
    input   = "pools"
    refused = { pools = { a = { instance_types = ["m7i.huge"] } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { instance_types = ["m7i.metal-24xl", "m7i-flex", "u-6tb1", "m7i.2xlarge"] } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  instance_type_of_rds = {
    input   = "pools"
    refused = { pools = { a = { instance_types = ["db.m7i.large"] } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { instance_types = ["m7i.large"] } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  image_type = {
    input   = "pools"
    refused = { pools = { a = { image_type = "ECS_AL2" } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { image_type = "ECS_AL2023" } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  gpu_without_drivers = {
    input   = "pools"
    refused = { pools = { a = { gpu = true, image_type = "ECS_AL2023" } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { gpu = true, image_type = "ECS_AL2023", image_id = "ami-0123456789abcdef0" } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  image_id = {
    input   = "pools"
    refused = { pools = { a = { image_id = "ami-123" } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { image_id = "ami-0123456789abcdef0" } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  generation_image_id = {
    input   = "pools"
    refused = { pools = { a = { generations = { a = { image_id = "0123456789abcdef0" } } } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { generations = { a = { image_id = "ami-01234567" } } } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  reservation_on_spot = {
    input   = "pools"
    refused = { pools = { spot = { capacity_reservation = { id = "cr-0123456789abcdef0" } } }, queues = { q = { priority = 1, pools = ["spot"] } } }
    passes  = { pools = { spot = {} }, queues = { q = { priority = 1, pools = ["spot"] } } }
  }
  reservation_twice = {
    input   = "pools"
    refused = { pools = { a = { capacity_reservation = { id = "cr-0123456789abcdef0", resource_group_arn = "arn:aws:resource-groups:ap-northeast-1:123456789012:group/batch" } } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { capacity_reservation = { resource_group_arn = "arn:aws:resource-groups:ap-northeast-1:123456789012:group/batch" } } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  reservation_of_none = {
    input   = "pools"
    refused = { pools = { a = { capacity_reservation = {} } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { capacity_reservation = { id = "cr-0123456789abcdef0" } } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  pool_security_group = {
    input   = "pools"
    refused = { pools = { a = { security_group_ids = ["subnet-0123456789abcdef0"] } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { security_group_ids = ["sg-0123456789abcdef0"] } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  five_security_groups = {
    input   = "pools"
    refused = { pools = { a = { security_group_ids = [for n in range(5) : "sg-0123456789abcdef${n}"] } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { security_group_ids = [for n in range(4) : "sg-0123456789abcdef${n}"] } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  user_data_without_interpreter = {
    input   = "pools"
    refused = { pools = { a = { user_data = "yum install -y lustre-client" } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { user_data = "#!/bin/sh\nyum install -y lustre-client" } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  pool_disk_size = {
    input   = "pools"
    refused = { pools = { a = { disk = { size = 29 } } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { disk = { size = 30 } } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  pool_disk_iops = {
    input   = "pools"
    refused = { pools = { a = { disk = { size = 30, iops = 15001 } } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { disk = { size = 30, iops = 15000 } } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  pool_disk_throughput = {
    input   = "pools"
    refused = { pools = { a = { disk = { throughput = 751 } } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { disk = { throughput = 750 } } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  hop_limit = {
    input   = "pools"
    refused = { pools = { a = { instance = { metadata_hop_limit = 65 } } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { instance = { metadata_hop_limit = 64 } } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  pool_update_timeout = {
    input   = "pools"
    refused = { pools = { a = { update_policy = { job_timeout_minutes = 361 } } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { update_policy = { job_timeout_minutes = 360 } } }, queues = { q = { priority = 1, pools = ["a"] } } }
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
  queue_without_pools = {
    input   = "queues"
    refused = { queues = { mine = { priority = 1 } } }
    passes  = { queues = { low = { priority = 1 } } }
  }
  queue_of_no_pool = {
    input   = "queues"
    refused = { queues = { mine = { priority = 1, pools = [] } } }
    passes  = { queues = { mine = { priority = 1, pools = ["on_demand"] } } }
  }
  queue_of_unknown_pool = {
    input   = "queues"
    refused = { queues = { mine = { priority = 1, pools = ["gpu"] } } }
    passes  = { pools = { gpu = { gpu = true } }, queues = { mine = { priority = 1, pools = ["gpu"] } } }
  }
  default_queue_of_unknown_pool = {
    input   = "queues"
    refused = { pools = { gpu = { gpu = true } } }
    passes  = { pools = { gpu = { gpu = true } }, queues = { high = { pools = ["gpu"] } } }
  }
  queue_of_a_pool_twice = {
    input   = "queues"
    refused = { queues = { mine = { priority = 1, pools = ["spot", "spot"] } } }
    passes  = { queues = { mine = { priority = 1, pools = ["spot", "on_demand"] } } }
  }
  queue_of_four_environments = {
    input   = "queues"
    refused = { pools = { on_demand = { generations = { a = {}, b = {} } }, spot = { generations = { a = {}, b = {} } } }, queues = { low = { pools = ["spot", "on_demand"] } } }
    passes  = { pools = { on_demand = { generations = { a = {}, b = { state = "draining" } } }, spot = { generations = { a = {}, b = {} } } }, queues = { low = { pools = ["spot", "on_demand"] } } }
  }
  queue_of_two_architectures = {
    input   = "queues"
    refused = { pools = { a = {}, b = { architecture = "ARM64" } }, queues = { mine = { priority = 1, pools = ["a", "b"] } } }
    passes  = { pools = { a = {}, b = { architecture = "ARM64" } }, queues = { mine = { priority = 1, pools = ["a"] }, other = { priority = 1, pools = ["b"] } } }
  }
  fallback_of_old = {
    input   = "queues"
    refused = { queues = { high = {}, low = { fallback_to_on_demand = true } } }
    passes  = { queues = { high = {}, low = { pools = ["spot", "on_demand"] } } }
  }
  disk_key = {
    input   = "disk"
    refused = { disk = { kms_key_arn = "alias/disk" } }
    passes  = { disk = { kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/a" } }
  }
  pool_disk_key = {
    input   = "pools"
    refused = { pools = { on_demand = { disk = { kms_key_arn = "alias/disk" } }, spot = {} } }
    passes  = { pools = { on_demand = { disk = { kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/a" } }, spot = {} } }
  }
  pool_tag_of_aws = {
    input   = "pools"
    refused = { pools = { a = { tags = { "aws:a" = "1" } } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { tags = { "aws-a" = "1" } } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  user_data_of_windows = {
    input   = "pools"
    refused = { pools = { a = { user_data = "#!/bin/sh\r\ntrue\r\n" } }, queues = { q = { priority = 1, pools = ["a"] } } }
    passes  = { pools = { a = { user_data = "#!/bin/sh\ntrue\n" } }, queues = { q = { priority = 1, pools = ["a"] } } }
  }
  names_too_long_together = {
    input   = "pools"
    refused = { name = "pppppppppppppppppppppppppppppppppppppppp", pools = { bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb = { generations = { ggggggggggggggggggggggggg = {} } } }, queues = { q = { priority = 1, pools = ["bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"] } } }
    passes  = { name = "pppppppppppppppppppppppppppppppppppppppp", pools = { bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb = { generations = { gggggggggggggggggggggggg = {} } } }, queues = { q = { priority = 1, pools = ["bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"] } } }
  }
}
