output "compute_environments" {
  value = {
    for pool, environment in aws_batch_compute_environment.this : pool => {
      name            = environment.compute_environment_name
      arn             = environment.arn
      ecs_cluster_arn = environment.ecs_cluster_arn
      max_vcpus       = var.max_vcpus[pool]
    }
  }
  description = "The compute environments, `on_demand` and `spot`."
}

output "job_definitions" {
  value       = { for name, definition in module.job_definition : "fargate-${name}" => merge(definition.contract, { slot = var.jobs[name].slot }) }
  description = "Logical name → what the contract says of the definition."
}

output "queues" {
  value = {
    for name, queue in module.queue : "fargate-${name}-priority" => merge(queue.contract, {
      platform  = "FARGATE"
      max_vcpus = sum([for pool in local.queue_pools[name] : var.max_vcpus[pool]])
      capacity  = name == "high" ? "ON_DEMAND" : var.queues.low.fallback_to_on_demand ? "SPOT_THEN_ON_DEMAND" : "SPOT"
    })
  }
  description = "Logical name → what the contract says of the queue."
}
