mock_provider "aws" {
  source = "../../testing/mocks"
}

variables {
  name               = "demo"
  subnet_ids         = ["subnet-1", "subnet-2"]
  security_group_ids = ["sg-1"]
  execution_role_arn = "arn:aws:iam::123456789012:role/demo-execution"
  log_group          = "/aws/batch/demo"
  jobs = {
    sample       = { image = "demo/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/demo-job-sample" }
    sample-green = { image = "demo/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/demo-job-sample", slot = "green", profile = "large", ephemeral_storage = 100 }
  }
}

run "defaults" {
  command = plan

  assert {
    condition     = { for pool, environment in aws_batch_compute_environment.this : pool => [environment.compute_resources[0].type, environment.compute_resources[0].max_vcpus] } == { on_demand = ["FARGATE", 16], spot = ["FARGATE_SPOT", 16] } && alltrue([for environment in aws_batch_compute_environment.this : try(length(environment.compute_resources[0].allocation_strategy), 0) == 0])
    error_message = "FARGATE and FARGATE_SPOT, without the allocation strategy that AWS Batch refuses there."
  }

  assert {
    condition     = { for name, queue in output.queues : name => [queue.scheduling, queue.default_share_identifier, queue.priority, queue.capacity] } == { "fargate-high-priority" = ["FAIR_SHARE", "default", 100, "ON_DEMAND"], "fargate-low-priority" = ["FIFO", null, 10, "SPOT"] }
    error_message = "High priority is fair-share on demand, low is FIFO on Spot."
  }

  assert {
    condition     = { for name, definition in output.job_definitions : name => [definition.slot, definition.vcpu, definition.memory] } == { "fargate-sample" = ["blue", 0.5, 1024], "fargate-sample-green" = ["green", 4, 16384] }
    error_message = "Profiles set sizes, and the candidate stands beside what runs."
  }
}

run "fallback_and_own_profile" {
  command = plan

  variables {
    pools    = { on_demand = { max_vcpus = 8 }, spot = { max_vcpus = 32 } }
    profiles = { small = { vcpu = 1, memory = 3072 } }
    queues   = { high = {}, low = { pools = ["spot", "on_demand"] } }
  }

  assert {
    condition     = output.queues["fargate-low-priority"].max_vcpus == 40 && output.queues["fargate-low-priority"].capacity == "SPOT_THEN_ON_DEMAND" && output.queues["fargate-high-priority"].scheduling == "FAIR_SHARE"
    error_message = "A fallback adds its ceiling, and the other queue stays as it was."
  }

  assert {
    condition     = output.job_definitions["fargate-sample"].vcpu == 1
    error_message = "An own profile stands in place of the built-in one."
  }
}

run "generations_in_order" {
  command = plan

  variables {
    pools = {
      on_demand = { max_vcpus = 8, generations = { a = {}, b = {}, c = { state = "standby" }, d = { state = "draining" } } }
      spot      = {}
    }
  }

  assert {
    condition     = { for key, environment in aws_batch_compute_environment.this : key => environment.compute_environment_name_prefix } == { on_demand = "demo-fargate-on-demand-", "on_demand/b" = "demo-fargate-on-demand-b-", "on_demand/c" = "demo-fargate-on-demand-c-", "on_demand/d" = "demo-fargate-on-demand-d-", spot = "demo-fargate-spot-" }
    error_message = "The first generation is called as the pool's environment always was."
  }

  assert {
    condition     = local.queue_environments == { high = ["on_demand/b", "on_demand"], low = ["spot"] } && output.queues["fargate-high-priority"].max_vcpus == 16
    error_message = "Only active generations take jobs, the newest first, and count."
  }
}

run "a_generation_with_tasks_cannot_be_retired" {
  variables {
    pools = { on_demand = { generations = { a = { state = "retired" }, b = {} } }, spot = {} }
  }

  override_data {
    target = data.aws_ecs_cluster.retired
    values = { running_tasks_count = 0, pending_tasks_count = 1 }
  }

  expect_failures = [data.aws_ecs_cluster.retired]
}

run "pools_and_queues_of_ones_own" {
  command = plan

  variables {
    pools = {
      on_demand = {}
      spot      = {}
      night     = { capacity = "SPOT", max_vcpus = 512, security_group_ids = ["sg-0123456789abcdef0"] }
    }
    queues = {
      high  = {}
      night = { priority = 5, pools = ["night", "spot", "on_demand"], scheduling = "FAIR_SHARE", fair_share = { default_share_identifier = "night" } }
    }
    jobs = {
      sample = { job_role_arn = "arn:aws:iam::123456789012:role/demo-job-sample", vcpu = 0.25, memory = 512 }
      arm    = { image = "demo/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/demo-job-arm", architecture = "ARM64" }
    }
  }

  assert {
    condition     = { for name, queue in output.queues : name => [queue.name, queue.scheduling, queue.capacity, queue.max_vcpus] } == { "fargate-high-priority" = ["demo-fargate-high-priority", "FAIR_SHARE", "ON_DEMAND", 16], "fargate-night" = ["demo-fargate-night", "FAIR_SHARE", "SPOT_THEN_ON_DEMAND", 544] }
    error_message = "Any number of queues, each with its pools in order; a default queue that is not named is not made."
  }

  assert {
    condition     = { for pool, environment in aws_batch_compute_environment.this : pool => [environment.compute_resources[0].type, environment.compute_environment_name_prefix] } == { night = ["FARGATE_SPOT", "demo-fargate-night-"], on_demand = ["FARGATE", "demo-fargate-on-demand-"], spot = ["FARGATE_SPOT", "demo-fargate-spot-"] }
    error_message = "A pool is an environment."
  }

  assert {
    condition     = keys(output.job_definitions) == ["fargate-arm"]
    error_message = "Jobs without an image are checked and not made."
  }
}

run "a_job_above_every_ceiling" {
  command = plan

  variables {
    pools = { on_demand = { max_vcpus = 4 }, spot = { max_vcpus = 8 } }
    jobs = {
      wide  = { job_role_arn = "arn:aws:iam::123456789012:role/demo-job-sample", vcpu = 16, memory = 32768 }
      right = { job_role_arn = "arn:aws:iam::123456789012:role/demo-job-sample", vcpu = 8, memory = 16384 }
    }
  }

  assert {
    condition     = local.job_faults == ["wide asks for 16 vCPU, above the ceiling of every pool (on_demand 4, spot 8): raise max_vcpus"]
    error_message = "A job that never could start must be named."
  }

  expect_failures = [output.job_definitions]
}
