variable "ami_refresh" {
  type        = bool
  default     = false
  description = <<-EOT
    Whether every plan looks up AWS's newest ECS-optimized Amazon Linux 2023 image (an SSM parameter) and, when it has changed,
    updates the environments in place under `update_policy` (SPOT_PRICE_CAPACITY_OPTIMIZED: by replacement). Default false: AWS Batch picks the
    newest one when an environment is made, and never changes it by itself; `awa-batch plan` and `awa-batch queues` tell when a newer one is
    there, and a new generation takes it. An `image_id` wins.
  EOT
  nullable    = false
}

variable "cpu_architecture" {
  type        = string
  default     = "X86_64"
  description = "`X86_64` (default) or `ARM64`: what pools and jobs are that do not say their own `architecture`. Images must be built for it. Changing it is an infrastructure update in place; do it in a new pool."
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
    Root disk of the instances of every pool without a `disk` of its own, gp3, always encrypted: `size` in GiB (default 50; images, /tmp on disk and writable layers share it), `iops`
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

  validation {
    condition     = var.disk.kms_key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", var.disk.kms_key_arn))
    error_message = "disk.kms_key_arn is no ARN of a KMS key. It looks like arn:aws:kms:ap-northeast-1:123456789012:key/…"
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
    image        = optional(string)
    slot         = optional(string, "blue")
    profile      = optional(string)
    vcpu         = optional(number)
    memory       = optional(number)
    gpus         = optional(number, 0)
    architecture = optional(string)
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
    linux_parameters = optional(object({
      shared_memory_size = optional(number)
      max_swap           = optional(number)
      swappiness         = optional(number)
      devices            = optional(list(string), [])
    }), {})
    privileged = optional(bool, false)
    ulimits = optional(map(object({
      soft = number
      hard = number
    })), {})
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

    scratch_volumes = optional(map(object({
      container_path = string
    })), {})

    sidecars = optional(map(object({
      image                  = string
      vcpu                   = optional(number)
      memory                 = number
      command                = optional(list(string))
      user                   = optional(string)
      environment            = optional(map(string), {})
      secrets                = optional(map(string), {})
      essential              = optional(bool, false)
      depends_on             = optional(map(string), {})
      read_only_root         = optional(bool, true)
      repository_credentials = optional(string)
      mount_points = optional(map(object({
        container_path = string
        read_only      = optional(bool, false)
      })), {})
      firelens = optional(object({
        type    = optional(string, "fluentbit")
        options = optional(map(string), {})
      }))
    })), {})
    depends_on       = optional(map(string), {})
    firelens_options = optional(map(string))

    retry = optional(object({
      attempts = optional(number, 3)
      rules = optional(list(object({
        action           = string
        on_exit_code     = optional(string)
        on_reason        = optional(string)
        on_status_reason = optional(string)
      })))
    }), {})
    enable_execute_command = optional(bool, false)
    repository_credentials = optional(string)
    scheduling_priority    = optional(number, 1)
    timeout                = optional(number, 3600)
  }))
  default     = {}
  description = <<-EOT
    Job definitions, by logical name (`sample` becomes `<name>-ec2-sample`). `profile` names a size (default: the environment's `profile`);
    `vcpu` and `memory` (MiB), when given, win over it. `slot` is `blue` for what plain names run, `green` for a candidate; without an `image` a job is checked and not made. `architecture`
    (default `cpu_architecture`) is what the image was built for. The other
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

variable "pools" {
  type = map(object({
    capacity            = optional(string)
    architecture        = optional(string)
    profile             = optional(string)
    instance_types      = optional(list(string))
    gpu                 = optional(bool, false)
    image_type          = optional(string)
    image_id            = optional(string)
    min_vcpus           = optional(number, 0)
    max_vcpus           = optional(number)
    allocation_strategy = optional(string)
    bid_percentage      = optional(number)
    placement_group     = optional(string)
    security_group_ids  = optional(list(string), [])
    user_data           = optional(string)
    tags                = optional(map(string), {})
    capacity_reservation = optional(object({
      id                 = optional(string)
      resource_group_arn = optional(string)
    }))
    disk = optional(object({
      size        = optional(number, 50)
      iops        = optional(number, 3000)
      throughput  = optional(number, 125)
      kms_key_arn = optional(string)
    }))
    instance = optional(object({
      detailed_monitoring = optional(bool, false)
      metadata_hop_limit  = optional(number, 1)
    }), {})
    update_policy = optional(object({
      job_timeout_minutes = optional(number, 30)
      terminate_jobs      = optional(bool, false)
    }))
    generations = optional(map(object({
      state          = optional(string, "active")
      instance_types = optional(list(string))
      image_id       = optional(string)
      launch_template = optional(object({
        id      = string
        version = number
        content = string
      }))
    })), { a = {} })
  }))
  default     = { on_demand = {}, spot = {} }
  description = <<-EOT
    Pools of instances by name, each one or more compute environments; default two, `on_demand` and `spot`. All is optional:
    - `capacity`: `ON_DEMAND` or `SPOT`; default ON_DEMAND, of a pool named `spot` SPOT. `architecture`: default `cpu_architecture`.
    - `instance_types`: families, types, or AWS's own `default_x86_64`, `default_arm64`, `optimal`; default those of `profile` (default the module's).
    - `gpu` (default false): instances with GPUs (default g6, g5, g4dn) and the image for them. `image_type`: `ECS_AL2023` or `ECS_AL2023_NVIDIA`; default
      as `gpu` says. `image_id`: a machine image of yours.
    - `min_vcpus`: default 0, nothing runs and nothing is paid while no job waits. `max_vcpus`: default the profile's.
    - `allocation_strategy`: on demand BEST_FIT_PROGRESSIVE. Spot: SPOT_PRICE_CAPACITY_OPTIMIZED (default: cheap and not likely to be taken back) or
      SPOT_CAPACITY_OPTIMIZED. This provider replaces the former where it would update the latter in place: the new environment is made, the queues
      go over, the old one is deleted, its jobs are ended and retried as after a Spot reclaim. BEST_FIT can never be updated.
    - `bid_percentage`: Spot, highest price in percent of on demand, 50 to 100; default 100: a lower bid lowers no price, it only loses instances.
    - `placement_group`: name of an existing one. `security_group_ids`: beside the module's. `tags`: on the pool's instances, beside the module's.
    - `capacity_reservation`: on demand only, `id` of a reservation or `resource_group_arn` of a group of them, which the instances are started into.
    - `user_data`: a script (`#!/bin/sh …`) that each instance runs when it starts, after the module's own; FSx and further tools are set up here.
    - `disk`, `update_policy`: as the module's, whole, in their place. `instance`: `detailed_monitoring` (default false), `metadata_hop_limit` (default 1).
    - `generations`: one environment each, by name, newest first in reverse order of names. `active` ones take jobs; a `standby` one is made and not on any
      queue yet, a `draining` one not any more: its jobs finish. `retired` says that none is left, and is refused while a task is on its cluster; after that it is
      taken out, which deletes it. Each may have `instance_types` and `image_id` of its own, and keep the `launch_template` that it has, by id,
      version and the digest of its content, where the pool's changes. Default: one, `a`. A queue takes three active environments at most. `awa-batch compute roll` does these steps.
    All but adding and removing pools and generations changes in place, infrastructure under `update_policy`; desired vCPUs are AWS Batch's own.
    A pool that first gets `disk`, `instance`, `user_data`, `tags` or `capacity_reservation` gets a launch template of its own, which is an infrastructure update.
  EOT
  nullable    = false

  validation {
    condition     = length(var.pools) > 0 && alltrue([for name in keys(var.pools) : can(regex("^[a-z0-9][a-z0-9_-]{0,30}$", name))])
    error_message = "pools must have at least one, with names of at most 31 lower-case letters, digits, hyphens and underscores: ${join(", ", [for name in keys(var.pools) : name if !can(regex("^[a-z0-9][a-z0-9_-]{0,30}$", name))])}."
  }

  validation {
    condition     = length(distinct([for name in keys(var.pools) : replace(name, "_", "-")])) == length(var.pools)
    error_message = "pools has names that differ in - and _ alone (${join(", ", keys(var.pools))}): their compute environments would have one name. Give other names."
  }

  validation {
    condition     = alltrue([for pool in values(var.pools) : contains(["ON_DEMAND", "SPOT"], coalesce(pool.capacity, "SPOT"))])
    error_message = "pools has a capacity other than ON_DEMAND and SPOT: ${join(", ", [for name, pool in var.pools : "${name} = ${pool.capacity}" if !contains(["ON_DEMAND", "SPOT"], coalesce(pool.capacity, "SPOT"))])}."
  }

  validation {
    condition     = alltrue([for pool in values(var.pools) : contains(["X86_64", "ARM64"], coalesce(pool.architecture, "ARM64"))])
    error_message = "pools has an architecture other than X86_64 and ARM64: ${join(", ", [for name, pool in var.pools : "${name} = ${pool.architecture}" if !contains(["X86_64", "ARM64"], coalesce(pool.architecture, "ARM64"))])}."
  }

  validation {
    condition     = alltrue([for pool in values(var.pools) : pool.profile == null || contains(concat(["small", "medium", "large", "burst", "cpu_bound", "memory_bound"], keys(var.profiles)), coalesce(pool.profile, "-"))])
    error_message = "pools names an unknown profile: ${join(", ", [for name, pool in var.pools : "${name} = ${pool.profile}" if pool.profile != null && !contains(concat(["small", "medium", "large", "burst", "cpu_bound", "memory_bound"], keys(var.profiles)), coalesce(pool.profile, "-"))])}. Known: ${join(", ", distinct(concat(["small", "medium", "large", "burst", "cpu_bound", "memory_bound"], keys(var.profiles))))}. Use one of them or add it to profiles."
  }

  validation {
    condition     = alltrue(flatten([for pool in values(var.pools) : [for types in concat([pool.instance_types], values(pool.generations)[*].instance_types) : types == null || try(length(types) > 0 && alltrue([for type in types : can(regex("^(optimal|default_x86_64|default_arm64|[a-z][a-z0-9-]*[0-9][a-z0-9-]*(\\.([0-9]*(nano|micro|small|medium|large|xlarge)|metal(-[0-9]+xl)?))?)$", type))]), false)]]))
    error_message = "pools has instance_types that are neither families nor types of EC2: ${join(", ", distinct(flatten([for name, pool in var.pools : [for types in concat([pool.instance_types], values(pool.generations)[*].instance_types) : types == null ? [] : length(types) == 0 ? ["${name}: none at all"] : [for type in types : "${name}: ${type}" if !can(regex("^(optimal|default_x86_64|default_arm64|[a-z][a-z0-9-]*[0-9][a-z0-9-]*(\\.([0-9]*(nano|micro|small|medium|large|xlarge)|metal(-[0-9]+xl)?))?)$", type))]]])))}. Write families (m7i), types (m7i.2xlarge), optimal, default_x86_64 or default_arm64."
  }

  validation {
    condition     = alltrue([for pool in values(var.pools) : contains(["ECS_AL2023", "ECS_AL2023_NVIDIA"], coalesce(pool.image_type, "ECS_AL2023"))])
    error_message = "pools has an image_type other than ECS_AL2023 and ECS_AL2023_NVIDIA: ${join(", ", [for name, pool in var.pools : "${name} = ${pool.image_type}" if !contains(["ECS_AL2023", "ECS_AL2023_NVIDIA"], coalesce(pool.image_type, "ECS_AL2023"))])}. Amazon Linux 2 is at its end; give an image of another kind by image_id."
  }

  validation {
    condition     = alltrue([for pool in values(var.pools) : !pool.gpu || coalesce(pool.image_type, "ECS_AL2023_NVIDIA") == "ECS_AL2023_NVIDIA" || pool.image_id != null])
    error_message = "pools with gpu but without drivers: ${join(", ", [for name, pool in var.pools : name if pool.gpu && coalesce(pool.image_type, "-") == "ECS_AL2023" && pool.image_id == null])}. Leave image_type out (ECS_AL2023_NVIDIA then), or give an image_id that has them."
  }

  validation {
    condition     = alltrue(flatten([for pool in values(var.pools) : [for id in concat([pool.image_id], values(pool.generations)[*].image_id) : id == null || can(regex("^ami-([0-9a-f]{8}|[0-9a-f]{17})$", id))]]))
    error_message = "pools has an image_id that is none: ${join(", ", flatten([for name, pool in var.pools : [for id in concat([pool.image_id], values(pool.generations)[*].image_id) : "${name} = ${id}" if id != null && !can(regex("^ami-([0-9a-f]{8}|[0-9a-f]{17})$", id))]]))}. It looks like ami-0123456789abcdef0."
  }

  # AWS Batch's newer BEST_FIT_PROGRESSIVE_ORDERED and SPOT_CAPACITY_OPTIMIZED_PRIORITIZED are refused by provider 5.100, which does not know them.
  validation {
    condition     = alltrue([for name, pool in var.pools : contains(coalesce(pool.capacity, name == "spot" ? "SPOT" : "ON_DEMAND") == "SPOT" ? ["SPOT_PRICE_CAPACITY_OPTIMIZED", "SPOT_CAPACITY_OPTIMIZED"] : ["BEST_FIT_PROGRESSIVE"], coalesce(pool.allocation_strategy, coalesce(pool.capacity, name == "spot" ? "SPOT" : "ON_DEMAND") == "SPOT" ? "SPOT_CAPACITY_OPTIMIZED" : "BEST_FIT_PROGRESSIVE"))])
    error_message = "pools has an allocation_strategy that does not go with its capacity: ${join(", ", [for name, pool in var.pools : "${name} = ${pool.allocation_strategy}" if !contains(coalesce(pool.capacity, name == "spot" ? "SPOT" : "ON_DEMAND") == "SPOT" ? ["SPOT_PRICE_CAPACITY_OPTIMIZED", "SPOT_CAPACITY_OPTIMIZED"] : ["BEST_FIT_PROGRESSIVE"], coalesce(pool.allocation_strategy, coalesce(pool.capacity, name == "spot" ? "SPOT" : "ON_DEMAND") == "SPOT" ? "SPOT_CAPACITY_OPTIMIZED" : "BEST_FIT_PROGRESSIVE"))])}. Use BEST_FIT_PROGRESSIVE on demand, SPOT_PRICE_CAPACITY_OPTIMIZED or SPOT_CAPACITY_OPTIMIZED on Spot; BEST_FIT environments cannot be updated, and this provider does not know newer ones."
  }

  validation {
    condition     = alltrue([for name, pool in var.pools : pool.bid_percentage == null || try(coalesce(pool.capacity, name == "spot" ? "SPOT" : "ON_DEMAND") == "SPOT" && pool.bid_percentage >= 50 && pool.bid_percentage <= 100 && floor(pool.bid_percentage) == pool.bid_percentage, false)])
    error_message = "pools.bid_percentage is for Spot alone, 50 to 100: ${join(", ", [for name, pool in var.pools : "${name} = ${pool.bid_percentage}" if pool.bid_percentage != null && !try(coalesce(pool.capacity, name == "spot" ? "SPOT" : "ON_DEMAND") == "SPOT" && pool.bid_percentage >= 50 && pool.bid_percentage <= 100 && floor(pool.bid_percentage) == pool.bid_percentage, false)])}. You pay the market price in any case, a low bid only loses instances."
  }

  validation {
    condition     = alltrue([for name, pool in var.pools : pool.capacity_reservation == null || try(coalesce(pool.capacity, name == "spot" ? "SPOT" : "ON_DEMAND") == "ON_DEMAND" && (can(regex("^cr-([0-9a-f]{8}|[0-9a-f]{17})$", pool.capacity_reservation.id)) && pool.capacity_reservation.resource_group_arn == null || pool.capacity_reservation.id == null && can(regex("^arn:[^:]+:resource-groups:[^:]+:[0-9]{12}:group/.+$", pool.capacity_reservation.resource_group_arn))), false)])
    error_message = "pools.capacity_reservation is for on demand alone and names one: id (cr-0123456789abcdef0) or resource_group_arn. Wrong: ${join(", ", [for name, pool in var.pools : name if pool.capacity_reservation != null && !try(coalesce(pool.capacity, name == "spot" ? "SPOT" : "ON_DEMAND") == "ON_DEMAND" && (can(regex("^cr-([0-9a-f]{8}|[0-9a-f]{17})$", pool.capacity_reservation.id)) && pool.capacity_reservation.resource_group_arn == null || pool.capacity_reservation.id == null && can(regex("^arn:[^:]+:resource-groups:[^:]+:[0-9]{12}:group/.+$", pool.capacity_reservation.resource_group_arn))), false)])}."
  }

  validation {
    condition     = alltrue(flatten([for pool in values(var.pools) : [for id in pool.security_group_ids : can(regex("^sg-([0-9a-f]{8}|[0-9a-f]{17})$", id))]])) && alltrue([for pool in values(var.pools) : length(pool.security_group_ids) <= 4])
    error_message = "pools.security_group_ids takes up to four ids like sg-0123456789abcdef0: ${join(", ", flatten([for name, pool in var.pools : [for id in pool.security_group_ids : "${name}: ${id}" if !can(regex("^sg-([0-9a-f]{8}|[0-9a-f]{17})$", id))]]))}. EC2 takes five on an interface, and the module's own is one."
  }

  # AWS Batch and EC2 take 16 KiB of user data in all, before base64 (EC2 guide, "Run commands on your Linux instance at launch").
  validation {
    condition     = alltrue([for pool in values(var.pools) : pool.user_data == null || try(startswith(pool.user_data, "#!") && length(pool.user_data) <= 12288 && !strcontains(pool.user_data, "\r") && !strcontains(pool.user_data, "==AWABATCH=="), false)])
    error_message = "pools.user_data must be one script that begins with #! (#!/bin/sh), of at most 12288 characters and with the line ends of Linux: ${join(", ", [for name, pool in var.pools : name if pool.user_data != null && !try(startswith(pool.user_data, "#!") && length(pool.user_data) <= 12288 && !strcontains(pool.user_data, "\r") && !strcontains(pool.user_data, "==AWABATCH=="), false)])}. The module makes the MIME parts around it; fetch longer ones from S3."
  }

  validation {
    condition     = alltrue([for pool in values(var.pools) : pool.disk == null || try(pool.disk.size >= 30 && pool.disk.size <= 16384 && pool.disk.iops >= 3000 && pool.disk.iops <= 16000 && pool.disk.iops <= max(3000, pool.disk.size * 500) && pool.disk.throughput >= 125 && pool.disk.throughput <= 1000 && pool.disk.throughput <= pool.disk.iops / 4, false)])
    error_message = "pools has a disk that gp3 does not have: ${join(", ", [for name, pool in var.pools : name if pool.disk != null && !try(pool.disk.size >= 30 && pool.disk.size <= 16384 && pool.disk.iops >= 3000 && pool.disk.iops <= 16000 && pool.disk.iops <= max(3000, pool.disk.size * 500) && pool.disk.throughput >= 125 && pool.disk.throughput <= 1000 && pool.disk.throughput <= pool.disk.iops / 4, false)])}. size 30 to 16384 GiB; iops 3000 to 16000, at most 500 per GiB; throughput 125 to 1000 MiB/s, at most a quarter of iops."
  }

  validation {
    condition     = alltrue([for pool in values(var.pools) : try(pool.disk.kms_key_arn, null) == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", pool.disk.kms_key_arn))])
    error_message = "pools.disk.kms_key_arn is no ARN of a KMS key: ${join(", ", [for name, pool in var.pools : name if try(pool.disk.kms_key_arn, null) != null && !can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", pool.disk.kms_key_arn))])}. It looks like arn:aws:kms:ap-northeast-1:123456789012:key/…"
  }

  validation {
    condition     = alltrue([for pool in values(var.pools) : pool.instance.metadata_hop_limit >= 1 && pool.instance.metadata_hop_limit <= 64 && floor(pool.instance.metadata_hop_limit) == pool.instance.metadata_hop_limit])
    error_message = "pools.instance.metadata_hop_limit must be a whole number from 1 to 64: ${join(", ", [for name, pool in var.pools : "${name} = ${pool.instance.metadata_hop_limit}"])}. Leave it out for 1."
  }

  validation {
    condition     = alltrue([for pool in values(var.pools) : pool.update_policy == null || try(pool.update_policy.job_timeout_minutes >= 1 && pool.update_policy.job_timeout_minutes <= 360 && floor(pool.update_policy.job_timeout_minutes) == pool.update_policy.job_timeout_minutes, false)])
    error_message = "pools.update_policy.job_timeout_minutes must be 1 to 360: ${join(", ", [for name, pool in var.pools : "${name} = ${pool.update_policy.job_timeout_minutes}" if pool.update_policy != null])}. For jobs that take longer add a generation and drain the old one."
  }

  validation {
    condition     = alltrue([for pool in values(var.pools) : anytrue([for generation in values(pool.generations) : generation.state == "active"])])
    error_message = "pools without an active generation: ${join(", ", [for name, pool in var.pools : name if !anytrue([for generation in values(pool.generations) : generation.state == "active"])])}. The queues would have no compute environment of it: keep one active, or take the pool out."
  }

  validation {
    condition     = alltrue(flatten([for pool in values(var.pools) : [for generation in values(pool.generations) : contains(["active", "standby", "draining", "retired"], generation.state)]]))
    error_message = "pools has a generation of unknown state: ${join(", ", flatten([for pool_name, pool in var.pools : [for name, generation in pool.generations : "${pool_name}/${name} = ${generation.state}" if !contains(["active", "standby", "draining", "retired"], generation.state)]]))}. Use active, standby, draining or retired."
  }

  validation {
    condition     = alltrue(flatten([for pool in values(var.pools) : [for name in keys(pool.generations) : can(regex("^[a-z0-9][a-z0-9-]{0,30}$", name))]]))
    error_message = "pools has a generation's name with other than at most 31 lower-case letters, digits and hyphens: ${join(", ", flatten([for pool in values(var.pools) : [for name in keys(pool.generations) : name if !can(regex("^[a-z0-9][a-z0-9-]{0,30}$", name))]]))}."
  }

  validation {
    condition     = alltrue([for pool in values(var.pools) : pool.min_vcpus >= 0 && floor(pool.min_vcpus) == pool.min_vcpus && (pool.max_vcpus == null || try(pool.max_vcpus >= 1 && floor(pool.max_vcpus) == pool.max_vcpus && pool.max_vcpus >= pool.min_vcpus, false))])
    error_message = "pools has vCPUs that do not go together: ${join(", ", [for name, pool in var.pools : "${name} = ${pool.min_vcpus} to ${coalesce(pool.max_vcpus, "the profile's")}" if !(pool.min_vcpus >= 0 && floor(pool.min_vcpus) == pool.min_vcpus && (pool.max_vcpus == null || try(pool.max_vcpus >= 1 && floor(pool.max_vcpus) == pool.max_vcpus && pool.max_vcpus >= pool.min_vcpus, false)))])}. min_vcpus and max_vcpus are whole numbers, 0 or more, max_vcpus at least 1 and not below min_vcpus."
  }

  # The characters are those of the pattern of IAM's and ECS's TagKey and TagValue.
  validation {
    condition     = length(flatten([for name, pool in var.pools : [for key, value in pool.tags : "${name}: ${key}" if startswith(lower(key), "aws:") || !can(regex("^.{1,128}\\n.{0,256}$", "${key}\n${value}")) || can(regex("[^\\p{L}\\p{Z}\\p{N}_.:/=+\\-@\\n]", "${key}\n${value}"))]])) == 0
    error_message = "pools has tags that AWS refuses: ${join(", ", flatten([for name, pool in var.pools : [for key, value in pool.tags : "${name}: ${key}" if startswith(lower(key), "aws:") || !can(regex("^.{1,128}\\n.{0,256}$", "${key}\n${value}")) || can(regex("[^\\p{L}\\p{Z}\\p{N}_.:/=+\\-@\\n]", "${key}\n${value}"))]]))}. A key has 1 to 128 characters and a value up to 256, letters, digits, blanks and + - = . _ : / @ alone; no key begins with aws:."
  }

  # AWS Batch takes names of 128 characters, of which Terraform adds 26 (API reference, CreateComputeEnvironment).
  validation {
    condition     = length(flatten([for pool_name, pool in var.pools : [for name in keys(pool.generations) : "${pool_name}/${name}" if length("${var.name}-ec2-${pool_name}-${name}-") > 102]])) == 0
    error_message = "pools has compute environments with names too long: ${join(", ", flatten([for pool_name, pool in var.pools : [for name in keys(pool.generations) : "${pool_name}/${name}" if length("${var.name}-ec2-${pool_name}-${name}-") > 102]]))}. The names of environment, pool and generation have 95 characters together at most: shorten one."
  }
}

