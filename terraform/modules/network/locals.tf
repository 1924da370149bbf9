locals {
  create = var.existing_vpc == null

  zone_count = length(var.availability_zones) > 0 ? length(var.availability_zones) : var.availability_zone_count
  zone_ids   = local.create ? zipmap(data.aws_availability_zones.available[0].names, data.aws_availability_zones.available[0].zone_ids) : {}

  # Regions in which Fargate is not in every zone (ECS guide, "AWS Fargate Regions"). A zone's name means another zone in
  # each account, its id does not.
  fargate_zone_ids = lookup({
    ap-northeast-1 = ["apne1-az1", "apne1-az2", "apne1-az4"]
    ca-central-1   = ["cac1-az1", "cac1-az2"]
    cn-north-1     = ["cnn1-az1", "cnn1-az2"]
    us-west-1      = ["usw1-az1", "usw1-az3"]
  }, local.region, null)
  without_fargate = contains(var.platforms, "FARGATE") && local.fargate_zone_ids != null ? [for name, id in local.zone_ids : name if !contains(local.fargate_zone_ids, id)] : []
  usable_zones    = sort(setsubtract(keys(local.zone_ids), local.without_fargate))

  zone_names = local.create ? (
    length(var.availability_zones) > 0 ? var.availability_zones : slice(local.usable_zones, 0, min(local.zone_count, length(local.usable_zones)))
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
  # What jobs and instances reach without a way to the internet: a secret that cannot be read fails a job in STARTING.
  needed_endpoints = setunion(local.required_endpoints, var.needed_endpoints)
  endpoints        = local.create ? setunion(local.endpoints_on ? local.required_endpoints : [], var.extra_interface_endpoints) : []

  vpc_id             = local.create ? aws_vpc.this[0].id : var.existing_vpc.vpc_id
  private_subnet_ids = local.create ? [for zone in local.zone_names : aws_subnet.private[zone].id] : var.existing_vpc.private_subnet_ids
  make_job_group     = local.create || length(try(var.existing_vpc.security_group_ids, [])) == 0

  # In China some services have another prefix (VPC guide, "AWS services that integrate with AWS PrivateLink").
  endpoint_prefixes = { for service in setunion(local.endpoints, ["s3"]) : service => (
    local.partition == "aws-cn" && contains(["batch", "ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "sts"], service) ? "cn.com.amazonaws" : "com.amazonaws"
  ) }

  # Egress rules that let TCP to a port of one's own network pass.
  open_ports = { for port in var.needed_ports : port => anytrue([for rule in values(var.egress_rules) : rule.protocol == "-1" || rule.protocol == "tcp" && rule.from_port <= port && rule.to_port >= port]) }

  region    = data.aws_region.current.name
  partition = data.aws_partition.current.partition
}
