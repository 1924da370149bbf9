module "queue" {
  for_each = local.queues
  source   = "../job_queue"

  name              = "${var.name}-${each.value.label}"
  priority          = each.value.priority
  fair_share        = each.value.scheduling == "FAIR_SHARE" ? each.value.fair_share : null
  state_time_limits = each.value.state_time_limits

  # Fargate runs either architecture: the job's definition says which.
  compute_environments = [for environment in local.queue_environments[each.key] : {
    arn              = aws_batch_compute_environment.this[environment].arn
    platform         = "FARGATE"
    cpu_architecture = var.cpu_architecture
  }]

  tags = var.tags
}
