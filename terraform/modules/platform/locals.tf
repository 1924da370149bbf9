data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  prefix     = "${var.project}-${var.environment}"
  account_id = data.aws_caller_identity.current.account_id
  region     = data.aws_region.current.name
  tags       = merge({ Project = var.project, Environment = var.environment, ManagedBy = "terraform" }, var.tags)

  jobs = { for name, job in var.jobs : name => job if job != null }

  platforms = compact([var.ec2.enabled ? "EC2" : "", var.fargate.enabled ? "FARGATE" : ""])

  queues = merge(flatten([module.resources_ec2[*].queues, module.resources_fargate[*].queues])...)

  # What the toolkit wrote of a pool's generations stands in the place of the pool's own; what one does not say is the pool's.
  ec2_generations = { for name, generations in var.generations.ec2 : name => { generations = { for generation, given in generations : generation => {
    state           = given.state
    instance_types  = given.instance_types == null ? try(var.ec2.pools[name].generations[generation].instance_types, null) : given.instance_types
    image_id        = given.image_id == null ? try(var.ec2.pools[name].generations[generation].image_id, null) : given.image_id
    launch_template = given.launch_template == null ? try(var.ec2.pools[name].generations[generation].launch_template, null) : given.launch_template
  } } } }
  fargate_generations = { for name, generations in var.generations.fargate : name => { generations = { for generation, given in generations : generation => { state = given.state } } } }

  # Known before anything is made, so that the submitter's policy neither waits for queues nor changes with a release.
  queue_names = flatten([for platform, given in { EC2 = var.ec2.queues, FARGATE = var.fargate.queues } : [
    for name, queue in merge({ high = {}, low = {} }, given) : "${local.prefix}-${lower(platform)}-${name}${contains(["high", "low"], name) ? "-priority" : ""}" if queue != null
  ] if contains(local.platforms, platform)])
  definition_names = flatten([for name, job in local.jobs : [for platform, size in { EC2 = job.ec2, FARGATE = job.fargate } : [
    "${local.prefix}-${lower(platform)}-${name}",
    "${local.prefix}-${lower(platform)}-${name}-green",
  ] if contains(local.platforms, platform) && size != null]])

  # A secret's ARN may go on to name one JSON key of it (…:secret:name-AbCdEf:key::): the permission is for the secret.
  secret_arns = distinct(flatten([for job in values(local.jobs) : [for arn in concat(values(job.secrets), compact([job.repository_credentials]), flatten([for sidecar in values(job.sidecars) : concat(values(sidecar.secrets), compact([sidecar.repository_credentials]))])) :
    strcontains(arn, ":secretsmanager:") ? join(":", slice(split(":", arn), 0, min(7, length(split(":", arn))))) : arn
  ]]))

  # What jobs reach beside AWS's own services of their platform, so that the plan says where there is no way to it.
  needed_endpoints = distinct([for arn in local.secret_arns : strcontains(arn, ":secretsmanager:") ? "secretsmanager" : "ssm"])
  needed_ports     = anytrue([for job in values(local.jobs) : length(job.efs_volumes) > 0]) ? [2049] : []

  # Blue under the job's own name, also before its image has a digest, so that a plan checks it; green beside it.
  releases = merge([for name, job in local.jobs : {
    for slot in ["blue", "green"] : slot == "blue" ? name : "${name}-green" => {
      job   = name
      slot  = slot
      image = try(var.release.images[job.image][slot], null)
    } if slot == "blue" || try(var.release.images[job.image][slot], null) != null
  }]...)

  common = { for key, release in local.releases : key => {
    image                  = release.image
    slot                   = release.slot
    architecture           = local.jobs[release.job].architecture
    job_role_arn           = module.iam.job_role_arns[release.job]
    command                = local.jobs[release.job].command
    user                   = local.jobs[release.job].user
    environment            = local.jobs[release.job].environment
    secrets                = local.jobs[release.job].secrets
    parameters             = local.jobs[release.job].parameters
    read_only_root         = local.jobs[release.job].read_only_root
    efs_volumes            = local.jobs[release.job].efs_volumes
    retry                  = local.jobs[release.job].retry
    enable_execute_command = local.jobs[release.job].enable_execute_command
    repository_credentials = local.jobs[release.job].repository_credentials
    scratch_volumes        = local.jobs[release.job].scratch_volumes
    sidecars               = local.jobs[release.job].sidecars
    depends_on             = local.jobs[release.job].depends_on
    firelens_options       = local.jobs[release.job].firelens_options
    scheduling_priority    = local.jobs[release.job].scheduling_priority
    timeout                = local.jobs[release.job].timeout
  } }
}
