output "compute_environments" {
  value       = module.platform.compute_environments
  description = "Where jobs run: `<platform>/<pool>[/<generation>]` → name, ARN, ECS cluster and ceiling of vCPUs."
}

output "contract" {
  value       = module.platform.contract
  description = "All that the toolkit needs to know of this environment, in the shape of schema version 1."
}

output "data_bucket" {
  value       = module.platform.data_bucket
  description = "The data bucket: inputs below data/, results below out/."
}

output "generations" {
  value       = module.platform.generations
  description = "The generations of compute environments that were applied last, as the toolkit wrote them (generations.auto.tfvars.json): a roll goes on from there."
}

output "key_policy" {
  value       = module.platform.key_policy
  description = "Statements that the policy of a KMS key of yours needs, as a policy document; null without such a key."
}

output "network" {
  value       = module.platform.network
  description = "The network that jobs run in, and what of it costs by the hour."
}

output "roles" {
  value       = module.platform.roles
  description = "Roles: what starts jobs, what jobs' code has, who submits, who deploys."
}
