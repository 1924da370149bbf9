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
    max_vcpus = { on_demand = 8, spot = 32 }
    profiles  = { small = { vcpu = 1, memory = 3072 } }
    queues    = { low = { fallback_to_on_demand = true } }
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
