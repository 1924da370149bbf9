locals {
  # What could run at once, by the quota that it counts against.
  ceilings = {
    ec2_on_demand     = sum(concat([0], flatten([for environments in module.resources_ec2[*].compute_environments : [for key, environment in environments : environment.max_vcpus if startswith(key, "on_demand/") && environment.state != "retired"]])))
    ec2_spot          = sum(concat([0], flatten([for environments in module.resources_ec2[*].compute_environments : [for key, environment in environments : environment.max_vcpus if startswith(key, "spot/") && environment.state != "retired"]])))
    fargate_on_demand = sum(concat([0], [for environments in module.resources_fargate[*].compute_environments : environments.on_demand.max_vcpus]))
    fargate_spot      = sum(concat([0], [for environments in module.resources_fargate[*].compute_environments : environments.spot.max_vcpus]))
  }
  over_quota = [for name, ceiling in local.ceilings : "${name}: ceiling ${ceiling}, quota ${var.quotas[name]}" if var.quotas[name] != null && try(ceiling > var.quotas[name], false)]
}

check "quota_headroom" {
  assert {
    condition     = length(local.over_quota) == 0
    error_message = "More vCPUs may be asked for than the account's quotas allow (${join("; ", local.over_quota)}): jobs would wait in RUNNABLE. Ask AWS for a higher quota, or lower max_vcpus."
  }
}
