module "network" {
  source = "../.."

  name               = "awa-batch-prod"
  vpc_cidr           = "10.65.0.0/16"
  availability_zones = ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"]

  nat                       = "none"
  interface_endpoints       = true
  extra_interface_endpoints = ["secretsmanager", "ssm"]
  platforms                 = ["EC2", "FARGATE"]

  egress_rules = {
    https    = { description = "HTTPS: AWS services, registries, APIs", from_port = 443, to_port = 443 }
    database = { description = "PostgreSQL", from_port = 5432, to_port = 5432, cidr_ipv4 = "10.65.0.0/16" }
  }

  flow_logs = { enabled = true, traffic_type = "ALL", retention_days = 90 }

  tags = { Project = "awa-batch" }
}
