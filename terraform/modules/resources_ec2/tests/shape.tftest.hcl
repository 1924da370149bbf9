mock_provider "aws" {
  source = "../../testing/mocks"
}

variables {
  name                 = "demo"
  subnet_ids           = ["subnet-1", "subnet-2"]
  security_group_ids   = ["sg-1"]
  instance_profile_arn = "arn:aws:iam::123456789012:instance-profile/demo-instance"
  execution_role_arn   = "arn:aws:iam::123456789012:role/demo-execution"
  log_group            = "/aws/batch/demo"
}

run "defaults" {
  command = plan

  assert {
    condition     = { for key, environment in aws_batch_compute_environment.this : key => [environment.compute_resources[0].type, environment.compute_resources[0].allocation_strategy, environment.state] } == { "on_demand/a" = ["EC2", "BEST_FIT_PROGRESSIVE", "ENABLED"], "spot/a" = ["SPOT", "SPOT_PRICE_CAPACITY_OPTIMIZED", "ENABLED"] }
    error_message = "One on-demand and one Spot environment are made."
  }

  assert {
    condition     = alltrue([for environment in aws_batch_compute_environment.this : environment.compute_resources[0].min_vcpus == 0 && environment.compute_resources[0].max_vcpus == 16])
    error_message = "Nothing may run while idle, and the small profile ends at 16 vCPUs."
  }

  assert {
    condition     = alltrue([for environment in aws_batch_compute_environment.this : environment.compute_resources[0].ec2_configuration[0].image_type == "ECS_AL2023"])
    error_message = "Amazon Linux 2023 is the image type to use."
  }

  assert {
    condition     = alltrue([for environment in aws_batch_compute_environment.this : startswith(environment.compute_environment_name_prefix, "demo-ec2-")])
    error_message = "A prefix lets a replacement live beside what it replaces."
  }

  assert {
    condition     = keys(aws_launch_template.this) == ["default"] && aws_launch_template.this["default"].metadata_options[0].http_tokens == "required" && length(aws_launch_template.this["default"].network_interfaces) == 0 && one(one(aws_launch_template.this["default"].block_device_mappings).ebs).encrypted == "true"
    error_message = "Instances take IMDSv2 only, have no public address and encrypted disks."
  }

  assert {
    condition     = startswith(base64decode(aws_launch_template.this["default"].user_data), "MIME-Version: 1.0\nContent-Type: multipart/mixed;") && strcontains(base64decode(aws_launch_template.this["default"].user_data), "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true") && endswith(trimspace(base64decode(aws_launch_template.this["default"].user_data)), "--==AWABATCH==--")
    error_message = "User data must be MIME multipart and switch Spot draining on."
  }

  assert {
    condition     = output.queues["ec2-low-priority"].capacity == "SPOT" && output.queues["ec2-high-priority"].capacity == "ON_DEMAND" && output.queues["ec2-low-priority"].max_vcpus == 16
    error_message = "High priority runs on demand, low on Spot."
  }
}

run "fair_share_on_ec2" {
  command = plan

  variables {
    queues = { high = { scheduling = "FAIR_SHARE", fair_share = { default_share_identifier = "team" } }, low = {} }
  }

  assert {
    condition     = output.queues["ec2-high-priority"].scheduling == "FAIR_SHARE" && output.queues["ec2-high-priority"].default_share_identifier == "team"
    error_message = "Each queue may be fair-share."
  }
}

run "generations_in_order" {
  command = plan

  variables {
    pools = {
      on_demand = {
        min_vcpus = 4
        generations = {
          a = { state = "retired" }
          b = { state = "draining" }
          c = {}
          d = { instance_types = ["c7i"], image_id = "ami-0123456789abcdef0" }
        }
      }
      spot = {}
    }
  }

  assert {
    condition     = { for key, environment in aws_batch_compute_environment.this : key => "${environment.state} ${environment.compute_resources[0].min_vcpus}" } == { "on_demand/a" = "ENABLED 0", "on_demand/b" = "ENABLED 0", "on_demand/c" = "ENABLED 4", "on_demand/d" = "ENABLED 4", "spot/a" = "ENABLED 0" }
    error_message = "Draining and retired generations finish their jobs and keep no minimum running; none is made DISABLED, which AWS Batch refuses."
  }

  assert {
    condition     = local.queue_environments.high == ["on_demand/d", "on_demand/c"]
    error_message = "Only active generations take jobs, the newest first."
  }

  assert {
    condition     = output.queues["ec2-high-priority"].max_vcpus == 32
    error_message = "A queue's ceiling is the sum over its active environments."
  }

  assert {
    condition     = aws_batch_compute_environment.this["on_demand/d"].compute_resources[0].instance_type == toset(["c7i"]) && aws_batch_compute_environment.this["on_demand/d"].compute_resources[0].ec2_configuration[0].image_id_override == "ami-0123456789abcdef0"
    error_message = "A generation's own instance types and image win."
  }
}

