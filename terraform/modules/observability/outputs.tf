output "events_log_group" {
  value       = one(aws_cloudwatch_log_group.events[*].name)
  description = "Log group that keeps the events of jobs, or null."
}

output "job_log_group" {
  value = {
    name = aws_cloudwatch_log_group.jobs.name
    arn  = aws_cloudwatch_log_group.jobs.arn
  }
  description = "Log group that jobs write to."
}

output "topic_arn" {
  value       = one(aws_sns_topic.alerts[*].arn)
  description = "Topic of alerts, or null."
}
