# The real provider, because only it can write out policies; it is asked for nothing that needs AWS.
provider "aws" {
  region                      = "ap-northeast-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_resource {
  target          = aws_iam_role.this
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/demo-schedules" }
}

variables {
  name = "demo"
  schedules = {
    nightly = { cron = "0 3 * * ? *", timezone = "Asia/Tokyo", queue_name = "demo-q", share_identifier = "default", job_definition_name = "demo-d", command = ["a", "<b>"], parameters = { x = "1" }, array = 3 }
    paused  = { rate = "1 hour", queue_name = "demo-q", job_definition_name = "demo-e", enabled = false }
  }
}

run "least_privilege" {
  command = plan

  assert {
    condition = toset(jsondecode(data.aws_iam_policy_document.submit.json).Statement[0].Resource) == toset([
      "arn:aws:batch:ap-northeast-1:123456789012:job-queue/demo-q",
      "arn:aws:batch:ap-northeast-1:123456789012:job-definition/demo-d:*",
      "arn:aws:batch:ap-northeast-1:123456789012:job-definition/demo-e:*",
      "arn:aws:batch:ap-northeast-1:123456789012:job/*",
    ])
    error_message = "Scheduler may submit what schedules name, and no other."
  }

  assert {
    condition     = jsondecode(data.aws_iam_policy_document.submit.json).Statement[2].Resource == "arn:aws:sqs:ap-northeast-1:123456789012:demo-schedules-undelivered"
    error_message = "The role puts into its own dead-letter queue alone."
  }

  assert {
    condition = jsondecode(data.aws_iam_policy_document.trust.json).Statement[0].Condition == {
      StringEquals = { "aws:SourceAccount" = "123456789012" }
      ArnEquals    = { "aws:SourceArn" = "arn:aws:scheduler:ap-northeast-1:123456789012:schedule-group/demo" }
    }
    error_message = "Only this account's schedules of this group may use the role."
  }
}

run "requests" {
  command = plan

  assert {
    condition = jsondecode(aws_scheduler_schedule.this["nightly"].target[0].input) == {
      JobName         = "demo-nightly-<aws.scheduler.execution-id>"
      JobQueue        = "demo-q"
      JobDefinition   = "demo-d"
      ShareIdentifier = "default"
      Parameters      = { x = "1" }
      ArrayProperties = { Size = 3 }
      Tags            = { Schedule = "nightly", ScheduledTime = "<aws.scheduler.scheduled-time>" }
      ContainerOverrides = {
        Command     = ["a", "<b>"]
        Environment = [{ Name = "AWA_SCHEDULE", Value = "nightly" }, { Name = "AWA_SCHEDULED_TIME", Value = "<aws.scheduler.scheduled-time>" }]
      }
    }
    error_message = "The input is SubmitJob's request, in Pascal case."
  }

  assert {
    condition     = length(regexall("<aws[.]scheduler[.](?:execution-id|scheduled-time)>", aws_scheduler_schedule.this["nightly"].target[0].input)) == 3
    error_message = "Scheduler finds its keywords only where they are not escaped."
  }

  assert {
    condition     = !can(jsondecode(aws_scheduler_schedule.this["paused"].target[0].input).ArrayProperties) && !can(jsondecode(aws_scheduler_schedule.this["paused"].target[0].input).ContainerOverrides.Command)
    error_message = "What is not given is not overridden."
  }

  assert {
    condition     = aws_scheduler_schedule.this["nightly"].schedule_expression == "cron(0 3 * * ? *)" && aws_scheduler_schedule.this["paused"].schedule_expression == "rate(1 hour)" && aws_scheduler_schedule.this["paused"].state == "DISABLED"
    error_message = "Expression and state are what was given."
  }

  assert {
    condition     = aws_scheduler_schedule.this["nightly"].flexible_time_window[0].mode == "OFF" && aws_scheduler_schedule.this["nightly"].target[0].retry_policy[0].maximum_retry_attempts == 3 && aws_scheduler_schedule.this["nightly"].target[0].arn == "arn:aws:scheduler:::aws-sdk:batch:submitJob"
    error_message = "It starts on time, by the universal target, with bounded retries."
  }
}

run "a_timezone_that_is_not_known" {
  command = plan

  variables {
    schedules = { nightly = { rate = "1 hour", timezone = "Asia/Tokio", queue_name = "demo-q", job_definition_name = "demo-d" } }
  }

  expect_failures = [aws_scheduler_schedule.this["nightly"]]
}
