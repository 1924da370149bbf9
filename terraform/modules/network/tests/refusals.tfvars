# What the inputs refuse, each with the value that just passes beside it. `make tf-test` makes a native test of each pair
# (tests/terraform/refusals.py); `given` is what every one of them sets besides.

given = {
  name = "demo"
}

refusals = {
  cidr_too_small_for_two_zones = {
    input   = "vpc_cidr"
    refused = { vpc_cidr = "10.0.0.0/24" }
    passes  = { vpc_cidr = "10.0.0.0/23" }
  }
  cidr_too_small_for_three_zones = {
    input   = "vpc_cidr"
    refused = { vpc_cidr = "10.0.0.0/23", availability_zone_count = 3 }
    passes  = { vpc_cidr = "10.0.0.0/22", availability_zone_count = 3 }
  }
  cidr_too_large = {
    input   = "vpc_cidr"
    refused = { vpc_cidr = "10.0.0.0/15" }
    passes  = { vpc_cidr = "10.0.0.0/16" }
  }
  cidr_not_a_network = {
    input   = "vpc_cidr"
    refused = { vpc_cidr = "10.0.0.1/16" }
    passes  = { vpc_cidr = "10.1.0.0/16" }
  }
  one_zone = {
    input   = "availability_zone_count"
    refused = { availability_zone_count = 1 }
    passes  = { availability_zone_count = 2 }
  }
  one_zone_by_name = {
    input   = "availability_zones"
    refused = { availability_zones = ["ap-northeast-1a"] }
    passes  = { availability_zones = ["ap-northeast-1a", "ap-northeast-1c"] }
  }
  zone_twice = {
    input   = "availability_zones"
    refused = { availability_zones = ["ap-northeast-1a", "ap-northeast-1a"] }
    passes  = { availability_zones = ["ap-northeast-1a", "ap-northeast-1d"] }
  }
  nat = {
    input   = "nat"
    refused = { nat = "two" }
    passes  = { nat = "per_az" }
  }
  platforms = {
    input   = "platforms"
    refused = { platforms = ["EKS"] }
    passes  = { platforms = ["FARGATE"] }
  }
  endpoint_name = {
    input   = "extra_interface_endpoints"
    refused = { extra_interface_endpoints = ["s4"] }
    passes  = { extra_interface_endpoints = ["sts"] }
  }
  existing_vpc_one_subnet = {
    input   = "existing_vpc"
    refused = { existing_vpc = { vpc_id = "vpc-0a", private_subnet_ids = ["subnet-1"] } }
    passes  = { existing_vpc = { vpc_id = "vpc-0a", private_subnet_ids = ["subnet-1", "subnet-2"] } }
  }
  existing_vpc_id = {
    input   = "existing_vpc"
    refused = { existing_vpc = { vpc_id = "main", private_subnet_ids = ["subnet-1", "subnet-2"] } }
    passes  = { existing_vpc = { vpc_id = "vpc-0a", private_subnet_ids = ["subnet-1", "subnet-2"] } }
  }
  flow_log_retention = {
    input   = "flow_logs"
    refused = { flow_logs = { retention_days = 31 } }
    passes  = { flow_logs = { enabled = true, retention_days = 30 } }
  }
  flow_log_traffic = {
    input   = "flow_logs"
    refused = { flow_logs = { traffic_type = "DROP" } }
    passes  = { flow_logs = { enabled = true, traffic_type = "ALL" } }
  }
  egress_cidr = {
    input   = "egress_rules"
    refused = { egress_rules = { a = { description = "a", from_port = 1, to_port = 1, cidr_ipv4 = "10.0.0.0" } } }
    passes  = { egress_rules = { a = { description = "a", from_port = 1, to_port = 1, cidr_ipv4 = "10.0.0.0/32" } } }
  }
  name = {
    input   = "name"
    refused = { name = "1demo" }
    passes  = { name = "demo1" }
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