run "a_generation_on_standby_is_on_no_queue" {
  command = plan

  variables {
    pools  = { on_demand = { min_vcpus = 4, generations = { a = {}, b = { state = "standby" } } } }
    queues = { high = {}, low = { pools = ["on_demand"] } }
  }

  assert {
    condition     = local.queue_environments == { high = ["on_demand/a"], low = ["on_demand/a"] } && aws_batch_compute_environment.this["on_demand/b"].compute_resources[0].min_vcpus == 0
    error_message = "It is made beside the one in use, takes no jobs and keeps nothing running."
  }
}

run "a_generation_keeps_its_launch_template" {
  variables {
    pools  = { spot = { generations = { a = { launch_template = { id = "lt-0123456789abcdef0", version = 3, content = "made by" } }, b = { state = "standby" } } } }
    queues = { low = {} }
  }

  assert {
    condition     = aws_batch_compute_environment.this["spot/a"].compute_resources[0].launch_template[0].version == "3" && terraform_data.replacement["spot/a"].input == "made by"
    error_message = "The version that it has, and nothing that would replace it."
  }

  assert {
    condition     = terraform_data.replacement["spot/b"].input == local.launch_template_hashes.default
    error_message = "The new generation has the pool's newest."
  }
}

run "a_retired_generation_without_tasks_passes" {
  variables {
    pools  = { on_demand = { generations = { a = { state = "retired" }, b = {} } } }
    queues = { high = {} }
  }

  assert {
    condition     = keys(data.aws_ecs_cluster.retired) == ["on_demand/a"]
    error_message = "ECS is asked of retired generations alone."
  }
}

# Refused by the plan: the run before has made the environment.
run "a_generation_with_tasks_cannot_be_retired" {
  command = plan

  variables {
    pools  = { on_demand = { generations = { a = { state = "retired" }, b = {} } } }
    queues = { high = {} }
  }

  override_data {
    target = data.aws_ecs_cluster.retired
    values = { running_tasks_count = 1, pending_tasks_count = 0 }
  }

  expect_failures = [data.aws_ecs_cluster.retired]
}

run "fallback" {
  command = plan

  variables {
    cpu_architecture = "ARM64"
    ami_refresh      = true
    profile          = "memory_bound"
    pools            = { on_demand = {}, spot = { max_vcpus = 100 } }
    queues           = { high = {}, low = { pools = ["spot", "on_demand"] } }
  }

  assert {
    condition     = local.queue_environments.low == ["spot/a", "on_demand/a"] && output.queues["ec2-low-priority"].capacity == "SPOT_THEN_ON_DEMAND" && output.queues["ec2-low-priority"].max_vcpus == 356
    error_message = "Spot is tried first, on demand after it."
  }

  assert {
    condition     = aws_batch_compute_environment.this["spot/a"].compute_resources[0].instance_type == toset(["r7g", "r6g"]) && aws_batch_compute_environment.this["spot/a"].compute_resources[0].ec2_configuration[0].image_id_override == "ami-0123456789abcdef0"
    error_message = "The profile chooses the families of the architecture, the parameter the image."
  }
}

