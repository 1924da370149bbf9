variable "cpu_architecture" {
  type        = string
  default     = "X86_64"
  description = "`X86_64` (default) or `ARM64`, for every definition here; images must be built for it. Changing it registers new revisions. On Fargate Spot too."
  nullable    = false

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "cpu_architecture is \"${var.cpu_architecture}\". Use X86_64 or ARM64."
  }
}

variable "execution_role_arn" {
  type        = string
  description = "Role with which ECS starts jobs. Changing it registers new revisions."
  nullable    = false
}

variable "jobs" {
  type = map(object({
    image        = string
    slot         = optional(string, "blue")
    profile      = optional(string)
    vcpu         = optional(number)
    memory       = optional(number)
    job_role_arn = string

    command     = optional(list(string))
    user        = optional(string, "10001:10001")
    environment = optional(map(string), {})
    secrets     = optional(map(string), {})
    parameters  = optional(map(string), {})

    read_only_root    = optional(bool, true)
    ephemeral_storage = optional(number)
    platform_version  = optional(string, "LATEST")
    efs_volumes = optional(map(object({
      file_system_id  = string
      container_path  = string
      access_point_id = optional(string)
      root_directory  = optional(string, "/")
      read_only       = optional(bool, false)
    })), {})

    retry = optional(object({
      attempts = optional(number, 3)
      rules = optional(list(object({
        action           = string
        on_exit_code     = optional(string)
        on_reason        = optional(string)
        on_status_reason = optional(string)
      })))
    }), {})
    scheduling_priority = optional(number, 1)
    timeout             = optional(number, 3600)
  }))
  default     = {}
  description = <<-EOT
    Job definitions, by logical name (`sample` becomes `<name>-fargate-sample`). `profile` names a size (see `profiles`); `vcpu` and
    `memory` (MiB), when given, win over it. `slot` is `blue` for what plain names run, `green` for a candidate. The other
    fields are those of the job definition module. Default none. Changes register new revisions; a name taken out is deregistered.
  EOT
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.jobs) : can(regex("^[a-z0-9][a-z0-9-]{0,40}$", name))])
    error_message = "jobs has a name with other than lower-case letters, digits and hyphens: ${join(", ", [for name in keys(var.jobs) : name if !can(regex("^[a-z0-9][a-z0-9-]{0,40}$", name))])}."
  }

  validation {
    condition     = alltrue([for job in values(var.jobs) : contains(["blue", "green"], job.slot)])
    error_message = "jobs has a slot other than blue and green: ${join(", ", [for name, job in var.jobs : "${name} = ${job.slot}" if !contains(["blue", "green"], job.slot)])}."
  }

  validation {
    condition     = alltrue([for job in values(var.jobs) : job.profile == null || contains(concat(["small", "medium", "large", "burst", "cpu_bound", "memory_bound"], keys(var.profiles)), coalesce(job.profile, "-"))])
    error_message = "jobs names an unknown profile: ${join(", ", [for name, job in var.jobs : "${name} = ${coalesce(job.profile, "-")}" if job.profile != null && !contains(concat(["small", "medium", "large", "burst", "cpu_bound", "memory_bound"], keys(var.profiles)), coalesce(job.profile, "-"))])}. Known: ${join(", ", distinct(concat(["small", "medium", "large", "burst", "cpu_bound", "memory_bound"], keys(var.profiles))))}. Use one of them or add it to profiles."
  }
}

variable "log_group" {
  type        = string
  description = "Log group of jobs; it must exist. Changing it registers new revisions."
  nullable    = false
}

variable "max_vcpus" {
  type = object({
    on_demand = optional(number, 16)
    spot      = optional(number, 16)
  })
  default     = {}
  description = "How many vCPUs may run at once on FARGATE (`on_demand`, default 16) and FARGATE_SPOT (`spot`, default 16): the ceiling of the bill. Changes apply in place."
  nullable    = false

  validation {
    condition     = alltrue([for count in values(var.max_vcpus) : count >= 1 && floor(count) == count])
    error_message = "max_vcpus must be whole numbers of 1 or more: ${join(", ", [for pool, count in var.max_vcpus : "${pool} = ${count}"])}."
  }
}

