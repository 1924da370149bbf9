variable "container" {
  type = object({
    vcpu    = number
    memory  = number
    gpus    = optional(number, 0)
    command = optional(list(string))
    user    = optional(string, "10001:10001")

    environment = optional(map(string), {})
    secrets     = optional(map(string), {})

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

    enable_execute_command = optional(bool, false)
    repository_credentials = optional(string)

    ephemeral_storage = optional(number)
    platform_version  = optional(string, "LATEST")
    cpu_architecture  = optional(string, "X86_64")
  })
  description = <<-EOT
    The container, typed once for both platforms. Any change registers a new revision; older revisions stay usable.
    - `vcpu`, `memory` (MiB): on Fargate one of the sizes that AWS offers; on EC2 whole vCPUs. What a job gets unless it overrides it.
    - `gpus`: EC2 only. Default 0.
    - `command`: default null, the image's own CMD runs.
    - `user`: `uid:gid`, default `10001:10001`. Never root.
    - `environment`: name → plain value. Names starting with AWS_BATCH are AWS's own.
    - `secrets`: name → ARN of a Secrets Manager secret or SSM parameter; the execution role must be allowed to read it.
    - `read_only_root`: default true. `/tmp` is always writable.
    - `tmp`: where `/tmp` lies. `medium` is `memory` (default on EC2, not to be had on Fargate) or `disk` (default on Fargate: the
      task's ephemeral storage). In memory it may grow to `size` MiB (default half of `memory`) and counts against `memory`. On disk
      it takes the owner and mode that the image gives `/tmp`, and for that the image must declare `VOLUME /tmp`.
    - `host_volumes`: EC2 only, by name; read-only unless said otherwise. `efs_volumes`: by name, always encrypted in transit.
    - `scratch_volumes`: by name, empty at the start of every attempt and gone after it: what the job shares with its sidecars.
    - `sidecars`: other containers of the task, by name. Each has an `image` (by digest), `vcpu` (default 1 on EC2, 0.25 on Fargate) and `memory` (MiB), and as
      it needs `command`, `user` (default the image's), `environment`, `secrets`, `read_only_root` (default true), `repository_credentials` and `mount_points`:
      a volume of the job by its name → `container_path`, `read_only`. `essential` (default false): its end ends the job. `depends_on`: another
      container's name → START, COMPLETE or SUCCESS, the job's own being `main`. `firelens` (`type`
      fluentbit or fluentd, `options`) makes it the log router. On Fargate the sizes of all together must be one that Fargate has.
    - `depends_on`: what of its sidecars the job waits for, as above. `firelens_options`: what the log router does with the job's output, which then is not
      in the log group.
    - `linux_parameters`: EC2 only. `shared_memory_size` (MiB, /dev/shm), `max_swap` (MiB, 0 is none), `swappiness` (0 to 100; the two go together), `devices` (host devices, by
      path). `privileged` (default false) and `ulimits` (by name, `nofile = { soft = 65536, hard = 65536 }`): EC2 only.
    - `enable_execute_command` (default false): ECS Exec may open a shell in it, with a job role that has its channels; not with `read_only_root`.
    - `repository_credentials`: ARN of a Secrets Manager secret with user and password of a private registry other than ECR.
    - `ephemeral_storage` (GiB): Fargate only, 21 to 200; default null: AWS's 20.
    - `platform_version`: Fargate only, `LATEST` (default), `1.4.0` or `1.3.0`. `cpu_architecture`: `X86_64` (default) or `ARM64`, Fargate only
      (on EC2 the instance types decide).
  EOT
  nullable    = false

  validation {
    condition = var.platform != "FARGATE" || contains(
      lookup({
        "0.25" = [512, 1024, 2048]
        "0.5"  = range(1024, 4097, 1024)
        "1"    = range(2048, 8193, 1024)
        "2"    = range(4096, 16385, 1024)
        "4"    = range(8192, 30721, 1024)
        "8"    = range(16384, 61441, 4096)
        "16"   = range(32768, 122881, 8192)
        "32"   = [61440, 122880, 249856]
      }, tostring(sum(concat([var.container.vcpu], [for sidecar in values(var.container.sidecars) : coalesce(sidecar.vcpu, 0.25)]))), []),
      sum(concat([var.container.memory], values(var.container.sidecars)[*].memory))
    )
    error_message = "${var.name}: Fargate has no size of ${sum(concat([var.container.vcpu], [for sidecar in values(var.container.sidecars) : coalesce(sidecar.vcpu, 0.25)]))} vCPU with ${sum(concat([var.container.memory], values(var.container.sidecars)[*].memory))} MiB${length(var.container.sidecars) == 0 ? "" : ", which is the job with its sidecars"}. It has 0.25 vCPU with 512, 1024 or 2048 MiB; in steps of 1024 MiB: 0.5 with 1024 to 4096, 1 with 2048 to 8192, 2 with 4096 to 16384, 4 with 8192 to 30720; 8 with 16384 to 61440 in steps of 4096; 16 with 32768 to 122880 in steps of 8192; 32 with 61440, 122880 or 249856."
  }

  validation {
    condition     = var.platform != "EC2" || (var.container.vcpu >= 1 && floor(var.container.vcpu) == var.container.vcpu && var.container.memory >= 4 && floor(var.container.memory) == var.container.memory)
    error_message = "${var.name}: on EC2 vcpu (${var.container.vcpu}) must be a whole number of 1 or more and memory (${var.container.memory}) whole MiB, at least 4. Parts of a vCPU exist on Fargate only."
  }

  validation {
    condition     = var.container.gpus >= 0 && floor(var.container.gpus) == var.container.gpus && (var.container.gpus == 0 || var.platform == "EC2")
    error_message = "${var.name}: gpus is ${var.container.gpus}. A job has whole GPUs, and on EC2 alone: leave gpus out on Fargate, or run the job on EC2."
  }

  validation {
    condition     = var.container.user != null && !can(regex("^(0|root)(:.*)?$", var.container.user)) && can(regex("^[^:]+(:[^:]+)?$", var.container.user))
    error_message = "${var.name}: user is \"${coalesce(var.container.user, "null")}\". Give a user that is not root, like 10001:10001."
  }

  validation {
    condition     = alltrue([for key in concat(keys(var.container.environment), keys(var.container.secrets)) : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", key)) && !startswith(key, "AWS_BATCH")])
    error_message = "${var.name}: environment or secrets has a name that is refused: ${join(", ", [for key in concat(keys(var.container.environment), keys(var.container.secrets)) : key if !can(regex("^[A-Za-z_][A-Za-z0-9_]*$", key)) || startswith(key, "AWS_BATCH")])}. Use letters, digits and _; names that start with AWS_BATCH are AWS's own."
  }

  # The provider leaves variables with an empty value out when it compares, so that a change of one would never be applied.
  validation {
    condition     = alltrue([for value in values(var.container.environment) : value != ""])
    error_message = "${var.name}: environment has an empty value: ${join(", ", [for key, value in var.container.environment : key if value == ""])}. Terraform's AWS provider sees no difference between that and none, and would never apply a change of it. Leave it out, or give it a value."
  }

  validation {
    condition     = !contains(try([for word in var.container.command : word], []), "")
    error_message = "${var.name}: command has an empty string, which AWS Batch does not take. Leave the word out, or let a shell make it: [\"sh\", \"-c\", \"…\"]."
  }

  validation {
    condition     = !anytrue([for text in concat(try([for word in var.container.command : word], []), values(var.container.environment)) : strcontains(text, "\u0000")])
    error_message = "${var.name}: command or environment has a NUL character, which no word and no variable can hold. Take it out."
  }

  validation {
    condition     = length(setintersection(keys(var.container.environment), keys(var.container.secrets))) == 0
    error_message = "${var.name}: ${join(", ", setintersection(keys(var.container.environment), keys(var.container.secrets)))} is in environment and in secrets. Keep one of the two."
  }

  validation {
    condition     = alltrue([for arn in values(var.container.secrets) : can(regex("^arn:[^:]+:(secretsmanager:[^:]+:[0-9]{12}:secret:|ssm:[^:]+:[0-9]{12}:parameter/).+", arn))])
    error_message = "${var.name}: secrets must name ARNs of Secrets Manager secrets or SSM parameters, never a value: ${join(", ", [for key, arn in var.container.secrets : key if !can(regex("^arn:[^:]+:(secretsmanager:[^:]+:[0-9]{12}:secret:|ssm:[^:]+:[0-9]{12}:parameter/).+", arn))])}."
  }

  validation {
    condition     = var.container.tmp.medium == null || contains(var.platform == "EC2" ? ["memory", "disk"] : ["disk"], coalesce(var.container.tmp.medium, "-"))
    error_message = "${var.name}: tmp.medium is \"${coalesce(var.container.tmp.medium, "null")}\". Use memory or disk on EC2, disk on Fargate, which has no /tmp in memory."
  }

  validation {
    condition     = var.container.tmp.size == null || (var.platform == "EC2" && var.container.tmp.medium != "disk" && try(var.container.tmp.size >= 1 && var.container.tmp.size < var.container.memory, false))
    error_message = "${var.name}: tmp.size must be 1 MiB or more and below memory (${var.container.memory} MiB), and is for a /tmp in memory only (EC2). Lower it or leave it out."
  }

  validation {
    condition     = length(var.container.host_volumes) == 0 || var.platform == "EC2"
    error_message = "${var.name}: host_volumes need a host of yours. Use efs_volumes on Fargate, or run the job on EC2."
  }

  validation {
    condition     = !contains(concat(keys(var.container.host_volumes), keys(var.container.efs_volumes), keys(var.container.scratch_volumes)), "tmp") && length(distinct(concat(keys(var.container.host_volumes), keys(var.container.efs_volumes), keys(var.container.scratch_volumes)))) == length(concat(keys(var.container.host_volumes), keys(var.container.efs_volumes), keys(var.container.scratch_volumes)))
    error_message = "${var.name}: volume names must differ from each other and from \"tmp\", which is taken by /tmp."
  }

  validation {
    condition     = alltrue([for path in concat(values(var.container.host_volumes)[*].container_path, values(var.container.efs_volumes)[*].container_path, values(var.container.scratch_volumes)[*].container_path, flatten([for sidecar in values(var.container.sidecars) : values(sidecar.mount_points)[*].container_path])) : startswith(path, "/") && path != "/" && path != "/tmp"])
    error_message = "${var.name}: a volume's container_path must be absolute and neither / nor /tmp."
  }

  validation {
    condition     = var.container.ephemeral_storage == null || (var.platform == "FARGATE" && try(var.container.ephemeral_storage >= 21 && var.container.ephemeral_storage <= 200, false))
    error_message = "${var.name}: ephemeral_storage must be 21 to 200 GiB, on Fargate only. Leave it out for AWS's 20 GiB; on EC2 set the instance's disk size instead."
  }

  validation {
    condition     = contains(["LATEST", "1.4.0", "1.3.0"], var.container.platform_version)
    error_message = "${var.name}: platform_version is \"${var.container.platform_version}\". Use LATEST, 1.4.0 or 1.3.0."
  }

  validation {
    condition     = var.container.platform_version != "1.3.0" || (var.container.vcpu < 8 && length(var.container.efs_volumes) == 0 && var.container.ephemeral_storage == null)
    error_message = "${var.name}: platform_version 1.3.0 has no 8 vCPU and up, no EFS and no larger ephemeral storage. Use LATEST or 1.4.0."
  }

  validation {
    condition     = alltrue([for sidecar in values(var.container.sidecars) : can(regex("^[^@\\s]+@sha256:[0-9a-f]{64}$", sidecar.image))])
    error_message = "${var.name}: sidecars has an image without a digest: ${join(", ", [for name, sidecar in var.container.sidecars : "${name} = ${sidecar.image}" if !can(regex("^[^@\\s]+@sha256:[0-9a-f]{64}$", sidecar.image))])}. Give <repository>@sha256:<64 hex digits>: a tag could mean another image tomorrow."
  }

  validation {
    condition     = length(var.container.sidecars) <= 9 && alltrue([for name in keys(var.container.sidecars) : can(regex("^[A-Za-z0-9_-]{1,255}$", name)) && name != "main"])
    error_message = "${var.name}: sidecars has more than 9 containers or a name that is refused: ${join(", ", [for name in keys(var.container.sidecars) : name if !can(regex("^[A-Za-z0-9_-]{1,255}$", name)) || name == "main"])}. Use letters, digits, - and _; \"main\" is the job's own container."
  }

  validation {
    condition     = alltrue([for sidecar in values(var.container.sidecars) : sidecar.memory >= 4 && (var.platform == "FARGATE" ? coalesce(sidecar.vcpu, 0.25) > 0 : (coalesce(sidecar.vcpu, 1) >= 1 && floor(coalesce(sidecar.vcpu, 1)) == coalesce(sidecar.vcpu, 1)))])
    error_message = "${var.name}: sidecars has a size that ${var.platform} does not take: ${join(", ", [for name, sidecar in var.container.sidecars : "${name} = ${coalesce(sidecar.vcpu, var.platform == "FARGATE" ? 0.25 : 1)} vCPU, ${sidecar.memory} MiB"])}. Memory is 4 MiB or more and vcpu on EC2 a whole number; leave vcpu out for what is right on both."
  }

  # AWS Batch API reference, TaskContainerDependency: COMPLETE and SUCCESS cannot be set on an essential container.
  validation {
    condition = alltrue([for dependency in concat(
      [for other, condition in var.container.depends_on : { of = "main", on = other, condition = condition }],
      flatten([for name, sidecar in var.container.sidecars : [for other, condition in sidecar.depends_on : { of = name, on = other, condition = condition }]])
      ) : dependency.of != dependency.on && (dependency.on == "main" || contains(keys(var.container.sidecars), dependency.on)) && contains(
      dependency.on == "main" || try(var.container.sidecars[dependency.on].essential, false) ? ["START"] : ["START", "COMPLETE", "SUCCESS"], dependency.condition
    )])
    error_message = "${var.name}: depends_on names a container that is not in the job, or has a condition that it cannot have. Conditions are START, COMPLETE and SUCCESS; of an essential container, as \"main\" is, START alone, for it never completes before the job does."
  }

  validation {
    condition     = length([for sidecar in values(var.container.sidecars) : sidecar if sidecar.firelens != null]) <= 1 && alltrue([for sidecar in values(var.container.sidecars) : sidecar.firelens == null || contains(["fluentbit", "fluentd"], try(sidecar.firelens.type, "fluentbit"))])
    error_message = "${var.name}: sidecars has more than one log router or one of another type than fluentbit and fluentd: ${join(", ", [for name, sidecar in var.container.sidecars : "${name} = ${sidecar.firelens.type}" if sidecar.firelens != null])}. Keep one."
  }

  validation {
    condition     = var.container.firelens_options == null || length([for sidecar in values(var.container.sidecars) : sidecar if sidecar.firelens != null]) == 1
    error_message = "${var.name}: firelens_options needs a log router. Add a sidecar with firelens = {}, or leave firelens_options out."
  }

  validation {
    condition     = alltrue(flatten([for sidecar in values(var.container.sidecars) : [for volume in keys(sidecar.mount_points) : contains(concat(keys(var.container.scratch_volumes), keys(var.container.host_volumes), keys(var.container.efs_volumes)), volume)]]))
    error_message = "${var.name}: sidecars has mount_points of a volume that the job has not: ${join(", ", flatten([for name, sidecar in var.container.sidecars : [for volume in keys(sidecar.mount_points) : "${name}: ${volume}" if !contains(concat(keys(var.container.scratch_volumes), keys(var.container.host_volumes), keys(var.container.efs_volumes)), volume)]]))}. Add it to scratch_volumes, efs_volumes or host_volumes."
  }

  validation {
    condition     = alltrue(flatten([for sidecar in values(var.container.sidecars) : concat([for key, value in sidecar.environment : value != "" && can(regex("^[A-Za-z_][A-Za-z0-9_]*$", key)) && !startswith(key, "AWS_BATCH")], [for word in try([for word in sidecar.command : word], []) : word != ""], [for arn in values(sidecar.secrets) : can(regex("^arn:[^:]+:(secretsmanager:[^:]+:[0-9]{12}:secret:|ssm:[^:]+:[0-9]{12}:parameter/).+", arn))])]))
    error_message = "${var.name}: sidecars has an environment, a command or secrets that the job's own could not have either: no empty values and words, names of letters, digits and _ (AWS_BATCH… is AWS's own), secrets by ARN."
  }

  # AWS Batch API reference, ContainerProperties: privileged, ulimits, LinuxParameters: not for jobs on Fargate.
  validation {
    condition     = var.platform == "EC2" || !var.container.privileged && length(var.container.ulimits) == 0 && var.container.linux_parameters.shared_memory_size == null && var.container.linux_parameters.max_swap == null && var.container.linux_parameters.swappiness == null && length(var.container.linux_parameters.devices) == 0
    error_message = "${var.name}: privileged, ulimits and linux_parameters are for EC2. Leave them out on Fargate, or run the job on EC2."
  }

  # AWS Batch refuses swap without swappiness: "When container specified swap memory, swappiness value is required."
  validation {
    condition     = (var.container.linux_parameters.swappiness == null) == (var.container.linux_parameters.max_swap == null) && (var.container.linux_parameters.swappiness == null || try(var.container.linux_parameters.swappiness >= 0 && var.container.linux_parameters.swappiness <= 100, false)) && (var.container.linux_parameters.max_swap == null || try(var.container.linux_parameters.max_swap >= 0, false)) && (var.container.linux_parameters.shared_memory_size == null || try(var.container.linux_parameters.shared_memory_size >= 1, false))
    error_message = "${var.name}: linux_parameters are out of range: shared_memory_size is 1 MiB or more, max_swap 0 MiB or more, swappiness 0 to 100, and max_swap and swappiness go together: give both, or neither."
  }

  validation {
    condition     = alltrue([for path in var.container.linux_parameters.devices : startswith(path, "/dev/")])
    error_message = "${var.name}: linux_parameters.devices are paths of the host's devices, like /dev/fuse: ${join(", ", [for path in var.container.linux_parameters.devices : path if !startswith(path, "/dev/")])}."
  }

  validation {
    condition     = alltrue([for name, limit in var.container.ulimits : contains(["core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio", "rttime", "sigpending", "stack"], name) && limit.soft <= limit.hard])
    error_message = "${var.name}: ulimits has a name that is none or a soft limit above the hard one: ${join(", ", [for name, limit in var.container.ulimits : "${name} = ${limit.soft}/${limit.hard}"])}. Names are those of Docker, like nofile or memlock."
  }

  validation {
    condition     = !(var.container.enable_execute_command && var.container.read_only_root)
    error_message = "${var.name}: enable_execute_command needs a root file system that the SSM agent can write to. Set read_only_root = false."
  }

  validation {
    condition     = var.container.repository_credentials == null || can(regex("^arn:[^:]+:secretsmanager:[^:]+:[0-9]{12}:secret:.+$", var.container.repository_credentials))
    error_message = "${var.name}: repository_credentials is no ARN of a Secrets Manager secret, which has to hold username and password."
  }

  validation {
    condition     = alltrue([for volume in values(var.container.efs_volumes) : can(regex("^fs-([0-9a-f]{8}|[0-9a-f]{17})$", volume.file_system_id)) && (volume.access_point_id == null || can(regex("^fsap-([0-9a-f]{8}|[0-9a-f]{17})$", volume.access_point_id)))])
    error_message = "${var.name}: efs_volumes has an id that is none: ${join(", ", [for name, volume in var.container.efs_volumes : name if !can(regex("^fs-([0-9a-f]{8}|[0-9a-f]{17})$", volume.file_system_id)) || !(volume.access_point_id == null || can(regex("^fsap-([0-9a-f]{8}|[0-9a-f]{17})$", volume.access_point_id)))])}. They look like fs-0123456789abcdef0 and fsap-0123456789abcdef0."
  }

  validation {
    condition     = contains(["X86_64", "ARM64"], var.container.cpu_architecture)
    error_message = "${var.name}: cpu_architecture is \"${var.container.cpu_architecture}\". Use X86_64 or ARM64."
  }

  # AWS Batch API reference, EFSAuthorizationConfig: with an access point the root directory is left out or /.
  validation {
    condition     = alltrue([for volume in values(var.container.efs_volumes) : startswith(volume.root_directory, "/") && (volume.access_point_id == null || volume.root_directory == "/")])
    error_message = "${var.name}: efs_volumes has a root_directory that is relative or stands beside an access point: ${join(", ", [for name, volume in var.container.efs_volumes : "${name} = ${volume.root_directory}" if !(startswith(volume.root_directory, "/") && (volume.access_point_id == null || volume.root_directory == "/"))])}. Begin it with /, and leave it out where access_point_id decides."
  }

  validation {
    condition     = length(distinct(concat(values(var.container.host_volumes)[*].container_path, values(var.container.efs_volumes)[*].container_path))) == length(var.container.host_volumes) + length(var.container.efs_volumes)
    error_message = "${var.name}: two volumes have one container_path: ${join(", ", concat([for name, volume in var.container.host_volumes : "${name} = ${volume.container_path}"], [for name, volume in var.container.efs_volumes : "${name} = ${volume.container_path}"]))}. ECS refuses the task (duplicate mount point): give each its own."
  }

  # AWS Batch API reference, Volume: name.
  validation {
    condition     = alltrue([for name in concat(keys(var.container.host_volumes), keys(var.container.efs_volumes)) : can(regex("^[A-Za-z0-9_-]{1,255}$", name))])
    error_message = "${var.name}: a volume has a name that AWS Batch refuses: ${join(", ", [for name in concat(keys(var.container.host_volumes), keys(var.container.efs_volumes)) : name if !can(regex("^[A-Za-z0-9_-]{1,255}$", name))])}. Use up to 255 letters, digits, hyphens and underscores."
  }

  validation {
    condition     = alltrue([for volume in values(var.container.host_volumes) : startswith(volume.host_path, "/")])
    error_message = "${var.name}: a host_path is relative: ${join(", ", [for name, volume in var.container.host_volumes : "${name} = ${volume.host_path}" if !startswith(volume.host_path, "/")])}. Give the path from the root of the host."
  }

  # AWS Batch guide, "Service quotas": a job definition is 24 KiB at most. Base64 counts bytes.
  validation {
    condition     = length(base64encode(jsonencode([var.container.command, var.container.environment, var.container.secrets]))) * 3 / 4 <= 24 * 1024
    error_message = "${var.name}: command, environment and secrets have about ${floor(length(base64encode(jsonencode([var.container.command, var.container.environment, var.container.secrets]))) * 3 / 4 / 1024)} KiB. AWS Batch takes definitions of 24 KiB at most: put what is long into an object in S3 and name that."
  }
}

variable "execution_role_arn" {
  type        = string
  description = "Role with which ECS starts the job. Changing it registers a new revision."
  nullable    = false
}

variable "image" {
  type        = string
  default     = null
  description = "Image by digest, `<repository>@sha256:<64 hex digits>`: a tag could mean another image tomorrow. Default null: the job is checked and no definition is made. Changing it registers a new revision."

  validation {
    condition     = var.image == null || can(regex("^[^@\\s]+@sha256:[0-9a-f]{64}$", var.image))
    error_message = "${var.name}: image \"${coalesce(var.image, "null")}\" has no digest. Give <repository>@sha256:<64 hex digits>; building and pushing the image writes it into the release file."
  }
}

variable "job_role_arn" {
  type        = string
  description = "Role that the job's own code has. Must not be the execution role. Changing it registers a new revision."
  nullable    = false

  validation {
    condition     = var.job_role_arn != var.execution_role_arn
    error_message = "${var.name}: job_role_arn and execution_role_arn are the same role. Give the job's code a role of its own: it must not read every secret and image that ECS may."
  }
}

variable "log_group" {
  type        = string
  description = "Name of the log group that jobs write to; it must exist. Changing it registers a new revision."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Name of the job definition. Changing it deregisters every revision of the old name."
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$", var.name))
    error_message = "name is \"${var.name}\". Use 1 to 128 letters, digits, hyphens and underscores, a letter or digit first."
  }
}

variable "parameters" {
  type        = map(string)
  default     = {}
  description = "Defaults for `Ref::name` in the command. Default none. Changing them registers a new revision."
  nullable    = false

  validation {
    condition     = !anytrue([for text in concat(keys(var.parameters), values(var.parameters)) : strcontains(text, "\u0000")])
    error_message = "${var.name}: parameters has a NUL character, which no command can hold. Take it out."
  }
}

variable "platform" {
  type        = string
  description = "`EC2` or `FARGATE`. Changing it registers a new revision."
  nullable    = false

  validation {
    condition     = contains(["EC2", "FARGATE"], var.platform)
    error_message = "platform is \"${var.platform}\". Use EC2 or FARGATE."
  }
}

variable "retry" {
  type = object({
    attempts = optional(number, 3)
    rules = optional(list(object({
      action           = string
      on_exit_code     = optional(string)
      on_reason        = optional(string)
      on_status_reason = optional(string)
      })), [
      { action = "RETRY", on_status_reason = "Host EC2*" },
      { action = "RETRY", on_status_reason = "Your Spot Task*" },
      { action = "RETRY", on_reason = "CannotPullContainer*" },
      { action = "EXIT", on_reason = "*" },
    ])
  })
  default     = {}
  description = <<-EOT
    How often a job is tried in all (`attempts`, 1 to 10, default 3) and when. `rules` are asked in order and the first match
    decides; **no match means RETRY**, so the last one must be `{ action = "EXIT", on_reason = "*" }`. Default: an instance or task
    taken back by Spot and an image that could not be pulled are tried again, all else fails at once. Changing it registers a new revision.
  EOT
  nullable    = false

  validation {
    condition     = var.retry.attempts >= 1 && var.retry.attempts <= 10 && floor(var.retry.attempts) == var.retry.attempts
    error_message = "${var.name}: retry.attempts is ${var.retry.attempts}. Give 1 to 10, the first try included."
  }

  validation {
    condition     = length(var.retry.rules) >= 1 && length(var.retry.rules) <= 5
    error_message = "${var.name}: retry.rules has ${length(var.retry.rules)} rules. Give 1 to 5, the last one { action = \"EXIT\", on_reason = \"*\" }."
  }

  validation {
    condition     = try(var.retry.rules[length(var.retry.rules) - 1].action == "EXIT" && var.retry.rules[length(var.retry.rules) - 1].on_reason == "*" && var.retry.rules[length(var.retry.rules) - 1].on_exit_code == null && var.retry.rules[length(var.retry.rules) - 1].on_status_reason == null, false)
    error_message = "${var.name}: retry.rules does not end. Make the last rule { action = \"EXIT\", on_reason = \"*\" }: AWS Batch retries whatever no rule matches."
  }

  validation {
    condition     = alltrue([for rule in var.retry.rules : contains(["RETRY", "EXIT"], rule.action)])
    error_message = "${var.name}: retry.rules has an action other than RETRY and EXIT: ${join(", ", distinct([for rule in var.retry.rules : rule.action if !contains(["RETRY", "EXIT"], rule.action)]))}."
  }

  validation {
    condition     = alltrue([for rule in var.retry.rules : anytrue([for pattern in [rule.on_exit_code, rule.on_reason, rule.on_status_reason] : pattern != null])])
    error_message = "${var.name}: retry.rules has a rule without a condition. Give on_exit_code, on_reason or on_status_reason."
  }

  validation {
    condition     = alltrue(flatten([for rule in var.retry.rules : [for pattern in [rule.on_reason, rule.on_status_reason, rule.on_exit_code] : !strcontains(trimsuffix(coalesce(pattern, "-"), "*"), "*")]]))
    error_message = "${var.name}: retry.rules has a pattern with a * before its end. AWS Batch takes a * as the last character only."
  }

  validation {
    condition     = alltrue([for rule in var.retry.rules : rule.on_exit_code == null || can(regex("^([0-9]+[*]?|[*])$", rule.on_exit_code))])
    error_message = "${var.name}: retry.rules.on_exit_code must be digits, with a * at the end if need be."
  }
}

variable "scheduling_priority" {
  type        = number
  default     = 1
  description = "Which of a share's jobs goes first on a fair-share queue, 0 to 9999, higher first. Default 1. No effect on FIFO queues. Changing it registers a new revision."
  nullable    = false

  validation {
    condition     = var.scheduling_priority >= 0 && var.scheduling_priority <= 9999 && floor(var.scheduling_priority) == var.scheduling_priority
    error_message = "${var.name}: scheduling_priority is ${var.scheduling_priority}. Give 0 to 9999."
  }
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags on the definition, propagated to its jobs' tasks: AWS fails a job with more than 50 in all. Default none. Changes apply in place."
  nullable    = false

  validation {
    condition     = length(var.tags) <= 40
    error_message = "${var.name}: ${length(var.tags)} tags. Keep to 40, so that a job's own tags still fit into the 50 that AWS propagates."
  }

  # Each pair as one text: the characters are those of the pattern of IAM's and ECS's TagKey and TagValue.
  validation {
    condition     = length([for key, value in var.tags : key if startswith(lower(key), "aws:") || !can(regex("^.{1,128}\\n.{0,256}$", "${key}\n${value}")) || can(regex("[^\\p{L}\\p{Z}\\p{N}_.:/=+\\-@\\n]", "${key}\n${value}"))]) == 0
    error_message = "${var.name}: tags that AWS refuses: ${join(", ", [for key, value in var.tags : key if startswith(lower(key), "aws:") || !can(regex("^.{1,128}\\n.{0,256}$", "${key}\n${value}")) || can(regex("[^\\p{L}\\p{Z}\\p{N}_.:/=+\\-@\\n]", "${key}\n${value}"))])}. A key has 1 to 128 characters and a value up to 256, letters, digits, blanks and + - = . _ : / @ alone; no key begins with aws:."
  }
}

variable "timeout" {
  type        = number
  default     = 3600
  description = "Seconds that one attempt may run before AWS Batch ends it (SIGTERM, 30 s later SIGKILL), 60 or more; a job can override it. Default 3600: a hung job stops costing. Changing it registers a new revision."
  nullable    = false

  validation {
    condition     = var.timeout >= 60 && floor(var.timeout) == var.timeout
    error_message = "${var.name}: timeout is ${var.timeout} s. Give 60 or more, a whole number."
  }
}
