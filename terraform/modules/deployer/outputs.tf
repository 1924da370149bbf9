output "deploy_policy_arns" {
  value       = [for name in local.made.deploy : aws_iam_policy.this[name].arn if var.create]
  description = "Managed policies for whoever plans, applies and destroys: all of them."
}

output "plan_policy_arns" {
  value       = [for name in local.made.plan : aws_iam_policy.this[name].arn if var.create]
  description = "Managed policies for whoever plans alone."
}

output "policies" {
  value       = local.policies
  description = "Name → text of each policy, without white space: `read` and `state` are what plans need, all of them together what applies need."
}

output "role_arns" {
  value       = { for name in keys(local.made) : name => try(aws_iam_role.this[name].arn, null) }
  description = "The roles `plan` and `deploy`, null where nobody may assume them."
}
