output "dead_letter_queue" {
  value       = { arn = aws_sqs_queue.undelivered.arn, url = aws_sqs_queue.undelivered.id }
  description = "Where requests lie that could not be submitted, for two weeks."
}

output "group" {
  value       = aws_scheduler_schedule_group.this.name
  description = "The group that all schedules are in."
}

output "requests" {
  value       = local.requests
  description = "Schedule → the SubmitJob request that it sends, before Scheduler puts id and time in."
}

output "role_arn" {
  value       = aws_iam_role.this.arn
  description = "Role with which Scheduler submits jobs."
}
