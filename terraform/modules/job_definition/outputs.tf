output "contract" {
  value = var.image == null ? null : {
    name      = aws_batch_job_definition.this[0].name
    arn       = aws_batch_job_definition.this[0].arn
    platform  = var.platform
    image     = var.image
    vcpu      = var.container.vcpu
    memory    = var.container.memory
    log_group = var.log_group
  }
  description = "What the toolkit knows of this definition; `arn` ends in the revision. Null without an image."
}
