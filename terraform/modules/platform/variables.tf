variable "disposable" {
  type        = bool
  default     = false
  description = <<-EOT
    Whether the environment may be thrown away with all that is in it: `terraform destroy` then deletes objects and images too, and the bucket has
    no lifecycle rules. Default false; true on ENV=local only. Changes apply in place.
  EOT
  nullable    = false
}

variable "ec2" {
  type = object({
    enabled          = optional(bool, true)
    ami_refresh      = optional(bool, false)
    cpu_architecture = optional(string, "X86_64")
    disk = optional(object({
      size        = optional(number, 50)
      iops        = optional(number, 3000)
      throughput  = optional(number, 125)
      kms_key_arn = optional(string)
    }), {})
    pools = optional(map(object({
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
    })), {})
    profile = optional(string, "small")
    profiles = optional(map(object({
      vcpu           = number
      memory         = number
      max_vcpus      = optional(number, 64)
      instance_types = optional(list(string), [])
    })), {})
    queues = optional(map(object({
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
    })), {})
    update_policy = optional(object({
      job_timeout_minutes = optional(number, 30)
      terminate_jobs      = optional(bool, false)
    }), {})
    # What two of the pools were called before there were more: refused, as Terraform would drop them without a word.
    on_demand = optional(object({}))
    spot      = optional(object({}))
  })
  default     = {}
  description = <<-EOT
    AWS Batch on EC2, as the inputs of the module resources_ec2, which documents each. `enabled` (default true) makes it at all; switching it off
    deletes its queues, environments and definitions. `pools` and `queues` are added to the defaults: the pools `on_demand` and `spot` of profile `small` (16
    vCPUs each at most, none running while idle) and the queues `high` and `low`, both FIFO; naming one of these changes it, `spot = null` takes it out.
  EOT
  nullable    = false

  validation {
    condition     = var.ec2.on_demand == null && var.ec2.spot == null
    error_message = "ec2.on_demand and ec2.spot are no more. Write their settings into ec2.pools.on_demand and ec2.pools.spot."
  }
}

variable "environment" {
  type        = string
  description = "Name of the environment, like `dev`; with `project` it prefixes all names. Changing it replaces everything but VPC, subnets and endpoints."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,10}[a-z0-9]$", var.environment))
    error_message = "environment is \"${var.environment}\". Use 2 to 12 lower-case letters, digits and hyphens, a letter first, no hyphen last."
  }
}

variable "fargate" {
  type = object({
    enabled          = optional(bool, true)
    cpu_architecture = optional(string, "X86_64")
    pools = optional(map(object({
      capacity           = optional(string)
      max_vcpus          = optional(number, 16)
      security_group_ids = optional(list(string), [])
      generations = optional(map(object({
        state = optional(string, "active")
      })), { a = {} })
    })), {})
    profiles = optional(map(object({
      vcpu   = number
      memory = number
    })), {})
    queues = optional(map(object({
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
    })), {})
    # What the pools' ceilings were called before there were more than two: refused, as Terraform would drop it without a word.
    max_vcpus = optional(object({}))
  })
  default     = {}
  description = <<-EOT
    AWS Batch on Fargate, as the inputs of the module resources_fargate, which documents each. `enabled` (default true) makes it at all; switching it
    off deletes its queues, environments and definitions. `pools` and `queues` are added to the defaults: the pools `on_demand` and `spot` with 16 vCPUs each at
    most and the queues `high`, fair-share, and `low`, FIFO; naming one of these changes it, `spot = null` takes it out.
  EOT
  nullable    = false

  validation {
    condition     = var.fargate.max_vcpus == null
    error_message = "fargate.max_vcpus is no more. Write pools = { on_demand = { max_vcpus = 64 }, spot = { max_vcpus = 64 } }."
  }

  validation {
    condition     = var.ec2.enabled || var.fargate.enabled
    error_message = "Neither ec2 nor fargate is enabled: there would be nowhere to run a job. Enable one."
  }
}

