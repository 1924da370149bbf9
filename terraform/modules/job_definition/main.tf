data "aws_region" "current" {}

locals {
  fargate = var.platform == "FARGATE"
  tmpfs   = !local.fargate && var.container.tmp.medium != "disk"

  volumes = concat(
    # On Fargate a volume says nothing of a host (API reference, Volume: host).
    local.tmpfs ? [] : [for volume in [{ name = "tmp", host = local.fargate ? null : {} }] : { for key, value in volume : key => value if value != null }],
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
    [for name, volume in merge(var.container.host_volumes, var.container.efs_volumes) : {
      sourceVolume  = name
      containerPath = volume.container_path
      readOnly      = volume.read_only
    }],
  )

  properties = {
    image            = var.image
    command          = var.container.command
    user             = var.container.user
    jobRoleArn       = var.job_role_arn
    executionRoleArn = var.execution_role_arn

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
    enableExecuteCommand   = var.container.enable_execute_command ? true : null
    repositoryCredentials  = var.container.repository_credentials == null ? null : { credentialsParameter = var.container.repository_credentials }
    volumes                = local.volumes
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

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = var.log_group
        awslogs-region        = data.aws_region.current.name
        awslogs-stream-prefix = var.name
      }
    }

    fargatePlatformConfiguration = local.fargate ? { platformVersion = var.container.platform_version } : null
    networkConfiguration         = local.fargate ? { assignPublicIp = "DISABLED" } : null
    runtimePlatform              = local.fargate ? { operatingSystemFamily = "LINUX", cpuArchitecture = var.container.cpu_architecture } : null
    ephemeralStorage             = var.container.ephemeral_storage == null ? null : { sizeInGiB = var.container.ephemeral_storage }
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
  container_properties  = jsonencode({ for key, value in local.properties : key => value if value != null })
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
