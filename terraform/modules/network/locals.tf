locals {
  create = var.existing_vpc == null

  zone_count = length(var.availability_zones) > 0 ? length(var.availability_zones) : var.availability_zone_count
  zone_names = local.create ? (
    length(var.availability_zones) > 0 ? var.availability_zones : slice(sort(data.aws_availability_zones.available[0].names), 0, local.zone_count)
  ) : []

  # The first half is for private subnets, the last sixteenth for public ones: private subnets never have to move
  # when NAT is switched on later.
  zone_bits    = ceil(log(max(2, local.zone_count), 2))
  private_cidr = cidrsubnet(var.vpc_cidr, 1, 0)
  public_cidr  = cidrsubnet(var.vpc_cidr, 4, 15)
  zones = {
    for index, zone in local.zone_names : zone => {
      private_cidr = cidrsubnet(local.private_cidr, local.zone_bits, index)
      public_cidr  = cidrsubnet(local.public_cidr, local.zone_bits, index)
    }
  }

  nat_zones = local.create ? (
    var.nat == "none" ? [] : var.nat == "single" ? slice(local.zone_names, 0, 1) : local.zone_names
  ) : []
  public_zones = length(local.nat_zones) > 0 ? local.zones : {}

  endpoints_on = local.create && coalesce(var.interface_endpoints, var.nat == "none")
  required_endpoints = toset(concat(
    ["ecr.api", "ecr.dkr", "logs"],
    contains(var.platforms, "EC2") ? ["ecs", "ecs-agent", "ecs-telemetry"] : [],
  ))
  endpoints = local.create ? setunion(local.endpoints_on ? local.required_endpoints : [], var.extra_interface_endpoints) : []

  vpc_id             = local.create ? aws_vpc.this[0].id : var.existing_vpc.vpc_id
  private_subnet_ids = local.create ? [for zone in local.zone_names : aws_subnet.private[zone].id] : var.existing_vpc.private_subnet_ids
  make_job_group     = local.create || length(try(var.existing_vpc.security_group_ids, [])) == 0

  region    = data.aws_region.current.name
  partition = data.aws_partition.current.partition
}
