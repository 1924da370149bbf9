output "compute_environments" {
  value = {
    for key, environment in aws_batch_compute_environment.this : key => {
      name            = environment.compute_environment_name
      arn             = environment.arn
      ecs_cluster_arn = environment.ecs_cluster_arn
      pool            = local.environments[key].pool
      generation      = local.environments[key].generation
      capacity        = local.environments[key].capacity
      max_vcpus       = local.environments[key].max_vcpus
      state           = local.environments[key].state
    }
  }
  description = "`<pool>`, of later generations than the first `<pool>/<generation>` → compute environment; its `ecs_cluster_arn` tells whether jobs still run on it."
}

output "job_definitions" {
  value       = { for name, definition in module.job_definition : "fargate-${name}" => merge(definition.contract, { slot = var.jobs[name].slot }) if definition.contract != null }
  description = "Logical name → what the contract says of the definition."

  precondition {
    condition     = length(local.job_faults) == 0
    error_message = "Jobs that could never start on Fargate: ${join("; ", local.job_faults)}."
  }
}

output "queues" {
  value = {
    for name, queue in module.queue : local.queues[name].label => merge(queue.contract, {
      platform  = "FARGATE"
      max_vcpus = sum([for environment in local.queue_environments[name] : local.environments[environment].max_vcpus])
      capacity  = join("_THEN_", distinct([for pool in local.queues[name].pools : local.pools[pool].capacity]))
    })
  }
  description = "Logical name → what the contract says of the queue."
}