variable "profile" {
  type        = string
  default     = "small"
  description = <<-EOT
    Workload profile that sets what a pool or a job does not: instance families, ceiling of vCPUs and the size of jobs. Built in: `small`
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
  type = map(object({
    priority = optional(number)
    pools    = optional(list(string))
    # What it was called before there were pools: refused, as Terraform would drop it without a word.
    fallback_to_on_demand = optional(bool)
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
  }))
  default     = { high = {}, low = {} }
  description = <<-EOT
    Queues by name. Default two: `high` (priority 100, the pool `on_demand`) and `low` (priority 10, the pool `spot`). Another one gives `priority` (0 to 1000, higher
    goes first on shared pools) and `pools`, those that its jobs run on in the order in which capacity is tried: `pools = ["spot", "on_demand"]`. The queue is called
    `<name>-ec2-<key>`, `high` and `low` with `-priority` behind. All FIFO; `scheduling = "FAIR_SHARE"` needs a `fair_share.default_share_identifier`
    and cannot change once a queue exists; all else changes in place. `fair_share` (shares and their weights, lower gets more) and `state_time_limits` (seconds
    until a job that cannot start is cancelled, by reason) are those of the job queue module.
  EOT
  nullable    = false

  validation {
    condition     = length(var.queues) > 0 && alltrue([for name in keys(var.queues) : can(regex("^[a-z0-9][a-z0-9-]{0,30}$", name)) && !endswith(name, "-priority")])
    error_message = "queues must have at least one, with names of at most 31 lower-case letters, digits and hyphens that do not end in -priority: ${join(", ", [for name in keys(var.queues) : name if !can(regex("^[a-z0-9][a-z0-9-]{0,30}$", name)) || endswith(name, "-priority")])}."
  }

  validation {
    condition     = alltrue([for queue in values(var.queues) : queue.fallback_to_on_demand == null])
    error_message = "queues.fallback_to_on_demand is no more (${join(", ", [for name, queue in var.queues : name if queue.fallback_to_on_demand != null])}). Write pools = [\"spot\", \"on_demand\"], or leave it out for Spot alone."
  }

  validation {
    condition     = alltrue([for name, queue in var.queues : contains(["high", "low"], name) || queue.priority != null && queue.pools != null])
    error_message = "queues without priority or pools: ${join(", ", [for name, queue in var.queues : name if !contains(["high", "low"], name) && (queue.priority == null || queue.pools == null)])}. Give both, like { priority = 50, pools = [\"spot\"] }; only high and low have defaults."
  }

  validation {
    condition     = alltrue([for name, queue in var.queues : length(setsubtract(queue.pools == null ? name == "high" ? ["on_demand"] : ["spot"] : queue.pools, keys(var.pools))) == 0])
    error_message = "queues names a pool that is not there: ${join(", ", flatten([for name, queue in var.queues : [for pool in setsubtract(queue.pools == null ? name == "high" ? ["on_demand"] : ["spot"] : queue.pools, keys(var.pools)) : "${name}: ${pool}"]]))}. Known: ${join(", ", keys(var.pools))}. Add it to pools, or give the queue others."
  }

  validation {
    condition     = alltrue([for queue in values(var.queues) : queue.pools == null || try(length(queue.pools) > 0 && length(distinct(queue.pools)) == length(queue.pools), false)])
    error_message = "queues.pools must name at least one pool, and each once: ${join(", ", [for name, queue in var.queues : "${name} = [${join(", ", queue.pools)}]" if queue.pools != null])}."
  }

  validation {
    condition     = alltrue([for name, queue in var.queues : length(flatten([for pool in queue.pools == null ? name == "high" ? ["on_demand"] : ["spot"] : queue.pools : [for generation in try(values(var.pools[pool].generations), []) : generation if generation.state == "active"]])) <= 3])
    error_message = "queues with more than three active generations of their pools: ${join(", ", [for name, queue in var.queues : name if length(flatten([for pool in queue.pools == null ? name == "high" ? ["on_demand"] : ["spot"] : queue.pools : [for generation in try(values(var.pools[pool].generations), []) : generation if generation.state == "active"]])) > 3])}. AWS Batch takes three compute environments on a queue: set the oldest generation to draining, or take a pool off."
  }

  # AWS Batch does not mix architectures on a queue (API reference, CreateJobQueue: computeEnvironmentOrder).
  validation {
    condition     = alltrue([for name, queue in var.queues : length(distinct([for pool in queue.pools == null ? name == "high" ? ["on_demand"] : ["spot"] : queue.pools : coalesce(try(var.pools[pool].architecture, null), var.cpu_architecture)])) <= 1])
    error_message = "queues with pools of both architectures: ${join(", ", [for name, queue in var.queues : name if length(distinct([for pool in queue.pools == null ? name == "high" ? ["on_demand"] : ["spot"] : queue.pools : coalesce(try(var.pools[pool].architecture, null), var.cpu_architecture)])) > 1])}. An image is built for one: make a queue for each."
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
    condition     = length([for key, value in var.tags : key if startswith(lower(key), "aws:") || !can(regex("^.{1,128}\\n.{0,256}$", "${key}\n${value}")) || can(regex("[^\\p{L}\\p{Z}\\p{N}_.:/=+\\-@\\n]", "${key}\n${value}"))]) == 0
    error_message = "tags that AWS refuses: ${join(", ", [for key, value in var.tags : key if startswith(lower(key), "aws:") || !can(regex("^.{1,128}\\n.{0,256}$", "${key}\n${value}")) || can(regex("[^\\p{L}\\p{Z}\\p{N}_.:/=+\\-@\\n]", "${key}\n${value}"))])}. A key has 1 to 128 characters and a value up to 256, letters, digits, blanks and + - = . _ : / @ alone; no key begins with aws:."
  }
}

variable "update_policy" {
  type = object({
    job_timeout_minutes = optional(number, 30)
    terminate_jobs      = optional(bool, false)
  })
  default     = {}
  description = <<-EOT
    How an infrastructure update treats running jobs, of every pool without an `update_policy` of its own: they get `job_timeout_minutes` (1 to 360, default 30) to finish, then are ended and retried if their
    retry rules say so; `terminate_jobs = true` ends them at once. For longer jobs use a new generation instead. Changes apply in place.
  EOT
  nullable    = false

  validation {
    condition     = var.update_policy.job_timeout_minutes >= 1 && var.update_policy.job_timeout_minutes <= 360 && floor(var.update_policy.job_timeout_minutes) == var.update_policy.job_timeout_minutes
    error_message = "update_policy.job_timeout_minutes is ${var.update_policy.job_timeout_minutes}. Give 1 to 360; for jobs that take longer add a generation and drain the old one."
  }
}
