module "queue" {
  for_each = { high = var.queues.high, low = var.queues.low }
  source   = "../job_queue"

  name              = "${var.name}-fargate-${each.key}-priority"
  priority          = each.value.priority
  fair_share        = each.value.scheduling == "FAIR_SHARE" ? each.value.fair_share : null
  state_time_limits = each.value.state_time_limits
  compute_environments = [for pool in local.queue_pools[each.key] : {
    arn              = aws_batch_compute_environment.this[pool].arn
    platform         = "FARGATE"
    cpu_architecture = var.cpu_architecture
  }]

  tags = var.tags
}
