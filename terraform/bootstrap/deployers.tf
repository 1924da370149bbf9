# Who plans and applies without being an administrator: policies, and roles where somebody is named who may assume them.
module "deployer" {
  for_each = var.deployers
  source   = "../modules/deployer"

  project           = var.project
  region            = coalesce(each.value.region, var.region)
  environment       = each.value.environment
  state_bucket      = local.bucket_name
  state_kms_key_arn = var.kms_key_arn

  alert_keys               = each.value.alert_keys
  attachable_policy_arns   = each.value.attachable_policy_arns
  create                   = each.value.create
  deploy_principal_arns    = each.value.deploy_principal_arns
  github                   = each.value.github
  kms_key_arns             = each.value.kms_key_arns
  permissions_boundary_arn = each.value.permissions_boundary_arn
  plan_principal_arns      = each.value.plan_principal_arns
  role_path                = each.value.role_path
  vpc_ids                  = each.value.vpc_ids

  tags = merge({ Project = var.project, ManagedBy = "terraform" }, var.tags)
}
