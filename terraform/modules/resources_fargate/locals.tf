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
      vcpu   = coalesce(job.vcpu, local.profiles[coalesce(job.profile, "small")].vcpu)
      memory = coalesce(job.memory, local.profiles[coalesce(job.profile, "small")].memory)
    }
  }

  pools = {
    on_demand = { type = "FARGATE", label = "fargate-on-demand" }
    spot      = { type = "FARGATE_SPOT", label = "fargate-spot" }
  }

  queue_pools = {
    high = ["on_demand"]
    low  = var.queues.low.fallback_to_on_demand ? ["spot", "on_demand"] : ["spot"]
  }
}
