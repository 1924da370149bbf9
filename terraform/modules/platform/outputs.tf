output "compute_environments" {
  value = merge(flatten([
    [for environments in module.resources_ec2[*].compute_environments : { for key, environment in environments : "ec2/${key}" => environment }],
    [for environments in module.resources_fargate[*].compute_environments : { for key, environment in environments : "fargate/${key}" => environment }],
  ])...)
  description = "Where jobs run: `<platform>/<pool>[/<generation>]` → name, ARN, ECS cluster and ceiling of vCPUs."
}

output "contract" {
  value       = local.contract
  description = "All that the toolkit needs to know of this environment, in the shape of schema version 1."

  precondition {
    condition     = length(local.image_faults) == 0
    error_message = "Images that no job could pull: ${join("; ", local.image_faults)}."
  }

  precondition {
    condition     = length(local.schedule_faults) == 0
    error_message = "Schedules that could start no job: ${join("; ", local.schedule_faults)}."
  }
}

output "data_bucket" {
  value       = module.storage.bucket.name
  description = "The data bucket: inputs below data/, results below out/."
}

output "generations" {
  value       = var.generations
  description = "The generations of compute environments that were applied last, as the toolkit wrote them (generations.auto.tfvars.json): a roll goes on from there."
}

output "key_policy" {
  value       = length(local.keys) > 0 ? data.aws_iam_policy_document.key.json : null
  description = "Statements that the policy of a KMS key of yours needs for what this environment does with it, as a policy document; null without such a key."

  precondition {
    condition     = length(local.foreign_keys) == 0
    error_message = "Keys of another region than ${local.region}, or of another partition than ${data.aws_partition.current.partition}: ${join(", ", local.foreign_keys)}. A key works in its own region alone: name one of this region, or a replica there."
  }

  precondition {
    condition     = length(local.foreign_secrets) == 0 || var.network.existing_vpc != null || var.network.nat != "none"
    error_message = "Secrets of another region than ${local.region}: ${join(", ", local.foreign_secrets)}. Endpoints reach this region alone: replicate them here, or set network.nat."
  }
}

output "network" {
  value = {
    vpc_id              = module.network.vpc_id
    private_subnet_ids  = module.network.private_subnet_ids
    security_group_ids  = module.network.security_group_ids
    availability_zones  = module.network.availability_zones
    interface_endpoints = module.network.interface_endpoints
    nat_gateway_count   = module.network.nat_gateway_count
  }
  description = "The network that jobs run in, and what of it costs by the hour."
}

output "roles" {
  value = {
    execution = module.iam.execution_role_arn
    jobs      = module.iam.job_role_arns
    submitter = module.iam.submitter_role_arn
    deployer  = module.iam.deployer_role_arn
  }
  description = "Roles: what starts jobs, what jobs' code has, who submits, who deploys."
}
