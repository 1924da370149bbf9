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
  expect_failures = [check.endpoints]
}

run "nat_in_every_zone" {
  command = plan

  variables {
    nat                 = "per_az"
    interface_endpoints = true
    flow_logs           = { enabled = true, traffic_type = "ALL" }
  }

  assert {
    condition     = output.nat_gateway_count == 2 && length(aws_vpc_endpoint.interface) == 6
    error_message = "A NAT gateway for each zone; endpoints beside NAT when asked for."
  }

  assert {
    condition     = aws_flow_log.this[0].traffic_type == "ALL" && aws_cloudwatch_log_group.flow[0].retention_in_days == 30
    error_message = "Flow logs go to a group that forgets."
  }
}

run "existing_vpc" {
  command = plan

  variables {
    existing_vpc = { vpc_id = "vpc-0a", private_subnet_ids = ["subnet-1", "subnet-2"] }
    egress_rules = {
      all = { description = "anything", from_port = 0, to_port = 0, protocol = "-1" }
    }
  }

  assert {
    condition     = length(aws_vpc.this) + length(aws_subnet.private) + length(aws_vpc_endpoint.interface) + length(aws_vpc_endpoint.s3) + length(aws_route_table.private) == 0
    error_message = "In a VPC that exists nothing is made but a security group."
  }

  assert {
    condition     = output.vpc_id == "vpc-0a" && join(" ", output.private_subnet_ids) == "subnet-1 subnet-2"
    error_message = "What was given is handed on."
  }

  assert {
    condition     = aws_security_group.jobs[0].vpc_id == "vpc-0a" && aws_vpc_security_group_egress_rule.jobs["all"].from_port == null
    error_message = "A security group is made in it when none is given."
  }
}
