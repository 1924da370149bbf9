# What the inputs refuse, each with the value that just passes beside it. The runs load the variables alone, through
# tests/variables: no provider, so that the whole table takes a second.

variables {
  name = "demo"
}

run "cidr_too_small_for_two_zones_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    vpc_cidr = "10.0.0.0/24"
  }

  expect_failures = [var.vpc_cidr]
}

run "cidr_too_small_for_two_zones_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    vpc_cidr = "10.0.0.0/23"
  }
}

run "cidr_too_small_for_three_zones_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    vpc_cidr                = "10.0.0.0/23"
    availability_zone_count = 3
  }

  expect_failures = [var.vpc_cidr]
}

run "cidr_too_small_for_three_zones_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    vpc_cidr                = "10.0.0.0/22"
    availability_zone_count = 3
  }
}

run "cidr_too_large_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    vpc_cidr = "10.0.0.0/15"
  }

  expect_failures = [var.vpc_cidr]
}

run "cidr_too_large_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    vpc_cidr = "10.0.0.0/16"
  }
}

run "cidr_not_a_network_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    vpc_cidr = "10.0.0.1/16"
  }

  expect_failures = [var.vpc_cidr]
}

run "cidr_not_a_network_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    vpc_cidr = "10.1.0.0/16"
  }
}

run "one_zone_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    availability_zone_count = 1
  }

  expect_failures = [var.availability_zone_count]
}

run "one_zone_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    availability_zone_count = 2
  }
}

run "one_zone_by_name_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    availability_zones = ["ap-northeast-1a"]
  }

  expect_failures = [var.availability_zones]
}

run "one_zone_by_name_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    availability_zones = ["ap-northeast-1a", "ap-northeast-1c"]
  }
}

run "zone_twice_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    availability_zones = ["ap-northeast-1a", "ap-northeast-1a"]
  }

  expect_failures = [var.availability_zones]
}

run "zone_twice_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    availability_zones = ["ap-northeast-1a", "ap-northeast-1d"]
  }
}

run "nat_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    nat = "two"
  }

  expect_failures = [var.nat]
}

run "nat_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    nat = "per_az"
  }
}

run "platforms_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platforms = ["EKS"]
  }

  expect_failures = [var.platforms]
}

run "platforms_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platforms = ["FARGATE"]
  }
}

run "endpoint_name_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    extra_interface_endpoints = ["s4"]
  }

  expect_failures = [var.extra_interface_endpoints]
}

run "endpoint_name_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    extra_interface_endpoints = ["sts"]
  }
}

run "existing_vpc_one_subnet_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    existing_vpc = { vpc_id = "vpc-0a", private_subnet_ids = ["subnet-1"] }
  }

  expect_failures = [var.existing_vpc]
}

run "existing_vpc_one_subnet_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    existing_vpc = { vpc_id = "vpc-0a", private_subnet_ids = ["subnet-1", "subnet-2"] }
  }
}

run "existing_vpc_id_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    existing_vpc = { vpc_id = "main", private_subnet_ids = ["subnet-1", "subnet-2"] }
  }

  expect_failures = [var.existing_vpc]
}

run "existing_vpc_id_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    existing_vpc = { vpc_id = "vpc-0a", private_subnet_ids = ["subnet-1", "subnet-2"] }
  }
}

run "flow_log_retention_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    flow_logs = { retention_days = 31 }
  }

  expect_failures = [var.flow_logs]
}

run "flow_log_retention_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    flow_logs = { enabled = true, retention_days = 30 }
  }
}

run "flow_log_traffic_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    flow_logs = { traffic_type = "DROP" }
  }

  expect_failures = [var.flow_logs]
}

run "flow_log_traffic_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    flow_logs = { enabled = true, traffic_type = "ALL" }
  }
}

run "egress_cidr_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    egress_rules = { a = { description = "a", from_port = 1, to_port = 1, cidr_ipv4 = "10.0.0.0" } }
  }

  expect_failures = [var.egress_rules]
}

run "egress_cidr_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    egress_rules = { a = { description = "a", from_port = 1, to_port = 1, cidr_ipv4 = "10.0.0.0/32" } }
  }
}

run "name_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    name = "1demo"
  }

  expect_failures = [var.name]
}

run "name_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    name = "demo1"
  }
}
