variable "availability_zone_count" {
  type        = number
  default     = 2
  description = <<-EOT
    How many zones to spread the subnets over when `availability_zones` is empty: the first ones of the region by name. Default 2.
    More zones give Spot more places to find capacity; every zone adds one interface endpoint per service and, with
    `nat = "per_az"`, one NAT gateway. Adding a zone at the end replaces nothing.
  EOT
  nullable    = false

  validation {
    condition     = var.availability_zone_count >= 2 && var.availability_zone_count <= 6 && floor(var.availability_zone_count) == var.availability_zone_count
    error_message = "availability_zone_count is ${var.availability_zone_count}. Give a whole number from 2 to 6: AWS Batch needs a second zone to fall back on."
  }
}

variable "availability_zones" {
  type        = list(string)
  default     = []
  description = <<-EOT
    Zones by name, for example `["ap-northeast-1a", "ap-northeast-1c"]`. Default empty: the region's first `availability_zone_count`.
    Changing a name replaces that zone's subnets, and with them compute environments on Fargate; append new zones at the end.
  EOT
  nullable    = false

  validation {
    condition     = length(var.availability_zones) != 1 && length(var.availability_zones) <= 6
    error_message = "availability_zones names ${length(var.availability_zones)} zone(s). Name two to six, or none to let the region choose."
  }

  validation {
    condition     = length(distinct(var.availability_zones)) == length(var.availability_zones)
    error_message = "availability_zones names a zone twice (${join(", ", var.availability_zones)}). Name each zone once."
  }
}

variable "egress_rules" {
  type = map(object({
    description = string
    from_port   = number
    to_port     = number
    protocol    = optional(string, "tcp")
    cidr_ipv4   = optional(string, "0.0.0.0/0")
  }))
  default = {
    https = { description = "HTTPS: AWS services, registries, APIs", from_port = 443, to_port = 443 }
  }
  description = <<-EOT
    What jobs and container instances may connect to, by a name of your choice. Default: HTTPS only. Add a rule for a
    database or for EFS (2049). Nothing may ever connect to a job: there is no ingress input. Changes apply in place.
  EOT
  nullable    = false

  validation {
    condition     = alltrue([for rule in values(var.egress_rules) : can(cidrhost(rule.cidr_ipv4, 0))])
    error_message = "egress_rules has a cidr_ipv4 that is no IPv4 CIDR: ${join(", ", [for name, rule in var.egress_rules : name if !can(cidrhost(rule.cidr_ipv4, 0))])}. Write it like 10.0.0.0/16."
  }
}

variable "existing_vpc" {
  type = object({
    vpc_id             = string
    private_subnet_ids = list(string)
    security_group_ids = optional(list(string), [])
  })
  default     = null
  description = <<-EOT
    Use a VPC that exists instead of making one: its id and at least two private subnets with a way out (NAT, transit
    gateway or endpoints). `security_group_ids` empty: one is made from `egress_rules`. No subnet, NAT gateway, endpoint
    or flow log is made then. Default null: a VPC is made. Switching later replaces every compute environment on
    Fargate's side in place, but deletes the VPC made here.
  EOT

  validation {
    condition     = var.existing_vpc == null || length(distinct(try(var.existing_vpc.private_subnet_ids, []))) >= 2
    error_message = "existing_vpc.private_subnet_ids needs two or more different subnets, in different zones."
  }

  validation {
    condition     = var.existing_vpc == null || can(regex("^vpc-[0-9a-f]+$", var.existing_vpc.vpc_id))
    error_message = "existing_vpc.vpc_id is no VPC id. It looks like vpc-0123456789abcdef0."
  }
}

variable "extra_interface_endpoints" {
  type        = set(string)
  default     = []
  description = <<-EOT
    Interface endpoints beside those that the platforms need, by short service name: `secretsmanager`, `ssm`, `sts`,
    `batch`, `kms`, `monitoring`, `events`, `sns`, `sqs`. Default none. Each costs by the hour and zone. Adding or
    removing one changes no other resource.
  EOT
  nullable    = false

  validation {
    condition     = alltrue([for name in var.extra_interface_endpoints : contains(["secretsmanager", "ssm", "ssmmessages", "ec2messages", "sts", "batch", "kms", "monitoring", "events", "sns", "sqs", "elasticfilesystem"], name)])
    error_message = "extra_interface_endpoints has a service this module does not know. Use secretsmanager, ssm, ssmmessages, ec2messages, sts, batch, kms, monitoring, events, sns, sqs or elasticfilesystem; what the platforms need is added by itself."
  }
}

