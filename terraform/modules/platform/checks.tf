locals {
  # What could run at once, by the quota that it counts against.
  ec2_environments     = flatten([for environments in module.resources_ec2[*].compute_environments : [for environment in values(environments) : environment if environment.state == "active"]])
  fargate_environments = flatten([for environments in module.resources_fargate[*].compute_environments : [for environment in values(environments) : environment if environment.state == "active"]])
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

locals {
  registry = "${local.account_id}.dkr.ecr.${local.region}.${data.aws_partition.current.dns_suffix}"

  # What the execution role may pull: this platform's repositories, and those that images.extra_repository_arns names.
  images = merge(
    { for key, release in local.releases : key => release.image if release.image != null },
    merge([for key, release in local.releases : { for name, sidecar in local.jobs[release.job].sidecars : "${key} (sidecar ${name})" => sidecar.image }]...),
  )
  released = { for key, image in local.images : key => {
    image = image
    ecr   = try(regex("^([0-9]{12})\\.dkr\\.ecr\\.([a-z0-9-]+)\\.[^/]+/([^@]+)@", image), null)
  } }
  image_faults = [for key, release in local.released : (
    release.ecr == null ? "${key} = ${release.image}: there is no way to that registry without NAT. Push the image to ECR, or set network.nat" :
    "${key} = ${release.image}: jobs may not pull it. Release an image of ${local.registry}/${local.prefix}/, or name the repository in images.extra_repository_arns"
    ) if !var.disposable && (release.ecr == null ? var.network.existing_vpc == null && var.network.nat == "none" : !(
      anytrue([for name in keys(var.images.repositories) : startswith(release.image, "${local.registry}/${local.prefix}/${name}@")]) ||
      anytrue([for arn in var.images.extra_repository_arns : can(regex("^${replace(replace(arn, ".", "\\."), "*", ".*")}$", "arn:${data.aws_partition.current.partition}:ecr:${try(release.ecr[1], "")}:${try(release.ecr[0], "")}:repository/${try(release.ecr[2], "")}"))])
  ))]
}

locals {
  # A queue's name and a definition's, without the prefix, are what the contract calls them.
  queue_labels      = [for name in local.queue_names : trimprefix(name, "${local.prefix}-")]
  definition_labels = [for name in local.definition_names : trimprefix(name, "${local.prefix}-") if !endswith(name, "-green")]

  schedule_faults = flatten([for name, schedule in var.schedules : concat(
    contains(local.queue_labels, schedule.queue) ? [] : ["${name}: no queue ${schedule.queue}. Known: ${join(", ", local.queue_labels)}"],
    contains(local.definition_labels, schedule.job) ? [] : ["${name}: no job ${schedule.job}. Known: ${join(", ", local.definition_labels)}"],
    split("-", schedule.queue)[0] == split("-", schedule.job)[0] ? [] : ["${name}: ${schedule.job} cannot run on ${schedule.queue}. Name a job and a queue of one platform"],
  )])
}
