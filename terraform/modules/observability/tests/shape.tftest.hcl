mock_provider "aws" {
  source = "../../testing/mocks"
}

variables {
  name   = "demo"
  queues = { demo-ec2-high-priority = 16, demo-ec2-low-priority = 32 }
}

run "logs_alone" {
  command = plan

  assert {
    condition     = aws_cloudwatch_log_group.jobs.name == "/aws/batch/demo" && aws_cloudwatch_log_group.jobs.retention_in_days == 30 && output.topic_arn == null
    error_message = "Jobs have a log group that forgets after 30 days; alerts are made when asked for."
  }

  assert {
    condition     = length(aws_cloudwatch_event_rule.alert) + length(aws_cloudwatch_dashboard.this) + length(aws_kms_key.topic) == 0
    error_message = "What costs is off."
  }
}

run "alerts" {
  variables {
    alerts = { enabled = true, emails = ["team@example.com"], failed_threshold = 5 }
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.alert["failed"].event_pattern).detail == { status = ["FAILED"], jobQueue = ["arn:aws:batch:ap-northeast-1:123456789012:job-queue/demo-ec2-high-priority", "arn:aws:batch:ap-northeast-1:123456789012:job-queue/demo-ec2-low-priority"], arrayProperties = { index = [{ exists = false }] } }
    error_message = "Only failures on these queues are told, an array once and not each of its children."
  }

  assert {
    condition     = aws_sns_topic.alerts[0].kms_master_key_id == aws_kms_key.topic[0].arn && aws_sqs_queue.undelivered[0].sqs_managed_sse_enabled
    error_message = "Topic and dead-letter queue must be encrypted."
  }

  assert {
    condition     = alltrue([for target in aws_cloudwatch_event_target.alert : target.dead_letter_config[0].arn == aws_sqs_queue.undelivered[0].arn && target.arn == aws_sns_topic.alerts[0].arn])
    error_message = "What cannot be delivered must be kept."
  }

  assert {
    condition     = { for queue, alarm in aws_cloudwatch_metric_alarm.failed : queue => [alarm.threshold, alarm.namespace, alarm.metric_name, alarm.dimensions["JobQueueName"]] } == { for queue in ["demo-ec2-high-priority", "demo-ec2-low-priority"] : queue => [5, "AWS/Batch", "JobsMovedToFailed", queue] }
    error_message = "Failed jobs are counted by AWS Batch's own metric of each queue."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.blocked[0].metric_name == "TriggeredRules" && aws_cloudwatch_metric_alarm.blocked[0].dimensions["RuleName"] == "demo-blocked"
    error_message = "A blocked queue is counted by a metric that has RuleName as a dimension."
  }

  assert {
    condition     = alltrue([for statement in data.aws_iam_policy_document.topic[0].statement : length(statement.condition) == 0 if contains(one(statement.principals).identifiers, "events.amazonaws.com")])
    error_message = "EventBridge publishes to no topic whose policy has a condition for it."
  }

  assert {
    condition     = alltrue([for statement in data.aws_iam_policy_document.topic_key[0].statement : one(statement.condition).variable == "kms:EncryptionContext:aws:sns:topicArn" && one(statement.condition).values == tolist(["arn:aws:sns:ap-northeast-1:123456789012:demo-alerts"]) if statement.sid == "Publishers"])
    error_message = "EventBridge uses a key only where its policy asks for what SNS sends along: the topic."
  }

  assert {
    condition     = alltrue([for target in aws_cloudwatch_event_target.alert : can(jsondecode(replace(one(target.input_transformer).input_template, "/<[a-z]+>/", "\"a \\\"quoted\\\" reason\"")))])
    error_message = "A message is JSON whatever quotes a reason has."
  }
}

run "dashboard" {
  command = plan

  variables {
    dashboard = true
  }

  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets) == 6 && strcontains(aws_cloudwatch_dashboard.this[0].dashboard_body, "ec2-low-priority 32")
    error_message = "The dashboard must have its six widgets and name the ceilings."
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets[2].properties.metrics == [for queue in ["high", "low"] : ["AWS/Batch", "JobAttemptRunnableToStartingDuration", "JobQueueName", "demo-ec2-${queue}-priority", { label = "ec2-${queue}-priority JobAttemptRunnableToStartingDuration" }]]
    error_message = "The time in RUNNABLE is AWS Batch's own metric, of each queue."
  }

  assert {
    condition     = aws_cloudwatch_log_group.events[0].name == "/aws/events/demo"
    error_message = "EventBridge writes to log groups below /aws/events only."
  }

  assert {
    condition     = alltrue([for statement in data.aws_iam_policy_document.events[0].statement : (length(statement.condition) == 0) == contains(statement.actions, "logs:CreateLogStream")])
    error_message = "EventBridge makes a stream without a source's ARN, and writes with it."
  }
}

run "history" {
  command = plan

  variables {
    history = { enabled = true, retention_days = 400 }
  }

  assert {
    condition     = aws_cloudwatch_log_group.events[0].retention_in_days == 400 && aws_cloudwatch_log_group.jobs.retention_in_days == 30 && length(aws_cloudwatch_event_target.events) == 1
    error_message = "Events are kept for as long as is asked, logs as before."
  }

  assert {
    condition     = length(aws_cloudwatch_dashboard.this) == 0 && output.events_log_group == "/aws/events/demo"
    error_message = "No dashboard comes with them."
  }
}
