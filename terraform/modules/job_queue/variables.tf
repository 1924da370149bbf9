variable "compute_environments" {
  type = list(object({
    arn              = string
    platform         = string
    cpu_architecture = string
  }))
  description = <<-EOT
    Where the queue's jobs run, in the order in which capacity is tried: one to three environments, all of one platform
    (`EC2` or `FARGATE`) and one architecture (`X86_64` or `ARM64`). Changing it updates the queue in place; jobs that run go on.
  EOT
  nullable    = false

  validation {
    condition     = length(var.compute_environments) >= 1 && length(var.compute_environments) <= 3
    error_message = "${var.name}: ${length(var.compute_environments)} compute environments. AWS Batch takes one to three on a queue: retire a generation, or do without the on-demand fallback."
  }

  validation {
    condition     = length(distinct(var.compute_environments[*].platform)) <= 1 && alltrue([for environment in var.compute_environments : contains(["EC2", "FARGATE"], environment.platform)])
    error_message = "${var.name}: platforms ${join(", ", distinct(var.compute_environments[*].platform))} on one queue. AWS Batch never mixes EC2 and FARGATE: make a queue for each."
  }

  validation {
    condition     = length(distinct(var.compute_environments[*].cpu_architecture)) <= 1 && alltrue([for environment in var.compute_environments : contains(["X86_64", "ARM64"], environment.cpu_architecture)])
    error_message = "${var.name}: architectures ${join(", ", distinct(var.compute_environments[*].cpu_architecture))} on one queue. An image is built for one: use X86_64 or ARM64 throughout, or make a queue for each."
  }
}

variable "fair_share" {
  type = object({
    default_share_identifier = optional(string)
    compute_reservation      = optional(number, 0)
    share_decay_seconds      = optional(number, 3600)
    shares                   = optional(map(number), {})
  })
  default     = null
  description = <<-EOT
    Fair-share scheduling; default null: first in, first out. Jobs must then name a share identifier, for which the toolkit
    takes `default_share_identifier` unless told otherwise. `shares` is identifier (a trailing * stands for all that start so)
    → weight, 0.0001 to 999.9999, **lower gets more**; an identifier that is not listed weighs 1. `share_decay_seconds` (0 to 604800,
    default 3600) is how long past use counts, `compute_reservation` (0 to 99, default 0) keeps capacity for shares not yet in use.
    Weights change in place. A queue keeps for life whether it is fair-share: AWS Batch can neither take a policy off nor add one.
  EOT

  validation {
    condition     = var.fair_share == null || can(regex("^[A-Za-z0-9]{1,255}$", var.fair_share.default_share_identifier))
    error_message = "${var.name}: fair_share.default_share_identifier is missing or not made of 1 to 255 letters and digits. AWS Batch refuses jobs without one: set it, for example to \"default\"."
  }

  validation {
    condition     = var.fair_share == null || alltrue([for identifier in keys(merge(var.fair_share[*].shares...)) : can(regex("^[A-Za-z0-9]{0,254}([*]|[A-Za-z0-9])$", identifier))])
    error_message = "${var.name}: fair_share.shares has an identifier that AWS Batch refuses: ${join(", ", [for identifier in keys(merge(var.fair_share[*].shares...)) : identifier if !can(regex("^[A-Za-z0-9]{0,254}([*]|[A-Za-z0-9])$", identifier))])}. Use up to 255 letters and digits, with a * at the end if need be."
  }

  # API reference, ShareAttributes: identifiers of one policy cannot overlap (UserA* and UserA1).
  validation {
    condition     = var.fair_share == null || alltrue(flatten([for one in keys(merge(var.fair_share[*].shares...)) : [for other in keys(merge(var.fair_share[*].shares...)) : one == other || !endswith(one, "*") || !startswith(other, trimsuffix(one, "*"))]]))
    error_message = "${var.name}: fair_share.shares has identifiers that overlap, which AWS Batch refuses: ${join(", ", flatten([for one in keys(merge(var.fair_share[*].shares...)) : [for other in keys(merge(var.fair_share[*].shares...)) : "${one} takes ${other}" if one != other && endswith(one, "*") && startswith(other, trimsuffix(one, "*"))]]))}. Keep one of each pair."
  }

  validation {
    condition     = var.fair_share == null || alltrue([for weight in values(merge(var.fair_share[*].shares...)) : weight >= 0.0001 && weight <= 999.9999])
    error_message = "${var.name}: fair_share.shares has a weight out of range: ${join(", ", [for identifier, weight in merge(var.fair_share[*].shares...) : "${identifier} = ${weight}" if weight < 0.0001 || weight > 999.9999])}. Use 0.0001 to 999.9999; lower gets more."
  }

  validation {
    condition     = var.fair_share == null || length(merge(var.fair_share[*].shares...)) <= 500
    error_message = "${var.name}: fair_share.shares has more than 500 identifiers. Group them with a trailing *."
  }

  validation {
    condition     = var.fair_share == null || try(var.fair_share.compute_reservation >= 0 && var.fair_share.compute_reservation <= 99 && floor(var.fair_share.compute_reservation) == var.fair_share.compute_reservation, false)
    error_message = "${var.name}: fair_share.compute_reservation must be a whole number from 0 to 99."
  }

  validation {
    condition     = var.fair_share == null || try(var.fair_share.share_decay_seconds >= 0 && var.fair_share.share_decay_seconds <= 604800 && floor(var.fair_share.share_decay_seconds) == var.fair_share.share_decay_seconds, false)
    error_message = "${var.name}: fair_share.share_decay_seconds must be a whole number from 0 to 604800 (a week)."
  }
}

variable "name" {
  type        = string
  description = "Name of the queue. Changing it replaces the queue: AWS refuses while jobs are in it."
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$", var.name))
    error_message = "name is \"${var.name}\". Use 1 to 128 letters, digits, hyphens and underscores, a letter or digit first."
  }
}

variable "priority" {
  type        = number
  description = "Which queue's jobs get shared compute environments first, 0 to 1000, higher first. Changes apply in place."
  nullable    = false

  validation {
    condition     = var.priority >= 0 && var.priority <= 1000 && floor(var.priority) == var.priority
    error_message = "${var.name}: priority is ${var.priority}. Give a whole number from 0 to 1000."
  }
}

variable "state_time_limits" {
  type = object({
    insufficient_instance_capacity   = optional(number)
    compute_environment_max_resource = optional(number, 3600)
    job_resource_requirement         = optional(number, 3600)
  })
  default     = {}
  description = <<-EOT
    After how many seconds (600 to 86400) AWS Batch cancels the job at the head of the queue that cannot start, by reason; null: never.
    Default: an hour for the two misconfigurations, which no waiting cures and which hold up all jobs behind; never for a
    lack of instances, which passes. Changes apply in place.
  EOT
  nullable    = false

  validation {
    condition     = alltrue([for seconds in values(var.state_time_limits) : seconds == null || try(seconds >= 600 && seconds <= 86400 && floor(seconds) == seconds, false)])
    error_message = "${var.name}: state_time_limits must be 600 to 86400 seconds: ${join(", ", [for reason, seconds in var.state_time_limits : "${reason} = ${seconds}" if seconds != null && !try(seconds >= 600 && seconds <= 86400 && floor(seconds) == seconds, false)])}. Use null for never."
  }
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags on the queue and its scheduling policy. Default none. Changes apply in place."
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
