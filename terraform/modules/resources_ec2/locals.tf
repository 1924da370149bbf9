locals {
  families = {
    X86_64 = { general = ["m7i", "m6i", "m6a"], compute = ["c7i", "c6i", "c6a"], memory = ["r7i", "r6i", "r6a"], gpu = ["g6", "g5", "g4dn"] }
    ARM64  = { general = ["m7g", "m6g"], compute = ["c7g", "c6g"], memory = ["r7g", "r6g"], gpu = ["g5g"] }
  }

  # Memory is a little below a round number: the operating system and the ECS agent keep a part of each instance.
  profiles = merge(
    {
      small        = { vcpu = 1, memory = 2048, max_vcpus = 16, families = ["general"], instance_types = [] }
      medium       = { vcpu = 2, memory = 7168, max_vcpus = 64, families = ["general"], instance_types = [] }
      large        = { vcpu = 8, memory = 30720, max_vcpus = 256, families = ["general"], instance_types = [] }
      burst        = { vcpu = 1, memory = 1792, max_vcpus = 1024, families = ["compute", "general"], instance_types = [] }
      cpu_bound    = { vcpu = 4, memory = 7168, max_vcpus = 256, families = ["compute"], instance_types = [] }
      memory_bound = { vcpu = 4, memory = 30720, max_vcpus = 256, families = ["memory"], instance_types = [] }
    },
    { for name, profile in var.profiles : name => merge(profile, { families = ["general"] }) },
  )

  sizes = {
    for name, job in var.jobs : name => {
      vcpu         = coalesce(job.vcpu, local.profiles[coalesce(job.profile, var.profile)].vcpu)
      memory       = coalesce(job.memory, local.profiles[coalesce(job.profile, var.profile)].memory)
      task_vcpu    = coalesce(job.vcpu, local.profiles[coalesce(job.profile, var.profile)].vcpu) + sum(concat([0], [for sidecar in values(job.sidecars) : coalesce(sidecar.vcpu, 1)]))
      task_memory  = coalesce(job.memory, local.profiles[coalesce(job.profile, var.profile)].memory) + sum(concat([0], values(job.sidecars)[*].memory))
      gpus         = job.gpus
      architecture = coalesce(job.architecture, var.cpu_architecture)
    }
  }

  # What a pool does not say, by its name, its profile and the module's own settings.
  capacities    = { for name, pool in var.pools : name => coalesce(pool.capacity, name == "spot" ? "SPOT" : "ON_DEMAND") }
  architectures = { for name, pool in var.pools : name => coalesce(pool.architecture, var.cpu_architecture) }
  pool_profiles = { for name, pool in var.pools : name => local.profiles[coalesce(pool.profile, var.profile)] }
  pools = {
    for name, pool in var.pools : name => {
      type                = local.capacities[name] == "SPOT" ? "SPOT" : "EC2"
      capacity            = local.capacities[name]
      architecture        = local.architectures[name]
      gpu                 = pool.gpu
      label               = "ec2-${replace(name, "_", "-")}"
      allocation_strategy = coalesce(pool.allocation_strategy, local.capacities[name] == "SPOT" ? "SPOT_PRICE_CAPACITY_OPTIMIZED" : "BEST_FIT_PROGRESSIVE")
      bid_percentage      = local.capacities[name] == "SPOT" ? coalesce(pool.bid_percentage, 100) : null
      image_type          = coalesce(pool.image_type, pool.gpu ? "ECS_AL2023_NVIDIA" : "ECS_AL2023")
      image_parameter     = "amazon-linux-2023${local.architectures[name] == "ARM64" ? "/arm64" : ""}${pool.gpu ? "/gpu" : ""}"
      max_vcpus           = coalesce(pool.max_vcpus, local.pool_profiles[name].max_vcpus)
      update_policy       = pool.update_policy == null ? var.update_policy : pool.update_policy
      template            = contains(keys(local.own_templates), name) ? name : "default"
      instance_types = coalescelist(
        coalesce(pool.instance_types, []),
        pool.gpu ? local.families[local.architectures[name]].gpu : [],
        local.pool_profiles[name].instance_types,
        flatten([for family in local.pool_profiles[name].families : local.families[local.architectures[name]][family]]),
      )
    }
  }

  environments = merge([
    for pool_name, pool in var.pools : {
      for name, generation in pool.generations : "${pool_name}/${name}" => merge(local.pools[pool_name], {
        pool               = pool_name
        generation         = name
        state              = generation.state
        label              = "${local.pools[pool_name].label}-${name}"
        placement_group    = pool.placement_group
        security_group_ids = concat(var.security_group_ids, pool.security_group_ids)
        tags               = merge(var.tags, pool.tags)
        instance_types     = coalesce(generation.instance_types, local.pools[pool_name].instance_types)
        image_id           = try(coalesce(generation.image_id, pool.image_id), null)
        launch_template    = generation.launch_template
        min_vcpus          = generation.state == "active" ? pool.min_vcpus : 0
      })
    }
  ]...)

  # Newest generation first: reverse order of names.
  active = {
    for pool_name, pool in var.pools : pool_name => [
      for name in reverse(sort(keys(pool.generations))) : "${pool_name}/${name}" if pool.generations[name].state == "active"
    ]
  }

  queue_defaults = { high = { priority = 100, pools = ["on_demand"] }, low = { priority = 10, pools = ["spot"] } }
  queues = {
    for name, queue in var.queues : name => merge(queue, {
      label    = contains(keys(local.queue_defaults), name) ? "ec2-${name}-priority" : "ec2-${name}"
      priority = coalesce(queue.priority, try(local.queue_defaults[name].priority, null))
      pools    = coalesce(queue.pools, try(local.queue_defaults[name].pools, null))
    })
  }
  queue_environments = { for name, queue in local.queues : name => flatten([for pool in queue.pools : local.active[pool]]) }
}
