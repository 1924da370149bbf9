data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

locals {
  prefix     = "${var.project}-${var.environment}"
  account_id = data.aws_caller_identity.current.account_id
  region     = data.aws_region.current.name
  tags       = merge({ Project = var.project, Environment = var.environment, ManagedBy = "terraform" }, var.tags)

  platforms = compact([var.ec2.enabled ? "EC2" : "", var.fargate.enabled ? "FARGATE" : ""])

  queues = merge(flatten([module.resources_ec2[*].queues, module.resources_fargate[*].queues])...)

  # Known before anything is made, so that the submitter's policy neither waits for queues nor changes with a release.
  queue_names = flatten([for platform in local.platforms : [for priority in ["high", "low"] : "${local.prefix}-${lower(platform)}-${priority}-priority"]])
  definition_names = flatten([for name, job in var.jobs : [for platform, size in { EC2 = job.ec2, FARGATE = job.fargate } : [
    "${local.prefix}-${lower(platform)}-${name}",
    "${local.prefix}-${lower(platform)}-${name}-green",
  ] if contains(local.platforms, platform) && size != null]])

  # A secret's ARN may go on to name one JSON key of it (…:secret:name-AbCdEf:key::): the permission is for the secret.
  secret_arns = distinct(flatten([for job in values(var.jobs) : [for arn in values(job.secrets) :
    strcontains(arn, ":secretsmanager:") ? join(":", slice(split(":", arn), 0, min(7, length(split(":", arn))))) : arn
  ]]))

  # What has a digest: blue under the job's own name, green beside it.
  releases = merge([for name, job in var.jobs : {
    for slot in ["blue", "green"] : slot == "blue" ? name : "${name}-green" => {
      job   = name
      slot  = slot
      image = try(var.release.images[job.image][slot], null)
    } if try(var.release.images[job.image][slot], null) != null
  }]...)

  common = { for key, release in local.releases : key => {
    image               = release.image
    slot                = release.slot
    job_role_arn        = module.iam.job_role_arns[release.job]
    command             = var.jobs[release.job].command
    user                = var.jobs[release.job].user
    environment         = var.jobs[release.job].environment
    secrets             = var.jobs[release.job].secrets
    parameters          = var.jobs[release.job].parameters
    read_only_root      = var.jobs[release.job].read_only_root
    efs_volumes         = var.jobs[release.job].efs_volumes
    retry               = var.jobs[release.job].retry
    scheduling_priority = var.jobs[release.job].scheduling_priority
    timeout             = var.jobs[release.job].timeout
  } }
}
