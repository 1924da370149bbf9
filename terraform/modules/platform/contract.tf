locals {
  contract = {
    schema_version  = 1
    project         = var.project
    environment     = var.environment
    region          = local.region
    account_id      = local.account_id
    prefix          = local.prefix
    queues          = local.queues
    job_definitions = merge(flatten([module.resources_ec2[*].job_definitions, module.resources_fargate[*].job_definitions])...)
    repositories    = module.ecr.repositories
    data_bucket     = module.storage.bucket
    log_groups      = { jobs = module.observability.job_log_group.name }
    topic_arn       = module.observability.topic_arn
  }
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
