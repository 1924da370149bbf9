data "aws_availability_zones" "available" {
  # checkov:skip=CKV_AWS_394: only the first zones by name are taken; naming them in availability_zones pins them

  count = local.create ? 1 : 0

  state = "available"

  # Local Zones and Wavelength have neither Fargate nor every endpoint.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

data "aws_partition" "current" {}

data "aws_region" "current" {}

resource "aws_vpc" "this" {
  count = local.create ? 1 : 0

  cidr_block           = var.vpc_cidr
  enable_dns_hostnames = true
  enable_dns_support   = true

  tags = merge(var.tags, { Name = var.name })

  lifecycle {
    precondition {
      condition     = length(var.availability_zones) > 0 || length(local.usable_zones) >= local.zone_count
      error_message = "${local.region} has ${length(local.usable_zones)} zones that can be used (${join(", ", local.usable_zones)}), fewer than the ${local.zone_count} of availability_zone_count. Lower it."
    }

    precondition {
      condition     = length(setsubtract(var.availability_zones, keys(local.zone_ids))) == 0
      error_message = "availability_zones names ${join(", ", setsubtract(var.availability_zones, keys(local.zone_ids)))}, which this account does not have in ${local.region}. It has ${join(", ", keys(local.zone_ids))}."
    }

    precondition {
      condition     = length(setintersection(var.availability_zones, local.without_fargate)) == 0
      error_message = "availability_zones names ${join(", ", setintersection(var.availability_zones, local.without_fargate))}, where there is no Fargate. Use some of ${join(", ", local.usable_zones)}."
    }

    precondition {
      condition     = var.nat != "none" || length(setsubtract(local.needed_endpoints, local.endpoints)) == 0
      error_message = "There is no NAT and no interface endpoint for ${join(", ", setsubtract(local.needed_endpoints, local.endpoints))}: jobs would stay in STARTING until they fail. Set nat = \"single\", or interface_endpoints = true and extra_interface_endpoints = [${join(", ", [for name in setsubtract(var.needed_endpoints, local.required_endpoints) : "\"${name}\""])}]."
    }
  }
}

# The default security group allows all traffic within itself until it is emptied.
resource "aws_default_security_group" "this" {
  count = local.create ? 1 : 0

  vpc_id = aws_vpc.this[0].id

  tags = merge(var.tags, { Name = "${var.name}-default-unused" })
}

resource "aws_subnet" "private" {
  for_each = local.zones

  vpc_id                  = aws_vpc.this[0].id
  availability_zone       = each.key
  cidr_block              = each.value.private_cidr
  map_public_ip_on_launch = false

  tags = merge(var.tags, { Name = "${var.name}-private-${each.key}", Tier = "private" })
}

resource "aws_route_table" "private" {
  for_each = local.zones

  vpc_id = aws_vpc.this[0].id

  tags = merge(var.tags, { Name = "${var.name}-private-${each.key}" })
}

resource "aws_route_table_association" "private" {
  for_each = local.zones

  route_table_id = aws_route_table.private[each.key].id
  subnet_id      = aws_subnet.private[each.key].id
}
