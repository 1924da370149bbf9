# AWS Batch's own metrics, by queue, cost nothing. They are best effort: an alarm may come late, and no bill is made of them
# (Batch guide, "Using CloudWatch Metrics with AWS Batch").
resource "aws_cloudwatch_metric_alarm" "failed" {
  for_each = local.alerts ? var.queues : {}

  alarm_name          = "${each.key}-failed-jobs"
  alarm_description   = "${var.alerts.failed_threshold} or more jobs of the queue ${each.key} failed within five minutes. Look: awa-batch status --failed"
  namespace           = "AWS/Batch"
  metric_name         = "JobsMovedToFailed"
  dimensions          = { JobQueueName = each.key }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = var.alerts.failed_threshold
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts[0].arn]

  tags = var.tags
}

# There is no metric of a blocked queue; EventBridge counts the events that its rule takes: TriggeredRules is counted by
# RuleName, MatchedEvents is not (EventBridge guide, "Monitoring").
resource "aws_cloudwatch_metric_alarm" "blocked" {
  count = local.alerts ? 1 : 0

  alarm_name          = "${var.name}-blocked-queue"
  alarm_description   = "A job at the head of a queue of ${var.name} cannot start and holds up those behind it. Look: awa-batch queues, awa-batch why"
  namespace           = "AWS/Events"
  metric_name         = "TriggeredRules"
  dimensions          = { RuleName = aws_cloudwatch_event_rule.alert["blocked"].name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts[0].arn]

  tags = var.tags
}

resource "aws_cloudwatch_metric_alarm" "undelivered" {
  count = local.alerts ? 1 : 0

  alarm_name          = "${var.name}-undelivered-alerts"
  alarm_description   = "Alerts of ${var.name} could not be delivered and lie in the queue ${aws_sqs_queue.undelivered[0].name}"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.undelivered[0].name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts[0].arn]

  tags = var.tags
}
