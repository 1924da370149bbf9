output "role_arn" {
  value       = aws_iam_role.this.arn
  description = "Role for a state machine (`role_arn` of aws_sfn_state_machine)."

  depends_on = [aws_iam_role_policy.this]
}
