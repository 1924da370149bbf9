output "arn" {
  value       = aws_batch_job_queue.this.arn
  description = "ARN of the queue."
}

output "contract" {
  value = {
    name                     = aws_batch_job_queue.this.name
    arn                      = aws_batch_job_queue.this.arn
    priority                 = var.priority
    scheduling               = local.scheduling
    default_share_identifier = try(var.fair_share.default_share_identifier, null)
  }
  description = "What the toolkit knows of this queue."
}