variable "flow_logs" {
  type = object({
    enabled        = optional(bool, false)
    retention_days = optional(number, 30)
    traffic_type   = optional(string, "REJECT")
    kms_key_arn    = optional(string)
  })
  default     = {}
  description = <<-EOT
    VPC flow logs to CloudWatch Logs. Off by default: ingestion costs by the GB. `traffic_type` REJECT (default) shows
    what security groups stop; ALL shows everything. `kms_key_arn` encrypts the log group (the key's policy must let
    CloudWatch Logs use it). Changing `traffic_type` replaces the flow log only.
  EOT
  nullable    = false

  validation {
    condition     = contains(["ACCEPT", "REJECT", "ALL"], var.flow_logs.traffic_type)
    error_message = "flow_logs.traffic_type is \"${var.flow_logs.traffic_type}\". Use ACCEPT, REJECT or ALL."
  }

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.flow_logs.retention_days)
    error_message = "flow_logs.retention_days is ${var.flow_logs.retention_days}. CloudWatch Logs knows 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "interface_endpoints" {
  type        = bool
  default     = null
  description = <<-EOT
    Whether to make the interface endpoints that the platforms need (ecr.api, ecr.dkr, logs; EC2 adds ecs, ecs-agent,
    ecs-telemetry). Default null: yes when `nat` is `none`, no otherwise, since traffic then goes through NAT. They cost by
    the hour and zone; a single NAT gateway is cheaper in development, endpoints keep production off the internet.
    Changes no other resource.
  EOT
}

variable "name" {
  type        = string
  description = "Name prefix of everything here, `<project>-<environment>`. Changing it renames most resources and replaces security groups."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,39}$", var.name))
    error_message = "name is \"${var.name}\". Use 2 to 40 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "nat" {
  type        = string
  default     = "none"
  description = <<-EOT
    Way out to the internet: `none` (default: AWS services through endpoints only), `single` (one NAT gateway, cheaper,
    fails with its zone) or `per_az` (one per zone). Changing it replaces no subnet.
  EOT
  nullable    = false

  validation {
    condition     = contains(["none", "single", "per_az"], var.nat)
    error_message = "nat is \"${var.nat}\". Use none, single or per_az."
  }
}

variable "platforms" {
  type        = set(string)
  default     = ["EC2", "FARGATE"]
  description = "Batch platforms that run here, `EC2`, `FARGATE` or both (default): decides which interface endpoints are needed. Changing it adds or deletes those."
  nullable    = false

  validation {
    condition     = length(var.platforms) > 0 && length(setsubtract(var.platforms, ["EC2", "FARGATE"])) == 0
    error_message = "platforms is [${join(", ", var.platforms)}]. Use EC2, FARGATE or both."
  }
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags on every resource. Default none. Changes apply in place."
  nullable    = false

  validation {
    condition     = length(var.tags) <= 40
    error_message = "${length(var.tags)} tags. Keep to 40, so that those that are added still fit into AWS's 50."
  }

  # Each pair as one text: the characters are those of the pattern of IAM's and ECS's TagKey and TagValue.
  validation {
    condition     = length([for key, value in var.tags : key if startswith(lower(key), "aws:") || !can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]{1,128}\\n[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]{0,256}$", "${key}\n${value}"))]) == 0
    error_message = "tags that AWS refuses: ${join(", ", [for key, value in var.tags : key if startswith(lower(key), "aws:") || !can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]{1,128}\\n[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]{0,256}$", "${key}\n${value}"))])}. A key has 1 to 128 characters and a value up to 256, letters, digits, blanks and + - = . _ : / @ alone; no key begins with aws:."
  }
}

variable "vpc_cidr" {
  type        = string
  default     = "10.64.0.0/16"
  description = <<-EOT
    Address range of the VPC (default 10.64.0.0/16). Half of it goes to private subnets, cut evenly over the zones, a sixteenth to public ones.
    Every Fargate job and every container instance takes one private address. Changing it replaces the VPC and all in it.
  EOT
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr)) && try(cidrhost(var.vpc_cidr, 0) == split("/", var.vpc_cidr)[0], false)
    error_message = "vpc_cidr \"${var.vpc_cidr}\" is no IPv4 network. Write the first address and the length, like 10.64.0.0/16."
  }

  validation {
    condition = try(
      tonumber(split("/", var.vpc_cidr)[1]) >= 16 &&
      tonumber(split("/", var.vpc_cidr)[1]) + 4 + ceil(log(max(2, length(var.availability_zones) > 0 ? length(var.availability_zones) : var.availability_zone_count), 2)) <= 28,
      false
    )
    error_message = "vpc_cidr ${var.vpc_cidr} does not fit: a VPC is a /16 at most, and every public subnet (a sixteenth of it, cut over ${max(2, length(var.availability_zones) > 0 ? length(var.availability_zones) : var.availability_zone_count)} zones) needs a /28. Use a /${28 - 4 - ceil(log(max(2, length(var.availability_zones) > 0 ? length(var.availability_zones) : var.availability_zone_count), 2))} or larger, or fewer zones."
  }
}
