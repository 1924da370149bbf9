data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  partition = data.aws_partition.current.partition
  account   = "${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}"
  batch     = "arn:${local.partition}:batch:${local.account}"

  # Scheduler replaces these in the input, at each start (EventBridge Scheduler guide, "Adding context attributes"): the
  # execution's id differs at each attempt, the scheduled time does not, so that a run started twice is seen as two jobs
  # of one scheduled time. The time has colons, which a job's name may not.
  execution = "<aws.scheduler.execution-id>"
  time      = "<aws.scheduler.scheduled-time>"

  requests = { for name, schedule in var.schedules : name => merge(
    {
      JobName       = "${var.name}-${name}-${local.execution}"
      JobQueue      = schedule.queue_name
      JobDefinition = schedule.job_definition_name
      Tags          = { Schedule = name, ScheduledTime = local.time }
      ContainerOverrides = merge(
        { Environment = [{ Name = "AWA_SCHEDULE", Value = name }, { Name = "AWA_SCHEDULED_TIME", Value = local.time }] },
        { for key, value in { Command = schedule.command } : key => value if value != null },
      )
    },
    { for key, value in { Parameters = schedule.parameters } : key => value if length(value) > 0 },
    { for key, value in { ArrayProperties = { Size = schedule.array } } : key => value if schedule.array != null },
    { for key, value in { ShareIdentifier = schedule.share_identifier } : key => value if value != null },
  ) }

  # Named before it is made, so that a plan shows the role's policy.
  undelivered = "${var.name}-schedules-undelivered"

  # What the time zone database knows: no expression of Terraform can ask it.
  timezones = jsondecode(file("${path.module}/timezones.json"))

  # jsonencode writes < and > as escapes, in which Scheduler would not find its keywords.
  inputs = { for name, request in local.requests : name => replace(replace(jsonencode(request),
    "\\u003caws.scheduler.execution-id\\u003e", local.execution),
    "\\u003caws.scheduler.scheduled-time\\u003e", local.time)
  }
}

# A role's trust can be scoped to a group of schedules, and not to one schedule.
resource "aws_scheduler_schedule_group" "this" {
  name = var.name

  tags = var.tags
}

resource "aws_scheduler_schedule" "this" {
  # checkov:skip=CKV_AWS_297: encrypted by a key of AWS; what is in it are names, words of a command and parameters

  for_each = var.schedules

  name                         = each.key
  group_name                   = aws_scheduler_schedule_group.this.name
  description                  = "${each.value.job_definition_name} on ${each.value.queue_name}"
  schedule_expression          = each.value.cron != null ? "cron(${each.value.cron})" : "rate(${each.value.rate})"
  schedule_expression_timezone = each.value.timezone
  state                        = each.value.enabled ? "ENABLED" : "DISABLED"

  flexible_time_window {
    mode = "OFF"
  }

  # Scheduler has no template for AWS Batch: the universal target calls SubmitJob itself, with fields in Pascal case
  # (EventBridge Scheduler guide, "Using universal targets").
  target {
    arn      = "arn:${local.partition}:scheduler:::aws-sdk:batch:submitJob"
    role_arn = aws_iam_role.this.arn
    input    = local.inputs[each.key]

    dead_letter_config {
      arn = aws_sqs_queue.undelivered.arn
    }

    retry_policy {
      maximum_event_age_in_seconds = var.retry.max_age
      maximum_retry_attempts       = var.retry.attempts
    }
  }

  lifecycle {
    precondition {
      condition     = contains(local.timezones, each.value.timezone)
      error_message = "schedules: ${each.key} has the timezone ${each.value.timezone}, which is not known. Give an IANA name like Asia/Tokyo, as listed in modules/schedules/timezones.json."
    }
  }

  depends_on = [aws_iam_role_policy.this]
}

# What could not be submitted is kept for two weeks instead of vanishing.
resource "aws_sqs_queue" "undelivered" {
  name                      = local.undelivered
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true

  tags = var.tags
}