run "pools_and_queues_of_ones_own" {
  command = plan

  variables {
    pools = {
      on_demand = {}
      spot      = {}
      gpu       = { gpu = true, max_vcpus = 96, user_data = "#!/bin/sh\necho of the pool\n", disk = { size = 200 }, tags = { Team = "vision" }, security_group_ids = ["sg-0123456789abcdef0"] }
      arm       = { capacity = "SPOT", architecture = "ARM64", instance_types = ["default_arm64"], update_policy = { job_timeout_minutes = 120 } }
      reserved  = { capacity_reservation = { id = "cr-0123456789abcdef0" }, instance = { detailed_monitoring = true } }
    }
    queues = {
      high  = {}
      low   = { pools = ["spot", "on_demand"] }
      gpu   = { priority = 50, pools = ["gpu"] }
      arm   = { priority = 20, pools = ["arm"] }
      first = { priority = 90, pools = ["reserved", "on_demand", "spot"], scheduling = "FAIR_SHARE", fair_share = { default_share_identifier = "default" } }
    }
    jobs = {
      sample = { job_role_arn = "arn:aws:iam::123456789012:role/demo-job-sample" }
      train  = { job_role_arn = "arn:aws:iam::123456789012:role/demo-job-train", gpus = 1, vcpu = 8, memory = 24000 }
      arm    = { job_role_arn = "arn:aws:iam::123456789012:role/demo-job-arm", architecture = "ARM64" }
    }
  }

  assert {
    condition     = toset(keys(output.queues)) == toset(["ec2-high-priority", "ec2-low-priority", "ec2-gpu", "ec2-arm", "ec2-first"]) && output.queues["ec2-first"].capacity == "ON_DEMAND_THEN_SPOT" && output.queues["ec2-low-priority"].capacity == "SPOT_THEN_ON_DEMAND"
    error_message = "Any number of queues, each with its pools in order."
  }

  assert {
    condition     = aws_batch_compute_environment.this["gpu/a"].compute_resources[0].ec2_configuration[0].image_type == "ECS_AL2023_NVIDIA" && aws_batch_compute_environment.this["gpu/a"].compute_resources[0].instance_type == toset(["g6", "g5", "g4dn"]) && aws_batch_compute_environment.this["gpu/a"].compute_resources[0].type == "EC2"
    error_message = "A GPU pool has instances with GPUs and the image with their drivers."
  }

  assert {
    condition     = aws_batch_compute_environment.this["gpu/a"].compute_resources[0].security_group_ids == toset(["sg-1", "sg-0123456789abcdef0"]) && aws_batch_compute_environment.this["gpu/a"].compute_resources[0].tags.Team == "vision"
    error_message = "A pool adds security groups and tags to those of the module."
  }

  assert {
    condition     = aws_batch_compute_environment.this["arm/a"].compute_resources[0].type == "SPOT" && aws_batch_compute_environment.this["arm/a"].update_policy[0].job_execution_timeout_minutes == 120 && aws_batch_compute_environment.this["spot/a"].update_policy[0].job_execution_timeout_minutes == 30
    error_message = "A pool's own update policy wins."
  }

  assert {
    condition     = toset(keys(aws_launch_template.this)) == toset(["default", "gpu", "reserved"]) && one(one(aws_launch_template.this["gpu"].block_device_mappings).ebs).volume_size == 200 && one(one(aws_launch_template.this["default"].block_device_mappings).ebs).volume_size == 50
    error_message = "Pools with settings of their own have launch templates of their own; the others share one."
  }

  assert {
    condition     = strcontains(base64decode(aws_launch_template.this["gpu"].user_data), "ECS_IMAGE_PULL_BEHAVIOR=prefer-cached >> /etc/ecs/ecs.config\n\n--==AWABATCH==\nContent-Type: text/x-shellscript; charset=\"utf-8\"\n\n#!/bin/sh\necho of the pool\n\n--==AWABATCH==--\n") && !strcontains(base64decode(aws_launch_template.this["default"].user_data), "of the pool")
    error_message = "A pool's script is a MIME part of its own, behind the module's."
  }

  assert {
    condition     = aws_launch_template.this["reserved"].capacity_reservation_specification[0].capacity_reservation_target[0].capacity_reservation_id == "cr-0123456789abcdef0" && aws_launch_template.this["reserved"].monitoring[0].enabled
    error_message = "Instances of a pool may be started into a capacity reservation."
  }

  assert {
    condition     = output.job_definitions == {}
    error_message = "Jobs without an image are checked and not made."
  }
}

