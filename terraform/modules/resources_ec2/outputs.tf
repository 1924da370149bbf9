output "compute_environments" {
  value = {
    for key, environment in aws_batch_compute_environment.this : key => {
      name            = environment.compute_environment_name
      arn             = environment.arn
      ecs_cluster_arn = environment.ecs_cluster_arn
      max_vcpus       = local.environments[key].max_vcpus
      min_vcpus       = local.environments[key].min_vcpus
      state           = local.environments[key].state
    }
  }
  description = "`<pool>/<generation>` → compute environment; its `ecs_cluster_arn` tells whether jobs still run on it."
}

output "job_definitions" {
  value       = { for name, definition in module.job_definition : "ec2-${name}" => merge(definition.contract, { slot = var.jobs[name].slot }) }
  description = "Logical name → what the contract says of the definition."
}

output "launch_template" {
  value = {
    id      = aws_launch_template.this.id
    version = aws_launch_template.this.latest_version
  }
  description = "The launch template and the version in use."
}

output "queues" {
  value = {
    for name, queue in module.queue : "ec2-${name}-priority" => merge(queue.contract, {
      platform  = "EC2"
      max_vcpus = sum([for environment in local.queue_environments[name] : local.environments[environment].max_vcpus])
      capacity  = name == "high" ? "ON_DEMAND" : var.queues.low.fallback_to_on_demand ? "SPOT_THEN_ON_DEMAND" : "SPOT"
    })
  }
  description = "Logical name → what the contract says of the queue."
}
