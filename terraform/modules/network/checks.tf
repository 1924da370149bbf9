check "vpc_range" {
  # VPC guide, "VPC CIDR blocks": other ranges are other people's, which jobs could then not reach.
  assert {
    condition     = !local.create || can(regex("^(10|172[.](1[6-9]|2[0-9]|3[01])|192[.]168|100[.](6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])|198[.]1[89])[.]", var.vpc_cidr))
    error_message = "vpc_cidr ${var.vpc_cidr} is of a public range: jobs could not reach what has those addresses on the internet. Use a private one, like 10.64.0.0/16, unless it is yours."
  }

  # Docker's own network on every container instance (VPC guide, "VPC CIDR blocks", names the services that have it too).
  assert {
    condition     = !local.create || !startswith(var.vpc_cidr, "172.17.")
    error_message = "vpc_cidr ${var.vpc_cidr} is the range of Docker's own network on container instances: jobs on EC2 could not reach what has those addresses. Use another private one, like 10.64.0.0/16."
  }
}
