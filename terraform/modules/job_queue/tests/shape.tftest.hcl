mock_provider "aws" {
  source = "../../testing/mocks"
}

variables {
  name     = "demo-ec2-high-priority"
  priority = 100
  compute_environments = [
    { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/b", platform = "EC2", cpu_architecture = "X86_64" },
    { arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/a", platform = "EC2", cpu_architecture = "X86_64" },
  ]
}

run "fair_share" {
  variables {
    fair_share = { default_share_identifier = "default", shares = { "research*" = 0.5 } }
  }

  assert {
    condition     = [for environment in aws_batch_job_queue.this.compute_environment_order : endswith(environment.compute_environment, environment.order == 1 ? "/b" : "/a")] == [true, true]
    error_message = "Environments must be tried in the order given."
  }

  assert {
    condition     = output.contract.scheduling == "FAIR_SHARE" && output.contract.default_share_identifier == "default"
    error_message = "The contract must say that jobs need a share identifier, and which."
  }

  assert {
    condition     = length(aws_batch_job_queue.this.job_state_time_limit_action) == 2 && alltrue([for limit in aws_batch_job_queue.this.job_state_time_limit_action : startswith(limit.reason, "MISCONFIGURATION:")])
    error_message = "Only jobs that can never start are cancelled by default."
  }
}

run "policy_cannot_be_removed" {
  command = plan

  variables {
    fair_share = null
  }

  expect_failures = [aws_batch_job_queue.this]
}

run "policy_can_change" {
  command = plan

  variables {
    fair_share = { default_share_identifier = "default", shares = { "research*" = 2 }, compute_reservation = 10 }
  }

  assert {
    condition     = aws_batch_scheduling_policy.this[0].fair_share_policy[0].compute_reservation == 10
    error_message = "A policy's own fields change in place."
  }
}
