mock_provider "aws" {
  source = "../../testing/mocks"
}

variables {
  name                 = "demo-ec2-low-priority"
  priority             = 10
  compute_environments = [{ arn = "arn:aws:batch:ap-northeast-1:123456789012:compute-environment/a", platform = "EC2", cpu_architecture = "X86_64" }]
}

run "fifo" {
  assert {
    condition     = output.contract.scheduling == "FIFO" && output.contract.default_share_identifier == null && aws_batch_job_queue.this.scheduling_policy_arn == null
    error_message = "Without fair_share a queue is first in, first out."
  }
}

run "policy_cannot_be_added" {
  command = plan

  variables {
    fair_share = { default_share_identifier = "default" }
  }

  expect_failures = [aws_batch_job_queue.this]
}