# What an applied environment has must stay as it is: an instance's user data decides whether it is replaced.
run "the_shared_template_is_what_it_was" {
  command = plan

  assert {
    condition     = local.launch_template_hashes["default"] == sha256(jsonencode([base64decode(aws_launch_template.this["default"].user_data), { iops = 3000, kms_key_arn = null, size = 50, throughput = 125 }, {}])) && sha256(base64decode(aws_launch_template.this["default"].user_data)) == "6efdb8ceecfbc6b0cec2cfdb84350dc68d1f410127b27639cfbf84132abe92ff"
    error_message = "The user data of pools without a script of their own, or what is hashed, has changed: every Spot environment would be replaced."
  }
}

run "types_of_the_other_architecture" {
  command = plan

  variables {
    pools = { on_demand = { instance_types = ["m7i", "m7g"] }, spot = {} }
  }

  expect_failures = [aws_batch_compute_environment.this["on_demand/a"]]
}

run "types_that_there_are_not" {
  command = plan

  variables {
    pools = { on_demand = { instance_types = ["mm7i", "m7x"] }, spot = {} }
  }

  assert {
    condition     = local.type_faults["on_demand/a"] == ["EC2 has no instances m7x", "EC2 has no instances mm7i"]
    error_message = "Mistyped families must be named."
  }

  expect_failures = [aws_batch_compute_environment.this["on_demand/a"]]
}

run "types_that_may_be_newer_than_the_table" {
  command = plan

  variables {
    pools = { on_demand = { instance_types = ["m19i", "m7i.96xlarge"] }, spot = {} }
  }

  assert {
    condition     = toset(local.newer_types) == toset(["on_demand/a: m19i", "on_demand/a: m7i.96xlarge"])
    error_message = "A size of a known family and a family newer than all that are known are told, not refused."
  }

  expect_failures = [check.instance_types]
}

run "a_gpu_pool_without_gpus" {
  command = plan

  variables {
    pools = { on_demand = { gpu = true, instance_types = ["c7i"] }, spot = {} }
  }

  expect_failures = [aws_batch_compute_environment.this["on_demand/a"]]
}

run "gpus_in_a_pool_that_is_not_for_them" {
  command = plan

  variables {
    pools = { on_demand = { instance_types = ["g5"] }, spot = {} }
  }

  expect_failures = [check.instance_types]
}

run "min_vcpus_above_the_profile" {
  command = plan

  variables {
    pools = { on_demand = { min_vcpus = 17 }, spot = {} }
  }

  expect_failures = [aws_batch_compute_environment.this["on_demand/a"]]
}

run "jobs_that_never_start" {
  command = plan

  variables {
    pools = { on_demand = { instance_types = ["m7i.large", "m7i.xlarge"], max_vcpus = 3 }, spot = { instance_types = ["m7i.large"] } }
    jobs = {
      arm       = { job_role_arn = "arn:aws:iam::123456789012:role/demo-job-sample", architecture = "ARM64" }
      gpu       = { job_role_arn = "arn:aws:iam::123456789012:role/demo-job-sample", gpus = 1 }
      all       = { job_role_arn = "arn:aws:iam::123456789012:role/demo-job-sample", vcpu = 1, memory = 16384 }
      nearly    = { job_role_arn = "arn:aws:iam::123456789012:role/demo-job-sample", vcpu = 1, memory = 15000 }
      many      = { job_role_arn = "arn:aws:iam::123456789012:role/demo-job-sample", vcpu = 4, memory = 1024 }
      very-many = { job_role_arn = "arn:aws:iam::123456789012:role/demo-job-sample", vcpu = 8, memory = 1024 }
    }
  }

  assert {
    condition = local.job_faults == [
      "all asks for 1 vCPU, 16384 MiB, which no instance of its pools has free (the largest: on_demand 4 vCPU, 16384 MiB, spot 2 vCPU, 8192 MiB): lower it, or give a pool larger instance_types",
      "arm is ARM64 and no pool is: give a pool that architecture, or the job another",
      "gpu wants 1 GPU and no X86_64 pool has gpu = true: add one",
      "many asks for 4 vCPU, above the ceiling of its pools (on_demand 3): raise max_vcpus",
      "very-many asks for 8 vCPU, 1024 MiB, which no instance of its pools has free (the largest: on_demand 4 vCPU, 16384 MiB, spot 2 vCPU, 8192 MiB): lower it, or give a pool larger instance_types",
    ]
    error_message = "Each job that could never start must be named with its reason, and no other."
  }

  expect_failures = [output.job_definitions]
}
