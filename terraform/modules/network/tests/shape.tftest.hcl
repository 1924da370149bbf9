mock_provider "aws" {
  source = "../../testing/mocks"
}

variables {
  name = "demo"
}

run "endpoints_alone" {
  command = plan

  assert {
    condition     = join(" ", output.interface_endpoints) == join(" ", ["ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "logs"]) && output.nat_gateway_count == 0 && length(aws_internet_gateway.this) == 0
    error_message = "Without NAT both platforms need these endpoints, and there is no way to the internet."
  }

  assert {
    condition     = { for zone, subnet in aws_subnet.private : zone => subnet.cidr_block } == { "ap-northeast-1a" = "10.64.0.0/18", "ap-northeast-1c" = "10.64.64.0/18" }
    error_message = "Private subnets share the first half of the VPC."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.endpoints[0].cidr_ipv4 == "10.64.0.0/16" && aws_vpc_security_group_ingress_rule.endpoints[0].from_port == 443 && aws_vpc_security_group_ingress_rule.endpoints[0].to_port == 443
    error_message = "Endpoints take HTTPS from the VPC and nothing else."
  }
}

run "fargate_alone_needs_fewer_endpoints" {
  command = plan

  variables {
    platforms                 = ["FARGATE"]
    extra_interface_endpoints = ["secretsmanager"]
  }

  assert {
    condition     = join(" ", output.interface_endpoints) == join(" ", ["ecr.api", "ecr.dkr", "logs", "secretsmanager"])
    error_message = "Fargate needs no ECS endpoints; chosen ones are added."
  }
}

run "one_nat_for_three_zones" {
  command = plan

  variables {
    nat                     = "single"
    availability_zone_count = 3
    vpc_cidr                = "10.0.0.0/22"
  }

  assert {
    condition     = output.nat_gateway_count == 1 && keys(aws_route.private_nat) == ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"] && join(" ", output.interface_endpoints) == join(" ", [])
    error_message = "One NAT gateway serves every zone, and endpoints are not needed."
  }

  assert {
    condition     = [for subnet in aws_subnet.private : subnet.cidr_block] == ["10.0.0.0/25", "10.0.0.128/25", "10.0.1.0/25"]
    error_message = "Three zones have the ranges of four, smaller than those of two: variables.tf says what that means for an applied VPC."
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.public : endswith(subnet.cidr_block, "/28") && !subnet.map_public_ip_on_launch])
    error_message = "Public subnets are small and hand out no public addresses."
  }
}

run "no_way_out_is_told" {
  command = plan

  variables {
    interface_endpoints = false
  }

  # The same without endpoints passes with NAT: see one_nat_for_three_zones.
  expect_failures = [aws_vpc.this]
}

run "nat_in_every_zone" {
  command = plan

  variables {
    nat                 = "per_az"
    interface_endpoints = true
    flow_logs           = { enabled = true, traffic_type = "ALL" }

    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
    role_path                = "/batch/"
  }

  assert {
    condition     = output.nat_gateway_count == 2 && length(aws_vpc_endpoint.interface) == 6
    error_message = "A NAT gateway for each zone; endpoints beside NAT when asked for."
  }

  assert {
    condition     = aws_flow_log.this[0].traffic_type == "ALL" && aws_cloudwatch_log_group.flow[0].retention_in_days == 30
    error_message = "Flow logs go to a group that forgets."
  }

  assert {
    condition     = aws_iam_role.flow[0].permissions_boundary == "arn:aws:iam::123456789012:policy/boundary" && aws_iam_role.flow[0].path == "/batch/"
    error_message = "The role of the flow logs is under the organisation's boundary and path as all others are."
  }
}

run "existing_vpc" {
  command = plan

  variables {
    existing_vpc = { vpc_id = "vpc-0a0a0a0a", private_subnet_ids = ["subnet-00000001", "subnet-00000002"] }
    egress_rules = {
      all = { description = "anything", from_port = 0, to_port = 0, protocol = "-1" }
    }
  }

  assert {
    condition     = length(aws_vpc.this) + length(aws_subnet.private) + length(aws_vpc_endpoint.interface) + length(aws_vpc_endpoint.s3) + length(aws_route_table.private) == 0
    error_message = "In a VPC that exists nothing is made but a security group."
  }

  assert {
    condition     = output.vpc_id == "vpc-0a0a0a0a" && join(" ", output.private_subnet_ids) == "subnet-00000001 subnet-00000002"
    error_message = "What was given is handed on."
  }

  assert {
    condition     = aws_security_group.jobs[0].vpc_id == "vpc-0a0a0a0a" && aws_vpc_security_group_egress_rule.jobs["all"].from_port == null
    error_message = "A security group is made in it when none is given."
  }
}

run "secrets_without_an_endpoint" {
  command = plan

  variables {
    needed_endpoints = ["secretsmanager"]
  }

  expect_failures = [aws_vpc.this]
}

