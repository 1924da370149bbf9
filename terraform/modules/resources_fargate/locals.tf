locals {
  profiles = merge({
    small        = { vcpu = 0.5, memory = 1024 }
    medium       = { vcpu = 2, memory = 4096 }
    large        = { vcpu = 4, memory = 16384 }
    burst        = { vcpu = 0.25, memory = 512 }
    cpu_bound    = { vcpu = 4, memory = 8192 }
    memory_bound = { vcpu = 2, memory = 16384 }
  }, var.profiles)

  sizes = {
    for name, job in var.jobs : name => {
      vcpu         = coalesce(job.vcpu, local.profiles[coalesce(job.profile, "small")].vcpu)
      memory       = coalesce(job.memory, local.profiles[coalesce(job.profile, "small")].memory)
      task_vcpu    = coalesce(job.vcpu, local.profiles[coalesce(job.profile, "small")].vcpu) + sum(concat([0], [for sidecar in values(job.sidecars) : coalesce(sidecar.vcpu, 0.25)]))
      architecture = coalesce(job.architecture, var.cpu_architecture)
    }
  }

  pools = { for name, pool in var.pools : name => merge(pool, {
    label    = "fargate-${replace(name, "_", "-")}"
    capacity = coalesce(pool.capacity, name == "spot" ? "SPOT" : "ON_DEMAND")
  }) }

  # The generation `a` has the key and the name that a pool's one environment had before there were generations: neither
  # Terraform's address nor the environment may change.
  environments = merge([for pool_name, pool in local.pools : { for name, generation in pool.generations :
    (name == "a" ? pool_name : "${pool_name}/${name}") => merge(pool, {
      pool       = pool_name
      generation = name
      state      = generation.state
      label      = name == "a" ? pool.label : "${pool.label}-${name}"
    })
  }]...)

  # Newest generation first: reverse order of names.
  active = { for pool_name, pool in local.pools : pool_name => [
    for name in reverse(sort(keys(pool.generations))) : name == "a" ? pool_name : "${pool_name}/${name}" if pool.generations[name].state == "active"
  ] }

  queue_defaults = {
    high = { priority = 100, pools = ["on_demand"], scheduling = "FAIR_SHARE", share = "default" }
    low  = { priority = 10, pools = ["spot"], scheduling = "FIFO", share = null }
  }
  queues = { for name, queue in var.queues : name => merge(queue, {
    label      = contains(keys(local.queue_defaults), name) ? "fargate-${name}-priority" : "fargate-${name}"
    priority   = coalesce(queue.priority, try(local.queue_defaults[name].priority, null))
    pools      = coalesce(queue.pools, try(local.queue_defaults[name].pools, null))
    scheduling = coalesce(queue.scheduling, try(local.queue_defaults[name].scheduling, "FIFO"))
    fair_share = merge(queue.fair_share, {
      default_share_identifier = try(coalesce(queue.fair_share.default_share_identifier, local.queue_defaults[name].share), queue.fair_share.default_share_identifier)
    })
  }) }

  queue_environments = { for name, queue in local.queues : name => flatten([for pool in queue.pools : local.active[pool]]) }

  # What waits in RUNNABLE for ever, unless the plan says it.
  widest     = max([for pool in values(local.pools) : pool.max_vcpus]...)
  job_faults = [for name, size in local.sizes : "${name} asks for ${size.task_vcpu} vCPU, above the ceiling of every pool (${join(", ", [for pool_name, pool in local.pools : "${pool_name} ${pool.max_vcpus}"])}): raise max_vcpus" if size.task_vcpu > local.widest]
}
