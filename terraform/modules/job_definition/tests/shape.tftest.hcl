mock_provider "aws" {
  source = "../../testing/mocks"
}

variables {
  name               = "demo-fargate-sample"
  platform           = "FARGATE"
  image              = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/demo/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  execution_role_arn = "arn:aws:iam::123456789012:role/demo-execution"
  job_role_arn       = "arn:aws:iam::123456789012:role/demo-job-sample"
  log_group          = "/aws/batch/demo"
  container          = { vcpu = 0.5, memory = 1024, environment = { B = "2", A = "1" } }
}

run "fargate" {
  command = plan

  assert {
    condition     = jsondecode(aws_batch_job_definition.this[0].container_properties).resourceRequirements == [{ type = "VCPU", value = "0.5" }, { type = "MEMORY", value = "1024" }]
    error_message = "vCPU and memory must be resource requirements: the old fields cannot be overridden."
  }

  assert {
    condition     = jsondecode(aws_batch_job_definition.this[0].container_properties).readonlyRootFilesystem && jsondecode(aws_batch_job_definition.this[0].container_properties).mountPoints == [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
    error_message = "The root must be read-only and /tmp a writable volume."
  }

  assert {
    condition     = jsondecode(aws_batch_job_definition.this[0].container_properties).linuxParameters == { initProcessEnabled = true }
    error_message = "Fargate takes an init process and no tmpfs."
  }

  assert {
    condition     = jsondecode(aws_batch_job_definition.this[0].container_properties).networkConfiguration.assignPublicIp == "DISABLED"
    error_message = "Jobs must have no public address."
  }

  assert {
    condition     = jsondecode(aws_batch_job_definition.this[0].container_properties).user == "10001:10001"
    error_message = "Jobs must not run as root."
  }

  assert {
    condition     = jsondecode(aws_batch_job_definition.this[0].container_properties).environment == [{ name = "A", value = "1" }, { name = "B", value = "2" }]
    error_message = "The environment must be in order of names, so that a plan stays empty."
  }

  assert {
    condition     = !contains(keys(jsondecode(aws_batch_job_definition.this[0].container_properties)), "command")
    error_message = "Without a command the image's own must run."
  }

  assert {
    condition     = !aws_batch_job_definition.this[0].deregister_on_new_revision && aws_batch_job_definition.this[0].propagate_tags
    error_message = "Older revisions must stay and tags must reach the tasks."
  }

  assert {
    condition = [for rule in aws_batch_job_definition.this[0].retry_strategy[0].evaluate_on_exit : join(" ", compact([lower(rule.action), rule.on_status_reason, rule.on_reason]))] == [
      "retry Host EC2*", "retry Your Spot Task*", "retry CannotPullContainer*", "exit *",
    ]
    error_message = "The preset must retry reclaims and pulls, and then end."
  }

  assert {
    condition     = aws_batch_job_definition.this[0].retry_strategy[0].attempts == 3 && aws_batch_job_definition.this[0].timeout[0].attempt_duration_seconds == 3600
    error_message = "Three attempts of an hour are the default."
  }
}

run "ec2" {
  command = plan

  variables {
    name      = "demo-ec2-sample"
    platform  = "EC2"
    container = { vcpu = 2, memory = 4096, gpus = 1, command = ["echo", "hello"] }
  }

  assert {
    condition     = jsondecode(aws_batch_job_definition.this[0].container_properties).linuxParameters.tmpfs == [{ containerPath = "/tmp", size = 2048, mountOptions = ["rw", "nosuid", "nodev"] }]
    error_message = "/tmp must lie in memory, half of the job's at most."
  }

  assert {
    condition     = jsondecode(aws_batch_job_definition.this[0].container_properties).volumes == []
    error_message = "A tmpfs needs no volume."
  }

  assert {
    condition     = jsondecode(aws_batch_job_definition.this[0].container_properties).resourceRequirements[2] == { type = "GPU", value = "1" } && jsondecode(aws_batch_job_definition.this[0].container_properties).command == ["echo", "hello"]
    error_message = "GPUs and the command must be passed on."
  }

  assert {
    condition     = length(setintersection(keys(jsondecode(aws_batch_job_definition.this[0].container_properties)), ["fargatePlatformConfiguration", "networkConfiguration", "runtimePlatform", "ephemeralStorage"])) == 0
    error_message = "AWS Batch refuses Fargate's fields on EC2."
  }
}

run "volumes_on_disk" {
  command = plan

  variables {
    name     = "demo-ec2-sample"
    platform = "EC2"
    container = {
      vcpu         = 1
      memory       = 1024
      tmp          = { medium = "disk" }
      host_volumes = { models = { host_path = "/mnt/models", container_path = "/models" } }
      efs_volumes = {
        shared = { file_system_id = "fs-0a0a0a0a", container_path = "/shared", access_point_id = "fsap-0a0a0a0a" }
        plain  = { file_system_id = "fs-0b0b0b0b", container_path = "/plain" }
      }
    }
  }

  assert {
    condition     = [for volume in jsondecode(aws_batch_job_definition.this[0].container_properties).volumes : volume.name] == ["tmp", "models", "plain", "shared"]
    error_message = "Every volume must be there, /tmp first."
  }

  assert {
    condition = [for volume in jsondecode(aws_batch_job_definition.this[0].container_properties).volumes : try(volume.efsVolumeConfiguration, null)] == [null, null,
      { fileSystemId = "fs-0b0b0b0b", transitEncryption = "ENABLED", rootDirectory = "/" },
      { fileSystemId = "fs-0a0a0a0a", transitEncryption = "ENABLED", authorizationConfig = { accessPointId = "fsap-0a0a0a0a", iam = "ENABLED" } },
    ]
    error_message = "EFS must be encrypted in transit; an access point goes without a root directory."
  }

  assert {
    condition     = { for mount in jsondecode(aws_batch_job_definition.this[0].container_properties).mountPoints : mount.containerPath => mount.readOnly } == { "/tmp" = false, "/models" = true, "/plain" = false, "/shared" = false }
    error_message = "Host volumes are read-only unless said otherwise."
  }
}

run "shell_registry_and_linux_parameters" {
  command = plan

  variables {
    platform = "EC2"
    container = {
      vcpu                   = 4
      memory                 = 8192
      read_only_root         = false
      privileged             = true
      enable_execute_command = true
      repository_credentials = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:registry-AbCdEf"
      ulimits                = { nofile = { soft = 1024, hard = 65536 } }
      linux_parameters       = { shared_memory_size = 1024, max_swap = 0, swappiness = 10, devices = ["/dev/fuse"] }
    }
  }

  assert {
    condition = { for key in ["privileged", "enableExecuteCommand", "repositoryCredentials", "ulimits"] : key => jsondecode(aws_batch_job_definition.this[0].container_properties)[key] } == {
      privileged            = true
      enableExecuteCommand  = true
      repositoryCredentials = { credentialsParameter = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:registry-AbCdEf" }
      ulimits               = [{ hardLimit = 65536, name = "nofile", softLimit = 1024 }]
    }
    error_message = "What a container may have beside its size must reach the definition."
  }

  assert {
    condition     = { for key, value in jsondecode(aws_batch_job_definition.this[0].container_properties).linuxParameters : key => value if key != "tmpfs" } == { initProcessEnabled = true, sharedMemorySize = 1024, maxSwap = 0, swappiness = 10, devices = [{ containerPath = "/dev/fuse", hostPath = "/dev/fuse", permissions = ["READ", "WRITE", "MKNOD"] }] }
    error_message = "Linux parameters are added to the init process."
  }
}

run "without_an_image" {
  command = plan

  variables {
    image = null
  }

  assert {
    condition     = length(aws_batch_job_definition.this) == 0 && output.contract == null
    error_message = "Without an image nothing is made."
  }
}

run "sidecars" {
  command = plan

  variables {
    platform = "FARGATE"
    container = {
      vcpu            = 0.5
      memory          = 1024
      depends_on      = { fetch = "SUCCESS", router = "START" }
      scratch_volumes = { work = { container_path = "/work" } }
      sidecars = {
        fetch  = { image = "public.ecr.aws/x/fetch@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", memory = 512, mount_points = { work = { container_path = "/in" } } }
        router = { image = "public.ecr.aws/x/fluent-bit@sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", memory = 512, firelens = {} }
      }
      firelens_options = { Name = "cloudwatch_logs" }
    }
  }

  assert {
    condition     = aws_batch_job_definition.this[0].container_properties == null && length(jsondecode(aws_batch_job_definition.this[0].ecs_properties).taskProperties) == 1
    error_message = "Several containers are ecsProperties, with one task."
  }

  assert {
    condition     = join(" ", jsondecode(aws_batch_job_definition.this[0].ecs_properties).taskProperties[0].containers[*].name) == "main fetch router" && join(" ", [for one in jsondecode(aws_batch_job_definition.this[0].ecs_properties).taskProperties[0].containers : one.essential]) == "true false false"
    error_message = "The job's own container comes first, and it alone is essential."
  }

  assert {
    condition     = jsondecode(aws_batch_job_definition.this[0].ecs_properties).taskProperties[0].containers[0].dependsOn == [{ condition = "SUCCESS", containerName = "fetch" }, { condition = "START", containerName = "router" }]
    error_message = "What the job waits for must reach AWS."
  }

  assert {
    condition     = jsondecode(aws_batch_job_definition.this[0].ecs_properties).taskProperties[0].containers[0].logConfiguration == { logDriver = "awsfirelens", options = { Name = "cloudwatch_logs" } } && jsondecode(aws_batch_job_definition.this[0].ecs_properties).taskProperties[0].containers[2].firelensConfiguration == { type = "fluentbit" } && jsondecode(aws_batch_job_definition.this[0].ecs_properties).taskProperties[0].containers[2].logConfiguration.logDriver == "awslogs"
    error_message = "The job's output goes to the router, the router's own to the log group."
  }

  assert {
    condition     = join(" ", sort(keys(jsondecode(aws_batch_job_definition.this[0].ecs_properties).taskProperties[0]))) == "containers executionRoleArn networkConfiguration platformVersion runtimePlatform taskRoleArn volumes"
    error_message = "Roles, network, volumes and platform are the task's."
  }

  assert {
    condition     = jsondecode(aws_batch_job_definition.this[0].ecs_properties).taskProperties[0].containers[1].mountPoints == [{ containerPath = "/in", readOnly = false, sourceVolume = "work" }] && contains(jsondecode(aws_batch_job_definition.this[0].ecs_properties).taskProperties[0].volumes, { name = "work" })
    error_message = "A scratch volume is the task's, mounted where each container wants it."
  }
}

run "dependencies_in_a_circle" {
  command = plan

  variables {
    platform = "EC2"
    container = {
      vcpu       = 1
      memory     = 512
      depends_on = { a = "START" }
      sidecars = {
        a = { image = "public.ecr.aws/x/y@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", memory = 512, depends_on = { b = "START" } }
        b = { image = "public.ecr.aws/x/y@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", memory = 512, depends_on = { c = "START" } }
        c = { image = "public.ecr.aws/x/y@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", memory = 512, depends_on = { a = "START" } }
      }
    }
  }

  expect_failures = [output.contract]
}

run "dependencies_in_a_row" {
  command = plan

  variables {
    platform = "EC2"
    container = {
      vcpu       = 1
      memory     = 512
      depends_on = { a = "START" }
      sidecars = {
        a = { image = "public.ecr.aws/x/y@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", memory = 512, depends_on = { b = "START" } }
        b = { image = "public.ecr.aws/x/y@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", memory = 512, depends_on = { c = "START" } }
        c = { image = "public.ecr.aws/x/y@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", memory = 512, depends_on = {} }
      }
    }
  }

  assert {
    condition     = output.contract.container == "main" && output.contract.sidecar_vcpu == 3 && output.contract.sidecar_memory == 1536
    error_message = "The toolkit must know whose overrides they are and what the sidecars take."
  }
}