variable "name" {
  type        = string
  description = "Name prefix, `<project>-<environment>`. Changing it replaces queues and compute environments."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,39}$", var.name))
    error_message = "name is \"${var.name}\". Use 2 to 40 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "profiles" {
  type = map(object({
    vcpu   = number
    memory = number
  }))
  default     = {}
  description = "Sizes by name, added to the built-in small, medium, large, burst, cpu_bound and memory_bound (or in place of them). Default none. A change registers new revisions of the definitions that use it."
  nullable    = false
}

variable "queues" {
  type = object({
    high = optional(object({
      priority   = optional(number, 100)
      scheduling = optional(string, "FAIR_SHARE")
      fair_share = optional(object({
        default_share_identifier = optional(string, "default")
        compute_reservation      = optional(number, 0)
        share_decay_seconds      = optional(number, 3600)
        shares                   = optional(map(number), {})
      }), {})
      state_time_limits = optional(object({
        insufficient_instance_capacity   = optional(number)
        compute_environment_max_resource = optional(number, 3600)
        job_resource_requirement         = optional(number, 3600)
      }), {})
    }), {})
    low = optional(object({
      priority              = optional(number, 10)
      fallback_to_on_demand = optional(bool, false)
      scheduling            = optional(string, "FIFO")
      fair_share = optional(object({
        default_share_identifier = optional(string)
        compute_reservation      = optional(number, 0)
        share_decay_seconds      = optional(number, 3600)
        shares                   = optional(map(number), {})
      }), {})
      state_time_limits = optional(object({
        insufficient_instance_capacity   = optional(number)
        compute_environment_max_resource = optional(number, 3600)
        job_resource_requirement         = optional(number, 3600)
      }), {})
    }), {})
  })
  default     = {}
  description = <<-EOT
    The two queues. `high`: priority 100, on FARGATE, `scheduling` FAIR_SHARE with the default share identifier `default`. `low`:
    priority 10, on FARGATE_SPOT, FIFO; `fallback_to_on_demand = true` adds FARGATE behind it (default false: low priority waits and
    stays cheap). `scheduling` cannot change once a queue exists; all else changes in place. `fair_share` (shares and their weights,
    lower gets more) and `state_time_limits` (seconds until a job that cannot start is cancelled, by reason) are those of the job queue module.
  EOT
  nullable    = false

  validation {
    condition     = alltrue([for queue in values(var.queues) : queue.scheduling != "FAIR_SHARE" || can(regex("^[A-Za-z0-9]{1,255}$", queue.fair_share.default_share_identifier))])
    error_message = "queues has a fair-share queue without a default share identifier of letters and digits: ${join(", ", [for name, queue in var.queues : name if queue.scheduling == "FAIR_SHARE" && !can(regex("^[A-Za-z0-9]{1,255}$", queue.fair_share.default_share_identifier))])}. Set fair_share = { default_share_identifier = \"default\" }: AWS Batch refuses jobs without one."
  }

  validation {
    condition     = alltrue([for queue in values(var.queues) : contains(["FIFO", "FAIR_SHARE"], queue.scheduling)])
    error_message = "queues has a scheduling other than FIFO and FAIR_SHARE: ${join(", ", [for name, queue in var.queues : "${name} = ${queue.scheduling}" if !contains(["FIFO", "FAIR_SHARE"], queue.scheduling)])}."
  }
}

variable "security_group_ids" {
  type        = list(string)
  description = "Security groups of jobs. Changes apply in place to jobs that start later."
  nullable    = false

  validation {
    condition     = length(var.security_group_ids) > 0
    error_message = "security_group_ids is empty. Fargate needs at least one."
  }
}

variable "subnet_ids" {
  type        = list(string)
  description = "Private subnets in which jobs run, with a way to ECR, S3 and CloudWatch Logs. Changes apply in place to jobs that start later."
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids has ${length(var.subnet_ids)}. Give two or more, in different zones."
  }
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags on everything here, and through the definitions on jobs. Default none. Changes apply in place."
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
