variable "availability_zone_count" {
  type        = number
  default     = 2
  description = <<-EOT
    How many zones to spread the subnets over when `availability_zones` is empty: the first ones of the region by name, with Fargate only those that have it. Default 2.
    More zones give Spot more places to find capacity; every zone adds one interface endpoint per service and, with
    `nat = "per_az"`, one NAT gateway. Choose it before the first apply: a change replaces
    subnets, as `availability_zones` says.
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
    Choose them before the first apply: a fourth or a sixth zone at the end is added, but a third or a fifth makes every range smaller, and another name takes
    over the range of the one before. Both replace subnets, and AWS refuses the new ones while the old ones have their addresses (EC2 API reference, error
    codes: InvalidSubnet.Conflict).
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

  # EC2 API reference, IpPermission (IpProtocol, FromPort, ToPort) and IpRange (Description).
  validation {
    condition     = alltrue([for rule in values(var.egress_rules) : contains(["tcp", "udp", "icmp", "-1"], rule.protocol)])
    error_message = "egress_rules has a protocol other than tcp, udp, icmp and -1 (all): ${join(", ", [for name, rule in var.egress_rules : "${name} = ${rule.protocol}" if !contains(["tcp", "udp", "icmp", "-1"], rule.protocol)])}."
  }

  validation {
    condition     = alltrue([for rule in values(var.egress_rules) : contains(["-1", "icmp"], rule.protocol) || rule.from_port >= 0 && rule.from_port <= rule.to_port && rule.to_port <= 65535 && floor(rule.from_port) == rule.from_port && floor(rule.to_port) == rule.to_port])
    error_message = "egress_rules has ports that are none or in the wrong order: ${join(", ", [for name, rule in var.egress_rules : "${name} = ${rule.from_port} to ${rule.to_port}" if !(contains(["-1", "icmp"], rule.protocol) || rule.from_port >= 0 && rule.from_port <= rule.to_port && rule.to_port <= 65535 && floor(rule.from_port) == rule.from_port && floor(rule.to_port) == rule.to_port)])}. Use whole numbers from 0 to 65535, from_port not above to_port."
  }

  validation {
    condition     = alltrue([for rule in values(var.egress_rules) : can(regex("^[a-zA-Z0-9. _:/()#,@+=&;{}!$*\\[\\]-]{0,255}$", rule.description))])
    error_message = "egress_rules has a description that EC2 refuses: ${join(", ", [for name, rule in var.egress_rules : name if !can(regex("^[a-zA-Z0-9. _:/()#,@+=&;{}!$*\\[\\]-]{0,255}$", rule.description))])}. Use at most 255 of a-z, A-Z, 0-9, blanks and ._-:/()#,@[]+=&;{}!$*."
  }

  validation {
    condition     = length([for rule in values(var.egress_rules) : rule if rule.protocol == "icmp" && !(rule.from_port >= -1 && rule.from_port <= 255 && rule.to_port >= -1 && rule.to_port <= 255 && floor(rule.from_port) == rule.from_port && floor(rule.to_port) == rule.to_port)]) == 0
    error_message = "egress_rules has an ICMP rule with ports: ${join(", ", [for name, rule in var.egress_rules : name if rule.protocol == "icmp" && !(rule.from_port >= -1 && rule.from_port <= 255 && rule.to_port >= -1 && rule.to_port <= 255 && floor(rule.from_port) == rule.from_port && floor(rule.to_port) == rule.to_port)])}. ICMP has none: from_port is the type and to_port the code, each 0 to 255, or -1 for all."
  }

  # EC2 refuses the second of two equal rules in the middle of an apply (InvalidPermission.Duplicate in its error codes).
  validation {
    condition     = length(distinct([for rule in values(var.egress_rules) : "${rule.protocol}${rule.protocol == "-1" ? "" : " ${rule.from_port} to ${rule.to_port}"} ${rule.cidr_ipv4}"])) == length(var.egress_rules)
    error_message = "egress_rules has one rule under two names: ${join(", ", [for name, rule in var.egress_rules : "${name} = ${rule.protocol}${rule.protocol == "-1" ? "" : " ${rule.from_port} to ${rule.to_port}"} ${rule.cidr_ipv4}"])}. EC2 takes each but once: take one of the two out."
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
    or flow log is made then. Default null: a VPC is made. Switching later moves compute environments to these subnets and
    deletes the VPC made here.
  EOT

  validation {
    condition     = var.existing_vpc == null || length(distinct(try(var.existing_vpc.private_subnet_ids, []))) >= 2
    error_message = "existing_vpc.private_subnet_ids needs two or more different subnets, in different zones."
  }

  validation {
    condition     = var.existing_vpc == null || can(regex("^vpc-([0-9a-f]{8}|[0-9a-f]{17})$", var.existing_vpc.vpc_id))
    error_message = "existing_vpc.vpc_id is no VPC id. It looks like vpc-0123456789abcdef0."
  }

  validation {
    condition     = var.existing_vpc == null || alltrue([for id in try(var.existing_vpc.private_subnet_ids, []) : can(regex("^subnet-([0-9a-f]{8}|[0-9a-f]{17})$", id))]) && alltrue([for id in try(var.existing_vpc.security_group_ids, []) : can(regex("^sg-([0-9a-f]{8}|[0-9a-f]{17})$", id))])
    error_message = "existing_vpc has an id that is none: ${join(", ", concat([for id in try(var.existing_vpc.private_subnet_ids, []) : id if !can(regex("^subnet-([0-9a-f]{8}|[0-9a-f]{17})$", id))], [for id in try(var.existing_vpc.security_group_ids, []) : id if !can(regex("^sg-([0-9a-f]{8}|[0-9a-f]{17})$", id))]))}. They look like subnet-0123456789abcdef0 and sg-0123456789abcdef0."
  }

  validation {
    condition     = var.existing_vpc == null || var.nat == "none" && length(var.extra_interface_endpoints) == 0 && var.interface_endpoints != true && !var.flow_logs.enabled && length(var.availability_zones) == 0 && length(var.s3_endpoint_statements) == 0
    error_message = "existing_vpc stands beside settings of a VPC that is made here and would have no effect: ${join(", ", compact([var.nat == "none" ? "" : "nat", length(var.extra_interface_endpoints) == 0 ? "" : "extra_interface_endpoints", var.interface_endpoints == true ? "interface_endpoints" : "", var.flow_logs.enabled ? "flow_logs" : "", length(var.availability_zones) == 0 ? "" : "availability_zones", length(var.s3_endpoint_statements) == 0 ? "" : "s3_endpoint_statements"]))}. Take them out, and see to them where that VPC is made."
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

  validation {
    condition     = var.flow_logs.kms_key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", var.flow_logs.kms_key_arn))
    error_message = "flow_logs.kms_key_arn is no ARN of a KMS key. It looks like arn:aws:kms:ap-northeast-1:123456789012:key/…"
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

variable "needed_endpoints" {
  type        = set(string)
  default     = []
  description = <<-EOT
    Services that jobs need beside those that their platforms do, by short name (`secretsmanager`, `ssm`): without NAT and without such an endpoint the plan
    is refused, as jobs would stay in STARTING until they fail. Default none. Changes no resource.
  EOT
  nullable    = false
}

variable "needed_ports" {
  type        = set(number)
  default     = []
  description = "TCP ports that jobs need to reach (2049 of EFS): a plan whose egress rules let one of them not out is refused. Default none. Changes no resource."
  nullable    = false
}

variable "permissions_boundary_arn" {
  type        = string
  default     = null
  description = "Managed policy that bounds what the role of the flow logs may ever do, where an organisation asks for one. Default null: none. Changes apply in place."

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:[^:]+:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn is no ARN of a managed policy. It looks like arn:aws:iam::123456789012:policy/boundary."
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

variable "role_path" {
  type        = string
  default     = "/"
  description = "IAM path of the role of the flow logs, `/batch/` for example. Default `/`. Changing it replaces the role."
  nullable    = false

  validation {
    condition     = can(regex("^/([A-Za-z0-9._+=,@-]+/)*$", var.role_path)) && length(var.role_path) <= 512
    error_message = "role_path is \"${var.role_path}\". It begins and ends with a /, like /batch/."
  }
}

variable "s3_endpoint_statements" {
  type = list(object({
    sid        = string
    actions    = list(string)
    resources  = list(string)
    principals = optional(list(string), ["*"])
  }))
  default     = []
  description = <<-EOT
    What the S3 endpoint lets pass beside requests of this account's identities, ECR's layers and Amazon Linux's packages: open data, presigned URLs of other
    accounts. Each with a `sid` of its own, `actions` (`s3:GetObject`), `resources` (ARNs of objects or buckets) and `principals` (default anyone). Default
    none. Changes apply in place.
  EOT
  nullable    = false

  validation {
    condition     = length(distinct(concat(var.s3_endpoint_statements[*].sid, ["OwnAccount", "EcrLayers", "AmazonLinuxPackages"]))) == length(var.s3_endpoint_statements) + 3 && alltrue([for statement in var.s3_endpoint_statements : can(regex("^[A-Za-z0-9]+$", statement.sid))])
    error_message = "s3_endpoint_statements has a sid twice, one of the module's own (OwnAccount, EcrLayers, AmazonLinuxPackages) or one with other than letters and digits: ${join(", ", var.s3_endpoint_statements[*].sid)}. Give each its own."
  }

  validation {
    condition     = alltrue(flatten([for statement in var.s3_endpoint_statements : concat([for action in statement.actions : startswith(action, "s3:")], [for resource in statement.resources : can(regex("^arn:[^:]+:s3:::.+$", resource))])]))
    error_message = "s3_endpoint_statements has an action that is not S3's or a resource that is no ARN of a bucket or object. They look like s3:GetObject and arn:aws:s3:::name/*."
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
    condition     = length([for key, value in var.tags : key if startswith(lower(key), "aws:") || !can(regex("^.{1,128}\\n.{0,256}$", "${key}\n${value}")) || can(regex("[^\\p{L}\\p{Z}\\p{N}_.:/=+\\-@\\n]", "${key}\n${value}"))]) == 0
    error_message = "tags that AWS refuses: ${join(", ", [for key, value in var.tags : key if startswith(lower(key), "aws:") || !can(regex("^.{1,128}\\n.{0,256}$", "${key}\n${value}")) || can(regex("[^\\p{L}\\p{Z}\\p{N}_.:/=+\\-@\\n]", "${key}\n${value}"))])}. A key has 1 to 128 characters and a value up to 256, letters, digits, blanks and + - = . _ : / @ alone; no key begins with aws:."
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

  # VPC guide, "VPC CIDR blocks": these are not to be had.
  validation {
    condition     = !can(regex("^(0|127|169\\.254|22[4-9]|23[0-9]|24[0-9]|25[0-5])\\.", var.vpc_cidr))
    error_message = "vpc_cidr ${var.vpc_cidr} is of a range that no VPC can have (0, 127, 169.254 and 224 to 255). Use a private one, like 10.64.0.0/16."
  }
}
