locals {
  contract = merge({
    schema_version = 1
    project        = var.project
    environment    = var.environment
    region         = local.region
    account_id     = local.account_id
    prefix         = local.prefix
    queues         = local.queues
    job_definitions = { for name, definition in merge(flatten([module.resources_ec2[*].job_definitions, module.resources_fargate[*].job_definitions])...) :
      name => merge(definition, lookup(local.shares, replace(name, "/^(ec2|fargate)-/", ""), null))
    }
    repositories = { for image, repository in module.ecr.repositories : image => merge(repository, { architectures = local.image_architectures[image] }) }
    data_bucket  = module.storage.bucket
    log_groups   = { for name, group in { jobs = module.observability.job_log_group.name, events = module.observability.events_log_group } : name => group if group != null }
    topic_arn    = module.observability.topic_arn
  }, var.unreleased_code ? null : { unreleased_code = false }, length(var.schedules) == 0 ? null : { schedules = local.schedules_offered })

  # How many of a hundred ordinary jobs go to a candidate; said of those that have a share alone.
  shares = { for key, release in local.releases : key => { share = var.release.images[local.jobs[release.job].image].share }
    if release.slot == "green" && try(var.release.images[local.jobs[release.job].image].share > 0, false)
  }

  # What an image is to be built for: what the definitions that run it ask for, also before it is released.
  image_architectures = { for image in keys(var.images.repositories) : image => sort(distinct(flatten([for job in values(local.jobs) : [
    for platform, own in { EC2 = { size = job.ec2, usual = var.ec2.cpu_architecture }, FARGATE = { size = job.fargate, usual = var.fargate.cpu_architecture } } :
    coalesce(job.architecture, own.usual) if contains(local.platforms, platform) && own.size != null
  ] if job.image == image]))) }

  # What the toolkit finds schedules by; their expressions it reads from AWS.
  schedules_offered = { for name, schedule in var.schedules : name => {
    group          = module.schedules[0].group
    queue          = schedule.queue
    job_definition = schedule.job
    enabled        = schedule.enabled
  } }
}

# Who may submit may not read Terraform's state: the same lies where the submitter role can read it. An object takes ten tags:
# those of var.tags may be more.
resource "aws_s3_object" "contract" {
  # checkov:skip=CKV_AWS_186: it is encrypted as the bucket is, by a key of yours where storage.kms_key_arn names one

  bucket       = module.storage.bucket.name
  key          = "contract/contract.json"
  content      = jsonencode(local.contract)
  content_type = "application/json"

  tags = { Project = var.project, Environment = var.environment, ManagedBy = "terraform" }
}
