resource "aws_security_group" "jobs" {
  # checkov:skip=CKV2_AWS_5: compute environments use it, which this check does not know

  count = local.make_job_group ? 1 : 0

  name_prefix = "${var.name}-jobs-"
  description = "Jobs and container instances: nothing in, chosen ports out"
  vpc_id      = local.vpc_id

  tags = merge(var.tags, { Name = "${var.name}-jobs" })

  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = alltrue(values(local.open_ports))
      error_message = "Jobs need TCP port ${join(", ", [for port, open in local.open_ports : port if !open])} (2049 is EFS), and no egress rule lets it out: their start would time out. Add egress_rules = { efs = { description = \"EFS\", from_port = 2049, to_port = 2049, cidr_ipv4 = \"${var.vpc_cidr}\" } } to those that there are."
    }
  }
}

resource "aws_vpc_security_group_egress_rule" "jobs" {
  for_each = local.make_job_group ? var.egress_rules : {}

  security_group_id = aws_security_group.jobs[0].id
  description       = each.value.description
  ip_protocol       = each.value.protocol
  from_port         = each.value.protocol == "-1" ? null : each.value.from_port
  to_port           = each.value.protocol == "-1" ? null : each.value.to_port
  cidr_ipv4         = each.value.cidr_ipv4

  tags = merge(var.tags, { Name = "${var.name}-jobs-${each.key}" })
}