variable "generations" {
  type = object({
    ec2 = optional(map(map(object({
      state          = optional(string, "active")
      instance_types = optional(list(string))
      image_id       = optional(string)
      launch_template = optional(object({
        id      = string
        version = number
        content = string
      }))
      replaces = optional(list(string), [])
    }))), {})
    fargate = optional(map(map(object({
      state    = optional(string, "active")
      replaces = optional(list(string), [])
    }))), {})
  })
  default     = {}
  description = <<-EOT
    Generations of pools, by platform, pool and name, in the place of `generations` of `ec2.pools` and `fargate.pools`: which there are and their states; what one does
    not say of instance types and image it has from there. Written by the toolkit into generations.auto.tfvars.json (`awa-batch compute roll`). `replaces` is whom
    a roll that is under way puts it in the place of; Terraform makes nothing of it. Default: none, and the pools' own count.
  EOT
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.generations.ec2), [for name, pool in merge({ on_demand = {}, spot = {} }, var.ec2.pools) : name if pool != null])) == 0
    error_message = "generations.ec2 names ${join(", ", setsubtract(keys(var.generations.ec2), [for name, pool in merge({ on_demand = {}, spot = {} }, var.ec2.pools) : name if pool != null]))}, which ec2.pools does not have. Take it out of generations.auto.tfvars.json too."
  }

  validation {
    condition     = length(setsubtract(keys(var.generations.fargate), [for name, pool in merge({ on_demand = {}, spot = {} }, var.fargate.pools) : name if pool != null])) == 0
    error_message = "generations.fargate names ${join(", ", setsubtract(keys(var.generations.fargate), [for name, pool in merge({ on_demand = {}, spot = {} }, var.fargate.pools) : name if pool != null]))}, which fargate.pools does not have. Take it out of generations.auto.tfvars.json too."
  }
}

variable "iam" {
  type = object({
    create_service_linked_roles = optional(set(string), [])
    instance_policy_arns        = optional(set(string), [])
    permissions_boundary_arn    = optional(string)
    role_path                   = optional(string, "/")
    session_manager             = optional(bool, false)
    github_deployer = optional(object({
      repository          = string
      subjects            = optional(list(string), ["ref:refs/heads/main"])
      create_provider     = optional(bool, false)
      policy_arns         = optional(set(string), [])
      permission_boundary = optional(string)
    }))
    secrets_kms_key_arns     = optional(set(string), [])
    submitter_principal_arns = optional(set(string), [])
  })
  default     = {}
  description = <<-EOT
    Roles, as the inputs of the module iam, which documents each. Default: no deployer for GitHub, no boundary, the path /,
    and who may assume the submitter role is left to the account's IAM policies. Changing `role_path` replaces every role, all else changes in place.
  EOT
  nullable    = false
}

variable "images" {
  type = object({
    repositories = optional(map(object({
      keep_releases         = optional(number, 30)
      delete_untagged_after = optional(number, 14)
    })), { latest = {}, test = {} })
    encryption = optional(object({
      type        = optional(string, "AES256")
      kms_key_arn = optional(string)
    }), {})
    extra_repository_arns = optional(set(string), [])
    pull_account_ids      = optional(set(string), [])
    replicate_to = optional(list(object({
      region     = string
      account_id = optional(string)
    })), [])
  })
  default     = {}
  description = <<-EOT
    Image repositories, as the inputs of the module ecr, which documents each. Default: `latest` (production) and `test`, immutable tags, scanned on push,
    30 releases kept. `extra_repository_arns` are others that jobs pull from, as in the module iam. Taking a repository out deletes it; changing `encryption` replaces them all.
  EOT
  nullable    = false
}

