# EventBridge counts what a rule matches: a metric that costs nothing and needs no agent. TriggeredRules is counted by
# RuleName; MatchedEvents is not (EventBridge guide, "Monitoring").
resource "aws_cloudwatch_metric_alarm" "failed" {
  count = local.alerts ? 1 : 0

  alarm_name          = "${var.name}-failed-jobs"
  alarm_description   = "${var.alerts.failed_threshold} or more jobs of ${var.name} failed within five minutes. Look: awa-batch status --failed"
  namespace           = "AWS/Events"
  metric_name         = "TriggeredRules"
  dimensions          = { RuleName = aws_cloudwatch_event_rule.alert["failed"].name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = var.alerts.failed_threshold
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
