variable "cpu_architecture" {
  type        = string
  default     = "X86_64"
  description = "`X86_64` (default) or `ARM64`: what jobs are that do not say their own `architecture`; images must be built for it. Changing it registers new revisions. On Fargate Spot too."
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
    image        = optional(string)
    slot         = optional(string, "blue")
    profile      = optional(string)
    vcpu         = optional(number)
    memory       = optional(number)
    architecture = optional(string)
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
    Job definitions, by logical name (`sample` becomes `<name>-fargate-sample`). `profile` names a size (see `profiles`); `vcpu` and
    `memory` (MiB), when given, win over it. `slot` is `blue` for what plain names run, `green` for a candidate; without an `image` a job is checked and not made. `architecture`
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
    capacity           = optional(string)
    max_vcpus          = optional(number, 16)
    security_group_ids = optional(list(string), [])
    generations = optional(map(object({
      state = optional(string, "active")
    })), { a = {} })
  }))
  default     = { on_demand = {}, spot = {} }
  description = <<-EOT
    Pools by name, each one or more compute environments; default two, `on_demand` and `spot`. `capacity`: `ON_DEMAND` (FARGATE) or `SPOT` (FARGATE_SPOT); default
    ON_DEMAND, of a pool named `spot` SPOT. `max_vcpus` (default 16): how many may run at once, the ceiling of the bill. `security_group_ids`: beside the
    module's. `max_vcpus` and security groups change in place; another capacity replaces the environment.
    `generations`: one environment each, by name, newest first in reverse order of names: `active` (takes jobs), `standby` (made, on no queue yet), `draining`
    (off the queues, its jobs finish), `retired` (refused while a task is on its cluster); one that is taken out is deleted, which AWS refuses while jobs run.
    Default: one, `a`. A queue takes three active environments at most. `awa-batch compute roll` does these steps.
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

  # AWS Batch takes names of 128 characters, of which Terraform adds 26 (API reference, CreateComputeEnvironment).
  validation {
    condition     = length(flatten([for pool_name, pool in var.pools : [for name in keys(pool.generations) : "${pool_name}/${name}" if length("${var.name}-fargate-${pool_name}-${name}-") > 102]])) == 0
    error_message = "pools has compute environments with names too long: ${join(", ", flatten([for pool_name, pool in var.pools : [for name in keys(pool.generations) : "${pool_name}/${name}" if length("${var.name}-fargate-${pool_name}-${name}-") > 102]]))}. The names of environment, pool and generation have 91 characters together at most: shorten one."
  }

  validation {
    condition     = alltrue([for pool in values(var.pools) : pool.max_vcpus >= 1 && floor(pool.max_vcpus) == pool.max_vcpus])
    error_message = "pools.max_vcpus must be whole numbers of 1 or more: ${join(", ", [for name, pool in var.pools : "${name} = ${pool.max_vcpus}" if !(pool.max_vcpus >= 1 && floor(pool.max_vcpus) == pool.max_vcpus)])}."
  }

  validation {
    condition     = alltrue(flatten([for pool in values(var.pools) : [for id in pool.security_group_ids : can(regex("^sg-([0-9a-f]{8}|[0-9a-f]{17})$", id))]])) && alltrue([for pool in values(var.pools) : length(pool.security_group_ids) <= 4])
    error_message = "pools.security_group_ids takes up to four ids like sg-0123456789abcdef0: ${join(", ", flatten([for name, pool in var.pools : [for id in pool.security_group_ids : "${name}: ${id}" if !can(regex("^sg-([0-9a-f]{8}|[0-9a-f]{17})$", id))]]))}. EC2 takes five on an interface, and the module's own is one."
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
  type = map(object({
    priority = optional(number)
    pools    = optional(list(string))
    # What it was called before there were pools: refused, as Terraform would drop it without a word.
    fallback_to_on_demand = optional(bool)
    scheduling            = optional(string)
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
    Queues by name. Default two: `high` (priority 100, the pool `on_demand`, fair-share with the default share identifier `default`) and `low` (priority 10, the
    pool `spot`, FIFO). Another one gives `priority` (0 to 1000, higher goes first on shared pools) and `pools`, those that its jobs run on in the
    order in which capacity is tried: `pools = ["spot", "on_demand"]`. The queue is called `<name>-fargate-<key>`, `high` and `low` with `-priority` behind.
    `scheduling`: FIFO (default but for `high`) or FAIR_SHARE, which needs a `fair_share.default_share_identifier` and cannot change once a queue exists; all else
    changes in place. `fair_share` (shares and their weights, lower gets more) and `state_time_limits` (seconds until a job that cannot start is cancelled,
    by reason) are those of the job queue module.
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
    condition     = alltrue([for name, queue in var.queues : length(flatten([for pool in queue.pools == null ? name == "high" ? ["on_demand"] : ["spot"] : queue.pools : [for generation in try(values(var.pools[pool].generations), []) : generation if generation.state == "active"]])) <= 3])
    error_message = "queues with more than three active generations of their pools: ${join(", ", [for name, queue in var.queues : name if length(flatten([for pool in queue.pools == null ? name == "high" ? ["on_demand"] : ["spot"] : queue.pools : [for generation in try(values(var.pools[pool].generations), []) : generation if generation.state == "active"]])) > 3])}. AWS Batch takes three compute environments on a queue: set the oldest generation to draining, or take a pool off."
  }

  validation {
    condition     = alltrue([for queue in values(var.queues) : queue.pools == null || try(length(queue.pools) > 0 && length(queue.pools) <= 3 && length(distinct(queue.pools)) == length(queue.pools), false)])
    error_message = "queues.pools must name one to three pools, and each once: ${join(", ", [for name, queue in var.queues : "${name} = [${join(", ", queue.pools)}]" if queue.pools != null])}. AWS Batch takes three compute environments on a queue."
  }

  validation {
    condition     = alltrue([for name, queue in var.queues : coalesce(queue.scheduling, name == "high" ? "FAIR_SHARE" : "FIFO") != "FAIR_SHARE" || can(regex("^[A-Za-z0-9]{1,255}$", (queue.fair_share.default_share_identifier == null && name == "high" ? "default" : queue.fair_share.default_share_identifier)))])
    error_message = "queues has a fair-share queue without a default share identifier of letters and digits: ${join(", ", [for name, queue in var.queues : name if coalesce(queue.scheduling, name == "high" ? "FAIR_SHARE" : "FIFO") == "FAIR_SHARE" && !can(regex("^[A-Za-z0-9]{1,255}$", (queue.fair_share.default_share_identifier == null && name == "high" ? "default" : queue.fair_share.default_share_identifier)))])}. Set fair_share = { default_share_identifier = \"default\" }: AWS Batch refuses jobs without one."
  }

  validation {
    condition     = alltrue([for queue in values(var.queues) : contains(["FIFO", "FAIR_SHARE"], coalesce(queue.scheduling, "FIFO"))])
    error_message = "queues has a scheduling other than FIFO and FAIR_SHARE: ${join(", ", [for name, queue in var.queues : "${name} = ${queue.scheduling}" if !contains(["FIFO", "FAIR_SHARE"], coalesce(queue.scheduling, "FIFO"))])}."
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
    condition     = length([for key, value in var.tags : key if startswith(lower(key), "aws:") || !can(regex("^.{1,128}\\n.{0,256}$", "${key}\n${value}")) || can(regex("[^\\p{L}\\p{Z}\\p{N}_.:/=+\\-@\\n]", "${key}\n${value}"))]) == 0
    error_message = "tags that AWS refuses: ${join(", ", [for key, value in var.tags : key if startswith(lower(key), "aws:") || !can(regex("^.{1,128}\\n.{0,256}$", "${key}\n${value}")) || can(regex("[^\\p{L}\\p{Z}\\p{N}_.:/=+\\-@\\n]", "${key}\n${value}"))])}. A key has 1 to 128 characters and a value up to 256, letters, digits, blanks and + - = . _ : / @ alone; no key begins with aws:."
  }
}
