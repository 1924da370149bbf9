output "contract" {
  value = var.image == null ? null : merge(
    {
      name      = aws_batch_job_definition.this[0].name
      arn       = aws_batch_job_definition.this[0].arn
      platform  = var.platform
      image     = var.image
      vcpu      = var.container.vcpu
      memory    = var.container.memory
      log_group = var.log_group
    },
    # Of several containers: overrides name theirs, and a size is the whole task's.
    local.several ? {
      container      = local.main
      sidecar_vcpu   = sum(concat([0], values(local.sidecar_vcpu)))
      sidecar_memory = sum(concat([0], values(var.container.sidecars)[*].memory))
    } : null,
  )

  precondition {
    condition     = length(local.circle) == 0
    error_message = "${var.name}: depends_on goes in a circle: ${join(", ", local.circle)} would wait for themselves. Take one of their depends_on out."
  }

  description = "What the toolkit knows of this definition; `arn` ends in the revision. Null without an image."
}