variable "jobs" {
  type = map(object({
    image        = optional(string, "latest")
    architecture = optional(string)
    ec2 = optional(object({
      profile = optional(string)
      vcpu    = optional(number)
      memory  = optional(number)
      gpus    = optional(number, 0)
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
    }))
    fargate = optional(object({
      profile           = optional(string)
      vcpu              = optional(number)
      memory            = optional(number)
      ephemeral_storage = optional(number)
      platform_version  = optional(string, "LATEST")
    }))
    command        = optional(list(string))
    user           = optional(string, "10001:10001")
    environment    = optional(map(string), {})
    secrets        = optional(map(string), {})
    parameters     = optional(map(string), {})
    read_only_root = optional(bool, true)
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
    role = optional(object({
      read_prefixes  = optional(list(string), ["data/", "out/"])
      write_prefixes = optional(list(string), ["out/"])
      policy_arns    = optional(set(string), [])
      statements = optional(list(object({
        sid       = optional(string)
        effect    = optional(string, "Allow")
        actions   = list(string)
        resources = list(string)
        conditions = optional(list(object({
          test     = string
          variable = string
          values   = list(string)
        })), [])
      })), [])
    }), {})
  }))
  default = {
    sample = {
      ec2     = { vcpu = 1, memory = 1024 }
      fargate = { vcpu = 0.5, memory = 1024 }
    }
  }
  description = <<-EOT
    Job profiles by name: which image (a repository's name), on which platforms (`ec2`, `fargate` or both; each with its size), with what environment,
    secrets, retries and timeout (seconds), and what the job's own role may do. `architecture` is what the image was built for, by default the platform's. Each becomes a definition per platform, `<project>-<environment>-<platform>-<name>`,
    once the release gives its image a digest. Fields are documented in the modules job_definition and iam. Default: `sample`, which runs any
    job of the image `latest` and which the examples submit to; a map of your own says `sample = …` to keep it, or `sample = null` to give it up. Changes register new revisions; a name taken out is deregistered.
  EOT
  nullable    = false

  validation {
    condition     = contains(keys(var.jobs), "sample")
    error_message = "jobs does not say what becomes of \"sample\", which the examples submit to. Add sample = { ec2 = { vcpu = 1, memory = 1024 }, fargate = { vcpu = 0.5, memory = 1024 } } to keep it, or sample = null to do without."
  }

  validation {
    condition     = alltrue([for name in keys(var.jobs) : can(regex("^[a-z0-9][a-z0-9-]{0,17}$", name)) && !endswith(name, "-green")])
    error_message = "jobs has a name that is refused: ${join(", ", [for name in keys(var.jobs) : name if !can(regex("^[a-z0-9][a-z0-9-]{0,17}$", name)) || endswith(name, "-green")])}. Use at most 18 lower-case letters, digits and hyphens; \"-green\" at the end stands for candidates."
  }

  validation {
    condition     = alltrue([for job in values(var.jobs) : job == null || contains(keys(var.images.repositories), try(job.image, "-"))])
    error_message = "jobs names an image without a repository: ${join(", ", [for name, job in var.jobs : "${name} = ${job.image}" if job != null && !contains(keys(var.images.repositories), try(job.image, "-"))])}. Known: ${join(", ", keys(var.images.repositories))}. Use one of them or add it to images.repositories."
  }

  validation {
    condition     = alltrue([for job in values(var.jobs) : job == null || (try(job.ec2, null) != null && var.ec2.enabled) || (try(job.fargate, null) != null && var.fargate.enabled)])
    error_message = "jobs has one that runs nowhere: ${join(", ", [for name, job in var.jobs : name if job != null && !((try(job.ec2, null) != null && var.ec2.enabled) || (try(job.fargate, null) != null && var.fargate.enabled))])}. Give it ec2 = {} or fargate = {}, on a platform that is enabled."
  }

  validation {
    condition     = alltrue([for job in values(var.jobs) : job == null || contains(["X86_64", "ARM64"], try(coalesce(job.architecture, "ARM64"), "ARM64"))])
    error_message = "jobs has an architecture other than X86_64 and ARM64: ${join(", ", [for name, job in var.jobs : "${name} = ${job.architecture}" if job != null && !contains(["X86_64", "ARM64"], try(coalesce(job.architecture, "ARM64"), "ARM64"))])}."
  }
}

variable "network" {
  type = object({
    availability_zone_count = optional(number, 2)
    availability_zones      = optional(list(string), [])
    egress_rules = optional(map(object({
      description = string
      from_port   = number
      to_port     = number
      protocol    = optional(string, "tcp")
      cidr_ipv4   = optional(string, "0.0.0.0/0")
      })), {
      https = { description = "HTTPS: AWS services, registries, APIs", from_port = 443, to_port = 443 }
    })
    existing_vpc = optional(object({
      vpc_id             = string
      private_subnet_ids = list(string)
      security_group_ids = optional(list(string), [])
    }))
    extra_interface_endpoints = optional(set(string), [])
    flow_logs = optional(object({
      enabled        = optional(bool, false)
      retention_days = optional(number, 30)
      traffic_type   = optional(string, "REJECT")
      kms_key_arn    = optional(string)
    }), {})
    interface_endpoints = optional(bool)
    nat                 = optional(string, "none")
    s3_endpoint_statements = optional(list(object({
      sid        = string
      actions    = list(string)
      resources  = list(string)
      principals = optional(list(string), ["*"])
    })), [])
    vpc_cidr = optional(string, "10.64.0.0/16")
  })
  default     = {}
  description = <<-EOT
    The network, as the inputs of the module network, which documents each. Default: a VPC 10.64.0.0/16 with private subnets in two zones, no NAT, and the
    endpoints that the platforms need. Changing `vpc_cidr` replaces the VPC and all in it.
  EOT
  nullable    = false
}

variable "observability" {
  type = object({
    alerts = optional(object({
      enabled          = optional(bool, false)
      emails           = optional(set(string), [])
      https_endpoints  = optional(set(string), [])
      kms_key_arn      = optional(string)
      failed_threshold = optional(number, 1)
    }), {})
    dashboard = optional(bool, false)
    history = optional(object({
      enabled        = optional(bool, false)
      retention_days = optional(number, 365)
    }), {})
    kms_key_arn        = optional(string)
    log_retention_days = optional(number, 30)
  })
  default     = {}
  description = <<-EOT
    Logs, alerts, the dashboard and the history of jobs, as the inputs of the module observability, which documents each. Default: logs of jobs are kept for 30
    days, no history, and neither alerts nor a dashboard are made. Changes apply in place.
  EOT
  nullable    = false
}

variable "project" {
  type        = string
  default     = "awa-batch"
  description = "Name of the project (default `awa-batch`); with `environment` it prefixes all names, so that several live in one account. Changing it replaces everything but VPC, subnets and endpoints."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,25}[a-z0-9]$", var.project))
    error_message = "project is \"${var.project}\". Use 2 to 27 lower-case letters, digits and hyphens, a letter first, no hyphen last."
  }
}

