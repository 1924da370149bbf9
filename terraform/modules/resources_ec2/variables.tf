variable "ami_refresh" {
  type        = bool
  default     = false
  description = <<-EOT
    Whether every plan looks up AWS's newest ECS-optimized Amazon Linux 2023 image (an SSM parameter) and, when it has changed,
    updates the environments in place under `update_policy`. Default false: AWS Batch picks the newest one when an environment is made
    or its infrastructure updated. A generation's `image_id` wins.
  EOT
  nullable    = false
}

variable "cpu_architecture" {
  type        = string
  default     = "X86_64"
  description = "`X86_64` (default) or `ARM64`: which instance types the profile stands for. Images must be built for it. Changing it is an infrastructure update in place; do it in a new generation."
  nullable    = false

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "cpu_architecture is \"${var.cpu_architecture}\". Use X86_64 or ARM64."
  }
}

variable "disk" {
  type = object({
    size        = optional(number, 50)
    iops        = optional(number, 3000)
    throughput  = optional(number, 125)
    kms_key_arn = optional(string)
  })
  default     = {}
  description = <<-EOT
    Root disk of each instance, gp3, always encrypted: `size` in GiB (default 50; images, /tmp on disk and writable layers share it), `iops`
    (3000 to 16000), `throughput` in MiB/s (125 to 1000), `kms_key_arn` (default null: the account's EBS key). Changing it makes a new
    launch template version, an infrastructure update in place.
  EOT
  nullable    = false

  validation {
    condition     = var.disk.size >= 30 && var.disk.size <= 16384
    error_message = "disk.size is ${var.disk.size} GiB. Give 30 (the size of the machine image) to 16384."
  }

  validation {
    condition     = var.disk.iops >= 3000 && var.disk.iops <= 16000 && var.disk.iops <= max(3000, var.disk.size * 500)
    error_message = "disk.iops is ${var.disk.iops}. gp3 takes 3000 to 16000, and at most 500 per GiB."
  }

  validation {
    condition     = var.disk.throughput >= 125 && var.disk.throughput <= 1000 && var.disk.throughput <= var.disk.iops / 4
    error_message = "disk.throughput is ${var.disk.throughput} MiB/s. gp3 takes 125 to 1000, and at most a quarter of its iops."
  }
}

variable "execution_role_arn" {
  type        = string
  description = "Role with which ECS starts jobs. Changing it registers new revisions."
  nullable    = false
}

variable "instance_profile_arn" {
  type        = string
  description = "Instance profile of container instances. Changing it is an infrastructure update in place."
  nullable    = false
}

variable "jobs" {
  type = map(object({
    image        = string
    slot         = optional(string, "blue")
    profile      = optional(string)
    vcpu         = optional(number)
    memory       = optional(number)
    gpus         = optional(number, 0)
    job_role_arn = string

    command     = optional(list(string))
    user        = optional(string, "10001:10001")
    environment = optional(map(string), {})
    secrets     = optional(map(string), {})
    parameters  = optional(map(string), {})

    read_only_root = optional(bool, true)
    tmp = optional(object({
      medium = optional(string)
      size   = optional(number)
    }), {})
    host_volumes = optional(map(object({
      host_path      = string
      container_path = string
      read_only      = optional(bool, true)
    })), {})
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
    Job definitions, by logical name (`sample` becomes `<name>-ec2-sample`). `profile` names a size (default: the environment's `profile`);
    `vcpu` and `memory` (MiB), when given, win over it. `slot` is `blue` for what plain names run, `green` for a candidate. The other
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

variable "name" {
  type        = string
  description = "Name prefix, `<project>-<environment>`. Changing it replaces queues and compute environments."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,39}$", var.name))
    error_message = "name is \"${var.name}\". Use 2 to 40 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "on_demand" {
  type = object({
    instance_types      = optional(list(string))
    min_vcpus           = optional(number, 0)
    max_vcpus           = optional(number)
    allocation_strategy = optional(string, "BEST_FIT_PROGRESSIVE")
    placement_group     = optional(string)
    generations = optional(map(object({
      state          = optional(string, "active")
      instance_types = optional(list(string))
      image_id       = optional(string)
    })), { a = {} })
  })
  default     = {}
  description = <<-EOT
    The on-demand environment.
    - `instance_types`: families or types; default null: those of the profile.
    - `min_vcpus`: default 0, nothing runs and nothing is paid while no job waits. `max_vcpus`: default null, the profile's.
    - `allocation_strategy`: BEST_FIT_PROGRESSIVE. BEST_FIT is refused: with it no change applies in place.
    - `placement_group`: name of an existing one, for jobs that talk to each other. Default none.
    - `generations`: one environment each, by name, newest first in reverse order of names. `active` ones take jobs; a `draining` one is off
      the queue, its jobs finish; a `retired` one is disabled, and may be taken out of the map once it has no jobs, which deletes it. Each may have
      `instance_types` and `image_id` of its own. Default: one, `a`. A queue takes three active environments at most.
    All but adding and removing generations changes in place, infrastructure under `update_policy`; desired vCPUs are AWS Batch's own.
  EOT
  nullable    = false

  validation {
    condition     = var.on_demand.allocation_strategy == "BEST_FIT_PROGRESSIVE"
    error_message = "on_demand.allocation_strategy is \"${var.on_demand.allocation_strategy}\". Use BEST_FIT_PROGRESSIVE: SPOT_* strategies are for Spot, and BEST_FIT environments cannot be updated in place."
  }

  validation {
    condition     = length(var.on_demand.generations) > 0 && anytrue([for generation in values(var.on_demand.generations) : generation.state == "active"])
    error_message = "on_demand.generations has none that is active. The queue would have no compute environment: keep one active."
  }

  validation {
    condition     = length([for generation in values(var.on_demand.generations) : generation if generation.state == "active"]) <= 3
    error_message = "on_demand.generations has more than three that are active (${join(", ", [for name, generation in var.on_demand.generations : name if generation.state == "active"])}). AWS Batch takes three compute environments on a queue: set the oldest to draining."
  }

  validation {
    condition     = alltrue([for generation in values(var.on_demand.generations) : contains(["active", "draining", "retired"], generation.state)])
    error_message = "on_demand.generations has an unknown state: ${join(", ", [for name, generation in var.on_demand.generations : "${name} = ${generation.state}" if !contains(["active", "draining", "retired"], generation.state)])}. Use active, draining or retired."
  }

  validation {
    condition     = alltrue([for name in keys(var.on_demand.generations) : can(regex("^[a-z0-9][a-z0-9-]{0,30}$", name))])
    error_message = "on_demand.generations has a name with other than lower-case letters, digits and hyphens."
  }

  validation {
    condition     = var.on_demand.min_vcpus >= 0 && floor(var.on_demand.min_vcpus) == var.on_demand.min_vcpus && (var.on_demand.max_vcpus == null || try(var.on_demand.max_vcpus >= 1 && floor(var.on_demand.max_vcpus) == var.on_demand.max_vcpus && var.on_demand.max_vcpus >= var.on_demand.min_vcpus, false))
    error_message = "on_demand.min_vcpus (${var.on_demand.min_vcpus}) and max_vcpus (${coalesce(var.on_demand.max_vcpus, "the profile's")}) must be whole numbers, 0 or more, with max_vcpus at least 1 and not below min_vcpus."
  }
}

variable "profile" {
  type        = string
  default     = "small"
  description = <<-EOT
    Workload profile that sets what is not set otherwise: instance families, ceiling of vCPUs and the size of jobs. Built in: `small`
    (default), `medium`, `large`, `burst` (thousands of short jobs), `cpu_bound`, `memory_bound`; `profiles` adds more. The README lists them.
    Changing it is an infrastructure update in place and registers new revisions.
  EOT
  nullable    = false

  validation {
    condition     = contains(concat(["small", "medium", "large", "burst", "cpu_bound", "memory_bound"], keys(var.profiles)), var.profile)
    error_message = "profile \"${var.profile}\" is unknown. Known: ${join(", ", distinct(concat(["small", "medium", "large", "burst", "cpu_bound", "memory_bound"], keys(var.profiles))))}. Use one of them or add it to profiles."
  }
}

variable "profiles" {
  type = map(object({
    vcpu           = number
    memory         = number
    max_vcpus      = optional(number, 64)
    instance_types = optional(list(string), [])
  }))
  default     = {}
  description = <<-EOT
    Workload profiles of your own, added to the built-in ones (or in place of them): `vcpu` and `memory` (MiB) of a job, `max_vcpus` of an
    environment (default 64), `instance_types` (default: general purpose of the architecture). Default none.
  EOT
  nullable    = false

  validation {
    condition     = alltrue([for profile in values(var.profiles) : profile.vcpu >= 1 && floor(profile.vcpu) == profile.vcpu && profile.memory >= 4 && profile.max_vcpus >= profile.vcpu])
    error_message = "profiles has one that cannot run its own jobs: ${join(", ", [for name, profile in var.profiles : name if !(profile.vcpu >= 1 && floor(profile.vcpu) == profile.vcpu && profile.memory >= 4 && profile.max_vcpus >= profile.vcpu)])}. vcpu must be a whole number of 1 or more and not above max_vcpus, memory at least 4 MiB."
  }
}

variable "queues" {
  type = object({
    high = optional(object({
      priority   = optional(number, 100)
      scheduling = optional(string, "FIFO")
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
    The two queues. `high`: priority 100, on demand. `low`: priority 10, Spot; `fallback_to_on_demand = true` adds the on-demand
    environment behind it (default false: low priority waits and stays cheap). Both FIFO; `scheduling = "FAIR_SHARE"` needs a
    `fair_share.default_share_identifier`. `scheduling` cannot change once a queue exists; all else changes in place. `fair_share` (shares and their weights,
    lower gets more) and `state_time_limits` (seconds until a job that cannot start is cancelled, by reason) are those of the job queue module.
  EOT
  nullable    = false

  validation {
    condition     = !var.queues.low.fallback_to_on_demand || length([for generation in concat(values(var.spot.generations)[*].state, values(var.on_demand.generations)[*].state) : generation if generation == "active"]) <= 3
    error_message = "queues.low.fallback_to_on_demand puts the active generations of spot and on_demand on one queue, more than the three that AWS Batch takes. Set one to draining, or fallback_to_on_demand = false."
  }

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
  description = "Security groups of container instances. Changing them is an infrastructure update in place."
  nullable    = false

  validation {
    condition     = length(var.security_group_ids) > 0
    error_message = "security_group_ids is empty. Give at least one; nothing needs to come in."
  }
}

variable "spot" {
  type = object({
    instance_types      = optional(list(string))
    min_vcpus           = optional(number, 0)
    max_vcpus           = optional(number)
    allocation_strategy = optional(string, "SPOT_PRICE_CAPACITY_OPTIMIZED")
    bid_percentage      = optional(number, 100)
    placement_group     = optional(string)
    generations = optional(map(object({
      state          = optional(string, "active")
      instance_types = optional(list(string))
      image_id       = optional(string)
    })), { a = {} })
  })
  default     = {}
  description = <<-EOT
    The Spot environment: as `on_demand`, and
    - `allocation_strategy`: SPOT_PRICE_CAPACITY_OPTIMIZED (default: cheap pools that are not likely to be taken back) or SPOT_CAPACITY_OPTIMIZED. This
      provider replaces the former where it would update the latter in place: the new environment is made, the queue goes over to it, then
      the old one is deleted and jobs that run on it are ended and retried as after a Spot reclaim. Use the latter where that hurts.
    - `bid_percentage`: highest price in percent of on demand, 50 to 100; default 100. Below 50 Spot is hardly ever to be had; a lower bid does not
      lower the price, it only loses instances.
  EOT
  nullable    = false

  validation {
    condition     = contains(["SPOT_PRICE_CAPACITY_OPTIMIZED", "SPOT_CAPACITY_OPTIMIZED"], var.spot.allocation_strategy)
    error_message = "spot.allocation_strategy is \"${var.spot.allocation_strategy}\". Use SPOT_PRICE_CAPACITY_OPTIMIZED or SPOT_CAPACITY_OPTIMIZED; BEST_FIT environments cannot be updated in place."
  }

  validation {
    condition     = var.spot.bid_percentage >= 50 && var.spot.bid_percentage <= 100 && floor(var.spot.bid_percentage) == var.spot.bid_percentage
    error_message = "spot.bid_percentage is ${var.spot.bid_percentage}. Give 50 to 100: you pay the market price in any case, a low bid only loses instances."
  }

  validation {
    condition     = length(var.spot.generations) > 0 && anytrue([for generation in values(var.spot.generations) : generation.state == "active"])
    error_message = "spot.generations has none that is active. The queue would have no compute environment: keep one active."
  }

  validation {
    condition     = length([for generation in values(var.spot.generations) : generation if generation.state == "active"]) <= 3
    error_message = "spot.generations has more than three that are active (${join(", ", [for name, generation in var.spot.generations : name if generation.state == "active"])}). AWS Batch takes three compute environments on a queue: set the oldest to draining."
  }

  validation {
    condition     = alltrue([for generation in values(var.spot.generations) : contains(["active", "draining", "retired"], generation.state)])
    error_message = "spot.generations has an unknown state: ${join(", ", [for name, generation in var.spot.generations : "${name} = ${generation.state}" if !contains(["active", "draining", "retired"], generation.state)])}. Use active, draining or retired."
  }

  validation {
    condition     = alltrue([for name in keys(var.spot.generations) : can(regex("^[a-z0-9][a-z0-9-]{0,30}$", name))])
    error_message = "spot.generations has a name with other than lower-case letters, digits and hyphens."
  }

  validation {
    condition     = var.spot.min_vcpus >= 0 && floor(var.spot.min_vcpus) == var.spot.min_vcpus && (var.spot.max_vcpus == null || try(var.spot.max_vcpus >= 1 && floor(var.spot.max_vcpus) == var.spot.max_vcpus && var.spot.max_vcpus >= var.spot.min_vcpus, false))
    error_message = "spot.min_vcpus (${var.spot.min_vcpus}) and max_vcpus (${coalesce(var.spot.max_vcpus, "the profile's")}) must be whole numbers, 0 or more, with max_vcpus at least 1 and not below min_vcpus."
  }
}

variable "subnet_ids" {
  type        = list(string)
  description = "Private subnets of container instances; more zones give Spot more places to look. Changing them is an infrastructure update in place."
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids has ${length(var.subnet_ids)}. Give two or more, in different zones."
  }
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags on everything here, on instances and disks too, and through the definitions on jobs. Default none. Instance tags change as an infrastructure update in place."
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

variable "update_policy" {
  type = object({
    job_timeout_minutes = optional(number, 30)
    terminate_jobs      = optional(bool, false)
  })
  default     = {}
  description = <<-EOT
    How an infrastructure update treats running jobs: they get `job_timeout_minutes` (1 to 360, default 30) to finish, then are ended and retried if their
    retry rules say so; `terminate_jobs = true` ends them at once. For longer jobs use a new generation instead. Changes apply in place.
  EOT
  nullable    = false

  validation {
    condition     = var.update_policy.job_timeout_minutes >= 1 && var.update_policy.job_timeout_minutes <= 360 && floor(var.update_policy.job_timeout_minutes) == var.update_policy.job_timeout_minutes
    error_message = "update_policy.job_timeout_minutes is ${var.update_policy.job_timeout_minutes}. Give 1 to 360; for jobs that take longer add a generation and drain the old one."
  }
}
