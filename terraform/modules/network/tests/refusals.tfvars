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
    refused = { existing_vpc = { vpc_id = "vpc-0a0a0a0a", private_subnet_ids = ["subnet-00000001"] } }
    passes  = { existing_vpc = { vpc_id = "vpc-0a0a0a0a", private_subnet_ids = ["subnet-00000001", "subnet-00000002"] } }
  }
  existing_vpc_id = {
    input   = "existing_vpc"
    refused = { existing_vpc = { vpc_id = "main", private_subnet_ids = ["subnet-00000001", "subnet-00000002"] } }
    passes  = { existing_vpc = { vpc_id = "vpc-0a0a0a0a", private_subnet_ids = ["subnet-00000001", "subnet-00000002"] } }
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
  existing_vpc_and_nat = {
    input   = "existing_vpc"
    refused = { existing_vpc = { vpc_id = "vpc-0a0a0a0a", private_subnet_ids = ["subnet-00000001", "subnet-00000002"] }, nat = "single" }
    passes  = { existing_vpc = { vpc_id = "vpc-0a0a0a0a", private_subnet_ids = ["subnet-00000001", "subnet-00000002"] }, nat = "none" }
  }
  existing_vpc_and_flow_logs = {
    input   = "existing_vpc"
    refused = { existing_vpc = { vpc_id = "vpc-0a0a0a0a", private_subnet_ids = ["subnet-00000001", "subnet-00000002"] }, flow_logs = { enabled = true } }
    passes  = { existing_vpc = { vpc_id = "vpc-0a0a0a0a", private_subnet_ids = ["subnet-00000001", "subnet-00000002"] }, flow_logs = { retention_days = 7 } }
  }
  existing_vpc_and_endpoints = {
    input   = "existing_vpc"
    refused = { existing_vpc = { vpc_id = "vpc-0a0a0a0a", private_subnet_ids = ["subnet-00000001", "subnet-00000002"] }, extra_interface_endpoints = ["ssm"] }
    passes  = { existing_vpc = { vpc_id = "vpc-0a0a0a0a", private_subnet_ids = ["subnet-00000001", "subnet-00000002"] }, interface_endpoints = false }
  }
  existing_vpc_subnet_of_another_kind = {
    input   = "existing_vpc"
    refused = { existing_vpc = { vpc_id = "vpc-0a0a0a0a", private_subnet_ids = ["subnet-00000001", "vpc-0a0a0a0a"] } }
    passes  = { existing_vpc = { vpc_id = "vpc-0a0a0a0a", private_subnet_ids = ["subnet-00000001", "subnet-00000002"] } }
  }
  existing_vpc_group_of_another_kind = {
    input   = "existing_vpc"
    refused = { existing_vpc = { vpc_id = "vpc-0a0a0a0a", private_subnet_ids = ["subnet-00000001", "subnet-00000002"], security_group_ids = ["subnet-00000001"] } }
    passes  = { existing_vpc = { vpc_id = "vpc-0a0a0a0a", private_subnet_ids = ["subnet-00000001", "subnet-00000002"], security_group_ids = ["sg-00000001"] } }
  }
  egress_protocol = {
    input   = "egress_rules"
    refused = { egress_rules = { a = { description = "x", from_port = 443, to_port = 443, protocol = "TCP" } } }
    passes  = { egress_rules = { a = { description = "x", from_port = 443, to_port = 443, protocol = "tcp" } } }
  }
  egress_ports_swapped = {
    input   = "egress_rules"
    refused = { egress_rules = { a = { description = "x", from_port = 8080, to_port = 80, protocol = "tcp" } } }
    passes  = { egress_rules = { a = { description = "x", from_port = 80, to_port = 8080, protocol = "tcp" } } }
  }
  egress_port_high = {
    input   = "egress_rules"
    refused = { egress_rules = { a = { description = "x", from_port = 443, to_port = 65536, protocol = "tcp" } } }
    passes  = { egress_rules = { a = { description = "x", from_port = 443, to_port = 65535, protocol = "tcp" } } }
  }
  egress_description = {
    input   = "egress_rules"
    refused = { egress_rules = { a = { description = "the database's", from_port = 443, to_port = 443, protocol = "tcp" } } }
    passes  = { egress_rules = { a = { description = "the database (prod), read only", from_port = 443, to_port = 443, protocol = "tcp" } } }
  }
  cidr_link_local = {
    input   = "vpc_cidr"
    refused = { vpc_cidr = "169.254.0.0/16" }
    passes  = { vpc_cidr = "169.253.0.0/16" }
  }
  cidr_multicast = {
    input   = "vpc_cidr"
    refused = { vpc_cidr = "224.0.0.0/16" }
    passes  = { vpc_cidr = "223.0.0.0/16" }
  }
  s3_statement_sid = {
    input   = "s3_endpoint_statements"
    refused = { s3_endpoint_statements = [{ sid = "OwnAccount", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::x/*"] }] }
    passes  = { s3_endpoint_statements = [{ sid = "Own", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::x/*"] }] }
  }
  s3_statement_action = {
    input   = "s3_endpoint_statements"
    refused = { s3_endpoint_statements = [{ sid = "A", actions = ["ec2:RunInstances"], resources = ["arn:aws:s3:::x/*"] }] }
    passes  = { s3_endpoint_statements = [{ sid = "A", actions = ["s3:Get*"], resources = ["arn:aws:s3:::x/*"] }] }
  }
  s3_statement_resource = {
    input   = "s3_endpoint_statements"
    refused = { s3_endpoint_statements = [{ sid = "A", actions = ["s3:GetObject"], resources = ["x/*"] }] }
    passes  = { s3_endpoint_statements = [{ sid = "A", actions = ["s3:GetObject"], resources = ["arn:aws-cn:s3:::x/*"] }] }
  }
  flow_logs_key = {
    input   = "flow_logs"
    refused = { flow_logs = { kms_key_arn = "alias/logs" } }
    passes  = { flow_logs = { kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/a" } }
  }
  boundary = {
    input   = "permissions_boundary_arn"
    refused = { permissions_boundary_arn = "boundary" }
    passes  = { permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary" }
  }
  role_path = {
    input   = "role_path"
    refused = { role_path = "batch" }
    passes  = { role_path = "/batch/" }
  }
  ping_with_ports = {
    input   = "egress_rules"
    refused = { egress_rules = { ping = { description = "ping", protocol = "icmp", from_port = 0, to_port = 256 } } }
    passes  = { egress_rules = { ping = { description = "ping", protocol = "icmp", from_port = 8, to_port = -1 } } }
  }
  a_rule_twice = {
    input   = "egress_rules"
    refused = { egress_rules = { a = { description = "a", from_port = 443, to_port = 443 }, b = { description = "b", from_port = 443, to_port = 443 } } }
    passes  = { egress_rules = { a = { description = "a", from_port = 443, to_port = 443 }, b = { description = "b", from_port = 443, to_port = 444 } } }
  }
}