variable "quotas" {
  type = object({
    ec2_gpu_on_demand = optional(number)
    ec2_gpu_spot      = optional(number)
    ec2_on_demand     = optional(number)
    ec2_spot          = optional(number)
    fargate_on_demand = optional(number)
    fargate_spot      = optional(number)
  })
  default     = {}
  description = <<-EOT
    The account's vCPU quotas in this region, where known: a plan then warns when the ceilings of the compute environments go beyond them, since jobs would wait in RUNNABLE
    with no other sign. Codes for `aws service-quotas get-service-quota`: ec2 L-1216C47A (`ec2_on_demand`), L-34B43A08 (`ec2_spot`), of G and VT instances, for pools with `gpu`, L-DB2E81BA (`ec2_gpu_on_demand`), L-3819A6DF (`ec2_gpu_spot`); fargate L-3032A538
    (`fargate_on_demand`), L-36FBB829 (`fargate_spot`). Default: unknown, no warning. Changes no resource.
  EOT
  nullable    = false

  validation {
    condition     = alltrue([for quota in values(var.quotas) : quota == null || try(quota >= 1, false)])
    error_message = "quotas has a value below 1. Give the quota in vCPUs, or leave it out."
  }
}

variable "release" {
  type = object({
    images = optional(map(object({
      blue  = optional(string)
      green = optional(string)
      share = optional(number)
    })), {})
  })
  default     = {}
  description = <<-EOT
    What runs: per image (a repository's name) the digest, `<repository>@sha256:<64 hex digits>`, of `blue`, which plain names run, and of `green`, the
    candidate, whose definitions end in `-green`. `share` is how many of a hundred jobs that are submitted by plain name the toolkit sends to green; default 0. Written
    by the toolkit into release.auto.tfvars.json. Default: none, and no job definition is made until an image has been pushed. A new digest registers a new revision; queues and compute environments stay as they are.
  EOT
  nullable    = false

  validation {
    condition     = alltrue(flatten([for image in values(var.release.images) : [for digest in [image.blue, image.green] : digest == null || can(regex("^[^@\\s]+@sha256:[0-9a-f]{64}$", digest))]]))
    error_message = "release.images has an image without a digest: ${join(", ", flatten([for name, image in var.release.images : [for slot, digest in zipmap(["blue", "green"], [image.blue, image.green]) : "${name}.${slot} = ${digest}" if digest != null && !can(regex("^[^@\\s]+@sha256:[0-9a-f]{64}$", digest))]]))}. Give <repository>@sha256:<64 hex digits>: a tag may mean another image tomorrow. Building and pushing the image writes it."
  }

  validation {
    condition     = alltrue([for image in values(var.release.images) : image.share == null || try(image.green != null && image.share >= 0 && image.share <= 100 && floor(image.share) == image.share, false)])
    error_message = "release.images has a share that no candidate can have: ${join(", ", [for name, image in var.release.images : "${name}.share = ${image.share}${image.green == null ? " without green" : ""}" if image.share != null && !try(image.green != null && image.share >= 0 && image.share <= 100 && floor(image.share) == image.share, false)])}. Give a whole number from 0 to 100 beside green."
  }

  validation {
    condition     = length(setsubtract(keys(var.release.images), keys(var.images.repositories))) == 0
    error_message = "release.images names ${join(", ", setsubtract(keys(var.release.images), keys(var.images.repositories)))}, which has no repository. Known: ${join(", ", keys(var.images.repositories))}."
  }
}

variable "schedules" {
  type = map(object({
    job              = string
    queue            = string
    share_identifier = optional(string)
    cron             = optional(string)
    rate             = optional(string)
    timezone         = optional(string, "UTC")
    command          = optional(list(string))
    parameters       = optional(map(string), {})
    array            = optional(number)
    enabled          = optional(bool, true)
  }))
  default     = {}
  description = <<-EOT
    Jobs that start by the clock, by name: `job` and `queue` by their logical names (`fargate-sample` on `fargate-low-priority`), `cron` (AWS's six fields) or `rate` (`6 hours`), `timezone` (default `UTC`),
    `share_identifier` (default the queue's), `command`, `parameters`, `array` and `enabled` (default true), as the input of the module schedules, which documents each. Default: none, and nothing of it is made.
    Changes apply in place. On ENV=local they start jobs while the local AWS runs.
  EOT
  nullable    = false
}

variable "storage" {
  type = object({
    abort_uploads_after  = optional(number, 3)
    kms_key_arn          = optional(string)
    old_versions_after   = optional(number, 30)
    out_expires_after    = optional(number)
    out_infrequent_after = optional(number, 90)
    policy_statements = optional(list(object({
      sid        = string
      effect     = optional(string, "Allow")
      actions    = list(string)
      resources  = list(string)
      principals = map(list(string))
      conditions = optional(list(object({
        test     = string
        variable = string
        values   = list(string)
      })), [])
    })), [])
    submit_expires_after = optional(number, 60)
  })
  default     = {}
  description = <<-EOT
    The data bucket, as the inputs of the module storage, which documents each (all in days). Default: results move to Standard-IA after 90 days and never expire,
    overwritten objects can be fetched back for 30. Changes apply in place.
  EOT
  nullable    = false
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags on every resource, added to Project, Environment and ManagedBy. Default none. On EC2 instances they change as an infrastructure update in place."
  nullable    = false

  validation {
    condition     = length(var.tags) <= 30
    error_message = "${length(var.tags)} tags. Keep to 30, so that those that the modules add still fit into AWS's 50."
  }

  # Each pair as one text: the characters are those of the pattern of IAM's and ECS's TagKey and TagValue.
  validation {
    condition     = length([for key, value in var.tags : key if startswith(lower(key), "aws:") || !can(regex("^.{1,128}\\n.{0,256}$", "${key}\n${value}")) || can(regex("[^\\p{L}\\p{Z}\\p{N}_.:/=+\\-@\\n]", "${key}\n${value}"))]) == 0
    error_message = "tags that AWS refuses: ${join(", ", [for key, value in var.tags : key if startswith(lower(key), "aws:") || !can(regex("^.{1,128}\\n.{0,256}$", "${key}\n${value}")) || can(regex("[^\\p{L}\\p{Z}\\p{N}_.:/=+\\-@\\n]", "${key}\n${value}"))])}. A key has 1 to 128 characters and a value up to 256, letters, digits, blanks and + - = . _ : / @ alone; no key begins with aws:."
  }

  # IAM takes tag keys of roles as the same whatever their case (IAM guide, "Tags for IAM resources").
  validation {
    condition     = length(distinct([for key in distinct(concat(["Project", "Environment", "ManagedBy"], keys(var.tags))) : lower(key)])) == length(distinct(concat(["Project", "Environment", "ManagedBy"], keys(var.tags))))
    error_message = "tags has keys that differ in case alone, from each other or from Project, Environment and ManagedBy: ${join(", ", keys(var.tags))}. IAM takes them as one and refuses the role: keep one of them, in one way of writing."
  }
}

variable "unreleased_code" {
  type        = bool
  default     = true
  description = "Whether jobs may run code and images that were not released (`awa-batch submit --code`, `--image`). Default true; the environment prod says false. With false the toolkit refuses both, and the submitter may register no job definitions. Changes the contract and the submitter's policy in place."
  nullable    = false
}