run "secrets_with_their_endpoint" {
  command = plan

  variables {
    needed_endpoints          = ["secretsmanager"]
    extra_interface_endpoints = ["secretsmanager"]
  }

  assert {
    condition     = contains(output.interface_endpoints, "secretsmanager")
    error_message = "What jobs need may be added."
  }
}

run "efs_without_a_port" {
  command = plan

  variables {
    needed_ports = [2049]
  }

  expect_failures = [aws_security_group.jobs]
}

run "efs_with_its_port" {
  command = plan

  variables {
    needed_ports = [2049]
    egress_rules = { nfs = { description = "EFS", from_port = 2000, to_port = 2049, cidr_ipv4 = "10.64.0.0/16" } }
  }

  assert {
    condition     = local.open_ports == { "2049" = true }
    error_message = "A rule over the port lets it out."
  }
}

run "more_zones_than_there_are" {
  command = plan

  variables {
    availability_zone_count = 6
  }

  expect_failures = [aws_vpc.this]
}

run "zones_of_another_region" {
  command = plan

  variables {
    availability_zones = ["us-east-1a", "us-east-1b"]
  }

  expect_failures = [aws_vpc.this]
}

run "a_zone_without_fargate" {
  command = plan

  override_data {
    target = data.aws_availability_zones.available[0]
    values = {
      names    = ["ap-northeast-1a", "ap-northeast-1b", "ap-northeast-1c", "ap-northeast-1d"]
      zone_ids = ["apne1-az4", "apne1-az3", "apne1-az1", "apne1-az2"]
    }
  }

  assert {
    condition     = join(" ", output.availability_zones) == "ap-northeast-1a ap-northeast-1c"
    error_message = "A zone in which there is no Fargate is passed over."
  }
}

run "a_zone_without_fargate_by_name" {
  command = plan

  variables {
    availability_zones = ["ap-northeast-1a", "ap-northeast-1b"]
  }

  override_data {
    target = data.aws_availability_zones.available[0]
    values = {
      names    = ["ap-northeast-1a", "ap-northeast-1b", "ap-northeast-1c", "ap-northeast-1d"]
      zone_ids = ["apne1-az4", "apne1-az3", "apne1-az1", "apne1-az2"]
    }
  }

  expect_failures = [aws_vpc.this]
}

run "the_same_zone_for_ec2_alone" {
  command = plan

  variables {
    platforms = ["EC2"]
  }

  override_data {
    target = data.aws_availability_zones.available[0]
    values = {
      names    = ["ap-northeast-1a", "ap-northeast-1b", "ap-northeast-1c", "ap-northeast-1d"]
      zone_ids = ["apne1-az4", "apne1-az3", "apne1-az1", "apne1-az2"]
    }
  }

  assert {
    condition     = join(" ", output.availability_zones) == "ap-northeast-1a ap-northeast-1b"
    error_message = "Without Fargate every zone will do."
  }
}

run "china" {
  command = plan

  override_data {
    target = data.aws_partition.current
    values = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
  }

  override_data {
    target = data.aws_region.current
    values = { name = "cn-northwest-1" }
  }

  assert {
    condition     = aws_vpc_endpoint.interface["ecr.dkr"].service_name == "cn.com.amazonaws.cn-northwest-1.ecr.dkr" && aws_vpc_endpoint.interface["logs"].service_name == "com.amazonaws.cn-northwest-1.logs" && aws_vpc_endpoint.s3[0].service_name == "com.amazonaws.cn-northwest-1.s3"
    error_message = "Some services have another prefix there."
  }
}

run "open_data_through_the_s3_endpoint" {
  command = plan

  variables {
    s3_endpoint_statements = [{ sid = "OpenData", actions = ["s3:GetObject", "s3:ListBucket"], resources = ["arn:aws:s3:::1000genomes", "arn:aws:s3:::1000genomes/*"] }]
  }

  assert {
    condition     = data.aws_iam_policy_document.s3_endpoint[0].statement[3].sid == "OpenData" && data.aws_iam_policy_document.s3_endpoint[0].statement[3].resources == toset(["arn:aws:s3:::1000genomes", "arn:aws:s3:::1000genomes/*"])
    error_message = "Other buckets may be let through."
  }
}

run "six_nat_gateways_are_told" {
  command = plan

  variables {
    nat                     = "per_az"
    availability_zone_count = 6
    vpc_cidr                = "10.0.0.0/16"
  }

  override_data {
    target = data.aws_region.current
    values = { name = "us-east-1" }
  }

  override_data {
    target = data.aws_availability_zones.available[0]
    values = {
      names    = ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1e", "us-east-1f"]
      zone_ids = ["use1-az1", "use1-az2", "use1-az3", "use1-az4", "use1-az5", "use1-az6"]
    }
  }

  expect_failures = [check.elastic_ips]
}
