output "deployer_role_arn" {
  value       = try(aws_iam_role.deployer[0].arn, null)
  description = "Role for GitHub Actions, or null."
}

# The policies are awaited here, so that nothing starts with a role that may not yet do anything.
output "execution_role_arn" {
  value       = aws_iam_role.execution.arn
  description = "Role with which ECS starts jobs."

  depends_on = [aws_iam_role_policy.execution]
}

output "instance_profile_arn" {
  value       = try(aws_iam_instance_profile.instance[0].arn, null)
  description = "Instance profile of container instances, or null without EC2."

  depends_on = [aws_iam_role_policy_attachment.instance_ecs]
}

output "job_role_arns" {
  value       = { for name, role in aws_iam_role.job : name => role.arn }
  description = "Job profile → role of its code."

  depends_on = [aws_iam_role_policy.job]
}

output "submitter_role_arn" {
  value       = aws_iam_role.submitter.arn
  description = "Role that submits and watches jobs of this environment."
}
