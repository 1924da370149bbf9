# What a plan can know of instances: a table made from EC2's own DescribeInstanceTypes (`source` in it says of when).
locals {
  types           = jsondecode(file("${path.module}/instance_types.json")).types
  type_families   = { for name in keys(local.types) : split(".", name)[0] => name... }
  newest_of_class = { for class, numbers in { for family in keys(local.type_families) : regex("^[a-z]+", family) => tonumber(try(regex("[0-9]+", family), "0"))... } : class => max(numbers...) }

  # AWS Batch's own choices, with the families they may take (API reference, ComputeResource: instanceTypes).
  own_choices = {
    optimal        = ["c4", "m4", "r4", "c5", "m5", "r5", "c6i", "m6i", "r6i", "c7i", "m7i", "r7i"]
    default_x86_64 = ["c6i", "m6i", "r6i", "c7i"]
    default_arm64  = ["c6g", "m6g", "r6g", "c7g"]
  }

  # Environment → what it names → the types that are meant; none where the table does not know it.
  resolved = { for key, environment in local.environments : key => { for named in environment.instance_types : named => (
    contains(keys(local.own_choices), named) ? flatten([for family in local.own_choices[named] : try(local.type_families[family], [])]) :
    contains(keys(local.types), named) ? [named] : try(local.type_families[named], [])
  ) } }

  # A size of a family that is known, or a family newer than the table, may be right; anything else is mistyped.
  unknown_types = { for key, named in local.resolved : key => [for name, types in named : name if length(types) == 0] }
  newer_types = flatten([for key, names in local.unknown_types : [for name in names : "${key}: ${name}" if(
    contains(keys(local.type_families), split(".", name)[0]) || try(tonumber(regex("[0-9]+", name)) > local.newest_of_class[regex("^[a-z]+", name)], false)
  )]])

  type_faults = { for key, environment in local.environments : key => concat(
    [for name in local.unknown_types[key] : "EC2 has no instances ${name}" if !contains(local.newer_types, "${key}: ${name}")],
    [for name, types in local.resolved[key] : "${name} is ${local.types[types[0]][3]}, the pool is ${environment.architecture}" if length(types) > 0 && try(local.types[types[0]][3] != environment.architecture, false)],
    environment.gpu ? [for name, types in local.resolved[key] : "${name} has no GPU" if length(types) > 0 && sum(concat([0], [for type in types : local.types[type][2]])) == 0] : [],
  ) }

  # Pool → the sizes that its jobs may get; an environment that the table does not know may have any.
  pool_types = { for name, pool in local.pools : name => {
    any   = anytrue([for key in local.active[name] : length(local.unknown_types[key]) > 0])
    types = [for type in distinct(flatten([for key in local.active[name] : values(local.resolved[key])])) : local.types[type]]
  } }

  # Job → pools of its architecture; of those with the GPUs it wants; of those with an instance that holds it; of those
  # whose ceiling it does not pass. An instance's whole memory is never a job's: the system and the ECS agent keep some
  # (Batch guide, "Compute resource memory management").
  job_pools = { for name, job in local.sizes : name => {
    architecture = [for pool_name, pool in local.pools : pool_name if pool.architecture == job.architecture]
    gpu          = [for pool_name, pool in local.pools : pool_name if pool.architecture == job.architecture && (job.gpus == 0 || pool.gpu)]
    size = [for pool_name, pool in local.pools : pool_name if pool.architecture == job.architecture && (job.gpus == 0 || pool.gpu) && (
      local.pool_types[pool_name].any || anytrue([for type in local.pool_types[pool_name].types : type[0] >= job.task_vcpu && type[1] > job.task_memory && type[2] >= job.gpus])
    )]
    ceiling = [for pool_name, pool in local.pools : pool_name if pool.architecture == job.architecture && (job.gpus == 0 || pool.gpu) && pool.max_vcpus >= job.task_vcpu && (
      local.pool_types[pool_name].any || anytrue([for type in local.pool_types[pool_name].types : type[0] >= job.task_vcpu && type[1] > job.task_memory && type[2] >= job.gpus])
    )]
  } }
  job_faults = flatten([for name, job in local.sizes : (
    length(local.job_pools[name].architecture) == 0 ? ["${name} is ${job.architecture} and no pool is: give a pool that architecture, or the job another"] :
    length(local.job_pools[name].gpu) == 0 ? ["${name} wants ${job.gpus} GPU and no ${job.architecture} pool has gpu = true: add one"] :
    length(local.job_pools[name].size) == 0 ? ["${name} asks for ${job.task_vcpu} vCPU, ${job.task_memory} MiB${job.gpus > 0 ? " and ${job.gpus} GPU" : ""}, which no instance of its pools has free (the largest: ${join(", ", [for pool in local.job_pools[name].gpu : "${pool} ${max([for type in local.pool_types[pool].types : type[0]]...)} vCPU, ${max([for type in local.pool_types[pool].types : type[1]]...)} MiB"])}): lower it, or give a pool larger instance_types"] :
    length(local.job_pools[name].ceiling) == 0 ? ["${name} asks for ${job.task_vcpu} vCPU, above the ceiling of its pools (${join(", ", [for pool in local.job_pools[name].size : "${pool} ${local.pools[pool].max_vcpus}"])}): raise max_vcpus"] : []
  )])
}

check "instance_types" {
  assert {
    condition     = length(local.newer_types) == 0
    error_message = "instance_types that the table of this module does not know yet: ${join(", ", local.newer_types)}. If EC2 has them in this region, all is well; jobs are not held against them."
  }

  assert {
    condition     = alltrue([for key, environment in local.environments : environment.gpu || sum(concat([0], [for type in flatten(values(local.resolved[key])) : local.types[type][2]])) == 0])
    error_message = "Instances with GPUs in a pool without gpu = true: ${join(", ", [for key, environment in local.environments : key if !environment.gpu && sum(concat([0], [for type in flatten(values(local.resolved[key])) : local.types[type][2]])) > 0])}. Their jobs would pay for GPUs that the machine image has no drivers for. Set gpu = true."
  }
}
