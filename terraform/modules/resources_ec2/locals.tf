locals {
  families = {
    X86_64 = { general = ["m7i", "m6i", "m6a"], compute = ["c7i", "c6i", "c6a"], memory = ["r7i", "r6i", "r6a"] }
    ARM64  = { general = ["m7g", "m6g"], compute = ["c7g", "c6g"], memory = ["r7g", "r6g"] }
  }[var.cpu_architecture]

  # Memory is a little below a round number: the operating system and the ECS agent keep a part of each instance.
  profiles = merge(
    {
      small        = { vcpu = 1, memory = 2048, max_vcpus = 16, instance_types = local.families.general }
      medium       = { vcpu = 2, memory = 7168, max_vcpus = 64, instance_types = local.families.general }
      large        = { vcpu = 8, memory = 30720, max_vcpus = 256, instance_types = local.families.general }
      burst        = { vcpu = 1, memory = 1792, max_vcpus = 1024, instance_types = concat(local.families.compute, local.families.general) }
      cpu_bound    = { vcpu = 4, memory = 7168, max_vcpus = 256, instance_types = local.families.compute }
      memory_bound = { vcpu = 4, memory = 30720, max_vcpus = 256, instance_types = local.families.memory }
    },
    { for name, profile in var.profiles : name => merge(profile, {
      instance_types = length(profile.instance_types) > 0 ? profile.instance_types : local.families.general
    }) },
  )
  profile = local.profiles[var.profile]

  sizes = {
    for name, job in var.jobs : name => {
      vcpu   = coalesce(job.vcpu, local.profiles[coalesce(job.profile, var.profile)].vcpu)
      memory = coalesce(job.memory, local.profiles[coalesce(job.profile, var.profile)].memory)
    }
  }

  pools = {
    on_demand = merge(var.on_demand, { type = "EC2", label = "ec2-on-demand", bid_percentage = null })
    spot      = merge(var.spot, { type = "SPOT", label = "ec2-spot" })
  }
  max_vcpus = { for name, pool in local.pools : name => coalesce(pool.max_vcpus, local.profile.max_vcpus) }

  environments = merge([
    for pool_name, pool in local.pools : {
      for name, generation in pool.generations : "${pool_name}/${name}" => {
        pool                = pool_name
        generation          = name
        state               = generation.state
        type                = pool.type
        label               = "${pool.label}-${name}"
        allocation_strategy = pool.allocation_strategy
        bid_percentage      = pool.bid_percentage
        placement_group     = pool.placement_group
        instance_types      = coalesce(generation.instance_types, pool.instance_types, local.profile.instance_types)
        image_id            = generation.image_id
        max_vcpus           = local.max_vcpus[pool_name]
        # A disabled environment still keeps its minimum running, and its instances cost.
        min_vcpus = generation.state == "active" ? pool.min_vcpus : 0
      }
    }
  ]...)

  # Newest generation first: reverse order of names.
  active = {
    for pool_name, pool in local.pools : pool_name => [
      for name in reverse(sort(keys(pool.generations))) : "${pool_name}/${name}" if pool.generations[name].state == "active"
    ]
  }

  queue_pools = {
    high = ["on_demand"]
    low  = var.queues.low.fallback_to_on_demand ? ["spot", "on_demand"] : ["spot"]
  }
  queue_environments = { for queue, pools in local.queue_pools : queue => flatten([for pool in pools : local.active[pool]]) }
}
