locals {
  # What could run at once, by the quota that it counts against.
  ec2_environments     = flatten([for environments in module.resources_ec2[*].compute_environments : [for environment in values(environments) : environment if environment.state == "active"]])
  fargate_environments = flatten([for environments in module.resources_fargate[*].compute_environments : values(environments)])
  ceilings = {
    ec2_gpu_on_demand = sum(concat([0], [for environment in local.ec2_environments : environment.max_vcpus if environment.gpu && environment.capacity == "ON_DEMAND"]))
    ec2_gpu_spot      = sum(concat([0], [for environment in local.ec2_environments : environment.max_vcpus if environment.gpu && environment.capacity == "SPOT"]))
    ec2_on_demand     = sum(concat([0], [for environment in local.ec2_environments : environment.max_vcpus if !environment.gpu && environment.capacity == "ON_DEMAND"]))
    ec2_spot          = sum(concat([0], [for environment in local.ec2_environments : environment.max_vcpus if !environment.gpu && environment.capacity == "SPOT"]))
    fargate_on_demand = sum(concat([0], [for environment in local.fargate_environments : environment.max_vcpus if environment.capacity == "ON_DEMAND"]))
    fargate_spot      = sum(concat([0], [for environment in local.fargate_environments : environment.max_vcpus if environment.capacity == "SPOT"]))
  }
  over_quota = [for name, ceiling in local.ceilings : "${name}: ceiling ${ceiling}, quota ${var.quotas[name]}" if var.quotas[name] != null && try(ceiling > var.quotas[name], false)]
}

check "quota_headroom" {
  assert {
    condition     = length(local.over_quota) == 0
    error_message = "More vCPUs may be asked for than the account's quotas allow (${join("; ", local.over_quota)}): jobs would wait in RUNNABLE. Ask AWS for a higher quota, or lower max_vcpus."
  }
}
