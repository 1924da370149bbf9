module "network" {
  source = "../network"

  name                      = local.prefix
  platforms                 = local.platforms
  availability_zone_count   = var.network.availability_zone_count
  availability_zones        = var.network.availability_zones
  egress_rules              = var.network.egress_rules
  existing_vpc              = var.network.existing_vpc
  extra_interface_endpoints = var.network.extra_interface_endpoints
  flow_logs                 = var.network.flow_logs
  interface_endpoints       = var.network.interface_endpoints
  nat                       = var.network.nat
  needed_endpoints          = local.needed_endpoints
  needed_ports              = local.needed_ports
  permissions_boundary_arn  = var.iam.permissions_boundary_arn
  role_path                 = var.iam.role_path
  s3_endpoint_statements    = var.network.s3_endpoint_statements
  vpc_cidr                  = var.network.vpc_cidr

  tags = local.tags
}

module "storage" {
  source = "../storage"

  bucket_name          = "${local.prefix}-data-${local.account_id}"
  force_destroy        = var.disposable
  lifecycle_enabled    = !var.disposable
  abort_uploads_after  = var.storage.abort_uploads_after
  kms_key_arn          = var.storage.kms_key_arn
  old_versions_after   = var.storage.old_versions_after
  out_expires_after    = var.storage.out_expires_after
  out_infrequent_after = var.storage.out_infrequent_after
  policy_statements    = var.storage.policy_statements
  submit_expires_after = var.storage.submit_expires_after

  tags = local.tags
}

module "ecr" {
  source = "../ecr"

  name             = local.prefix
  force_delete     = var.disposable
  encryption       = var.images.encryption
  pull_account_ids = var.images.pull_account_ids
  replicate_to     = var.images.replicate_to
  repositories     = var.images.repositories

  tags = local.tags
}

module "observability" {
  source = "../observability"

  name               = local.prefix
  alerts             = var.observability.alerts
  dashboard          = var.observability.dashboard
  history            = var.observability.history
  kms_key_arn        = var.observability.kms_key_arn
  log_retention_days = var.observability.log_retention_days
  queues             = { for queue in values(local.queues) : queue.name => queue.max_vcpus }

  tags = local.tags
}

module "iam" {
  source = "../iam"

  name                        = local.prefix
  platforms                   = local.platforms
  bucket_arn                  = module.storage.bucket.arn
  bucket_kms_key_arn          = var.storage.kms_key_arn
  create_service_linked_roles = var.iam.create_service_linked_roles
  execute_command_jobs        = [for name, job in local.jobs : name if job.enable_execute_command]
  extra_repository_arns       = var.images.extra_repository_arns
  github_deployer             = var.iam.github_deployer
  instance_policy_arns        = var.iam.instance_policy_arns
  job_definition_names        = local.definition_names
  job_log_group_arn           = module.observability.job_log_group.arn
  keeps_events                = var.observability.dashboard || var.observability.history.enabled
  job_roles                   = { for name, job in local.jobs : name => job.role }
  permissions_boundary_arn    = var.iam.permissions_boundary_arn
  queue_names                 = local.queue_names
  repository_names            = [for image in keys(var.images.repositories) : "${local.prefix}/${image}"]
  role_path                   = var.iam.role_path
  secret_arns                 = local.secret_arns
  secrets_kms_key_arns        = var.iam.secrets_kms_key_arns
  session_manager             = var.iam.session_manager
  submitter_principal_arns    = var.iam.submitter_principal_arns
  unreleased_code             = var.unreleased_code

  tags = local.tags
}

module "resources_ec2" {
  count  = var.ec2.enabled ? 1 : 0
  source = "../resources_ec2"

  name                 = local.prefix
  subnet_ids           = module.network.private_subnet_ids
  security_group_ids   = module.network.security_group_ids
  instance_profile_arn = module.iam.instance_profile_arn
  execution_role_arn   = module.iam.execution_role_arn
  log_group            = module.observability.job_log_group.name

  ami_refresh      = var.ec2.ami_refresh
  cpu_architecture = var.ec2.cpu_architecture
  disk             = var.ec2.disk
  pools            = { for name, pool in merge({ on_demand = {}, spot = {} }, var.ec2.pools) : name => merge(pool, try(local.ec2_generations[name], {})) if pool != null }
  profile          = var.ec2.profile
  profiles         = var.ec2.profiles
  queues           = { for name, queue in merge({ high = {}, low = {} }, var.ec2.queues) : name => queue if queue != null }
  update_policy    = var.ec2.update_policy

  jobs = { for key, release in local.releases : key => merge(local.common[key], local.jobs[release.job].ec2) if local.jobs[release.job].ec2 != null }

  tags = local.tags
}

module "resources_fargate" {
  count  = var.fargate.enabled ? 1 : 0
  source = "../resources_fargate"

  name               = local.prefix
  subnet_ids         = module.network.private_subnet_ids
  security_group_ids = module.network.security_group_ids
  execution_role_arn = module.iam.execution_role_arn
  log_group          = module.observability.job_log_group.name

  cpu_architecture = var.fargate.cpu_architecture
  pools            = { for name, pool in merge({ on_demand = {}, spot = {} }, var.fargate.pools) : name => merge(pool, try(local.fargate_generations[name], {})) if pool != null }
  profiles         = var.fargate.profiles
  queues           = { for name, queue in merge({ high = {}, low = {} }, var.fargate.queues) : name => queue if queue != null }

  jobs = { for key, release in local.releases : key => merge(local.common[key], local.jobs[release.job].fargate) if local.jobs[release.job].fargate != null }

  tags = local.tags
}

module "schedules" {
  count  = length(var.schedules) > 0 ? 1 : 0
  source = "../schedules"

  name                     = local.prefix
  permissions_boundary_arn = var.iam.permissions_boundary_arn
  role_path                = var.iam.role_path

  # Without a revision: no schedule waits for an image or changes with a release.
  schedules = { for name, schedule in var.schedules : name => merge(schedule, {
    queue_name          = "${local.prefix}-${schedule.queue}"
    job_definition_name = "${local.prefix}-${schedule.job}"
    share_identifier    = schedule.share_identifier != null ? schedule.share_identifier : try(local.queues[schedule.queue].default_share_identifier, null)
  }) }

  tags = local.tags
}
