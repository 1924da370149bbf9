data "aws_region" "current" {}

locals {
  fargate = var.platform == "FARGATE"
  tmpfs   = !local.fargate && var.container.tmp.medium != "disk"

  # AWS Batch takes containerProperties, or ecsProperties for several containers.
  several = length(var.container.sidecars) > 0
  main    = "main"

  # Container → all that it waits for: in one step, in up to 2, 4, 8 and 16, more than a task has containers.
  waits_1  = merge({ for name, sidecar in var.container.sidecars : name => keys(sidecar.depends_on) }, { (local.main) = keys(var.container.depends_on) })
  waits_2  = { for name, others in local.waits_1 : name => distinct(concat(others, flatten([for other in others : lookup(local.waits_1, other, [])]))) }
  waits_4  = { for name, others in local.waits_2 : name => distinct(concat(others, flatten([for other in others : lookup(local.waits_2, other, [])]))) }
  waits_8  = { for name, others in local.waits_4 : name => distinct(concat(others, flatten([for other in others : lookup(local.waits_4, other, [])]))) }
  waits_16 = { for name, others in local.waits_8 : name => distinct(concat(others, flatten([for other in others : lookup(local.waits_8, other, [])]))) }
  circle   = [for name, others in local.waits_16 : name if contains(others, name)]

  sidecar_vcpu = { for name, sidecar in var.container.sidecars : name => coalesce(sidecar.vcpu, local.fargate ? 0.25 : 1) }

  volumes = concat(
    # On Fargate a volume says nothing of a host (API reference, Volume: host).
    local.tmpfs ? [] : [for volume in [{ name = "tmp", host = local.fargate ? null : {} }] : { for key, value in volume : key => value if value != null }],
    # On Fargate a volume says nothing of a host, as above.
    [for name in keys(var.container.scratch_volumes) : { for key, value in { name = name, host = local.fargate ? null : {} } : key => value if value != null }],
    [for name, volume in var.container.host_volumes : { name = name, host = { sourcePath = volume.host_path } }],
    [for name, volume in var.container.efs_volumes : {
      name = name
      efsVolumeConfiguration = merge(
        { fileSystemId = volume.file_system_id, transitEncryption = "ENABLED" },
        # With an access point its own root directory rules, and ECS refuses another.
        volume.access_point_id == null ? { rootDirectory = volume.root_directory } : null,
        volume.access_point_id == null ? null : { authorizationConfig = { accessPointId = volume.access_point_id, iam = "ENABLED" } },
      )
    }],
  )

  mount_points = concat(
    local.tmpfs ? [] : [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }],
    [for name, volume in var.container.scratch_volumes : { sourceVolume = name, containerPath = volume.container_path, readOnly = false }],
    [for name, volume in merge(var.container.host_volumes, var.container.efs_volumes) : {
      sourceVolume  = name
      containerPath = volume.container_path
      readOnly      = volume.read_only
    }],
  )

  # The job's own container, as both forms write it.
  container = {
    image   = var.image
    command = var.container.command
    user    = var.container.user

    resourceRequirements = concat(
      [
        { type = "VCPU", value = tostring(var.container.vcpu) },
        { type = "MEMORY", value = tostring(var.container.memory) },
      ],
      var.container.gpus > 0 ? [{ type = "GPU", value = tostring(var.container.gpus) }] : [],
    )

    environment = [for key, value in var.container.environment : { name = key, value = value }]
    secrets     = [for key, arn in var.container.secrets : { name = key, valueFrom = arn }]

    readonlyRootFilesystem = var.container.read_only_root
    privileged             = var.container.privileged ? true : null
    ulimits                = length(var.container.ulimits) == 0 ? null : [for name, limit in var.container.ulimits : { name = name, softLimit = limit.soft, hardLimit = limit.hard }]
    repositoryCredentials  = var.container.repository_credentials == null ? null : { credentialsParameter = var.container.repository_credentials }
    mountPoints            = local.mount_points

    # PID 1 ignores SIGTERM unless it handles it: an init process hands the warning of a Spot reclaim or a timeout on.
    linuxParameters = merge(
      { initProcessEnabled = true },
      local.tmpfs ? { tmpfs = [{ containerPath = "/tmp", size = coalesce(var.container.tmp.size, floor(var.container.memory / 2)), mountOptions = ["rw", "nosuid", "nodev"] }] } : null,
      { for key, value in {
        sharedMemorySize = var.container.linux_parameters.shared_memory_size
        maxSwap          = var.container.linux_parameters.max_swap
        swappiness       = var.container.linux_parameters.swappiness
      } : key => value if value != null },
      length(var.container.linux_parameters.devices) == 0 ? null : { devices = [for path in var.container.linux_parameters.devices : { hostPath = path, containerPath = path, permissions = ["READ", "WRITE", "MKNOD"] }] },
    )

    logConfiguration = var.container.firelens_options == null ? local.awslogs : { logDriver = "awsfirelens", options = var.container.firelens_options }
  }

  awslogs = {
    logDriver = "awslogs"
    options = {
      awslogs-group         = var.log_group
      awslogs-region        = data.aws_region.current.name
      awslogs-stream-prefix = var.name
    }
  }

  # What holds for the whole task, under the same names in both forms.
  task = {
    executionRoleArn     = var.execution_role_arn
    volumes              = local.volumes
    enableExecuteCommand = var.container.enable_execute_command ? true : null
    networkConfiguration = local.fargate ? { assignPublicIp = "DISABLED" } : null
    runtimePlatform      = local.fargate ? { operatingSystemFamily = "LINUX", cpuArchitecture = var.container.cpu_architecture } : null
    ephemeralStorage     = var.container.ephemeral_storage == null ? null : { sizeInGiB = var.container.ephemeral_storage }
  }

  properties = merge(local.container, local.task, {
    jobRoleArn                   = var.job_role_arn
    fargatePlatformConfiguration = local.fargate ? { platformVersion = var.container.platform_version } : null
  })

  sidecars = [for name, sidecar in var.container.sidecars : {
    name      = name
    image     = sidecar.image
    command   = sidecar.command
    user      = sidecar.user
    essential = sidecar.essential
    dependsOn = length(sidecar.depends_on) == 0 ? null : [for other, condition in sidecar.depends_on : { containerName = other, condition = condition }]

    resourceRequirements = [
      { type = "VCPU", value = tostring(local.sidecar_vcpu[name]) },
      { type = "MEMORY", value = tostring(sidecar.memory) },
    ]

    environment = [for key, value in sidecar.environment : { name = key, value = value }]
    secrets     = [for key, arn in sidecar.secrets : { name = key, valueFrom = arn }]

    readonlyRootFilesystem = sidecar.read_only_root
    repositoryCredentials  = sidecar.repository_credentials == null ? null : { credentialsParameter = sidecar.repository_credentials }
    mountPoints            = [for volume, mount in sidecar.mount_points : { sourceVolume = volume, containerPath = mount.container_path, readOnly = mount.read_only }]
    linuxParameters        = { initProcessEnabled = true }
    logConfiguration       = local.awslogs
    firelensConfiguration  = sidecar.firelens == null ? null : { for key, value in { type = sidecar.firelens.type, options = length(sidecar.firelens.options) == 0 ? null : sidecar.firelens.options } : key => value if value != null }
  }]

  ecs_properties = {
    taskProperties = [{ for key, value in merge(local.task, {
      taskRoleArn     = var.job_role_arn
      platformVersion = local.fargate ? var.container.platform_version : null
      containers = [for container in concat([merge(local.container, {
        name      = local.main
        essential = true
        dependsOn = length(var.container.depends_on) == 0 ? null : [for other, condition in var.container.depends_on : { containerName = other, condition = condition }]
      })], local.sidecars) : { for key, value in container : key => value if value != null }]
    }) : key => value if value != null }]
  }
}

moved {
  from = aws_batch_job_definition.this
  to   = aws_batch_job_definition.this[0]
}

# Without an image nothing is made, and all that is wrong with the job is refused all the same.
resource "aws_batch_job_definition" "this" {
  count = var.image == null ? 0 : 1

  name                  = var.name
  type                  = "container"
  platform_capabilities = [var.platform]
  container_properties  = local.several ? null : jsonencode({ for key, value in local.properties : key => value if value != null })
  ecs_properties        = local.several ? jsonencode(local.ecs_properties) : null
  parameters            = var.parameters
  propagate_tags        = true
  scheduling_priority   = var.scheduling_priority

  # Older revisions stay ACTIVE: they are what a rollback runs and what queued jobs refer to.
  deregister_on_new_revision = false

  retry_strategy {
    attempts = var.retry.attempts

    dynamic "evaluate_on_exit" {
      for_each = var.retry.rules

      content {
        action           = evaluate_on_exit.value.action
        on_exit_code     = evaluate_on_exit.value.on_exit_code
        on_reason        = evaluate_on_exit.value.on_reason
        on_status_reason = evaluate_on_exit.value.on_status_reason
      }
    }
  }

  timeout {
    attempt_duration_seconds = var.timeout
  }

  tags = var.tags
}
