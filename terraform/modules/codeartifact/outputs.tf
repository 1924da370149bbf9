output "domain_arn" {
  value       = aws_codeartifact_domain.this.arn
  description = "ARN of the domain."
}

output "index_toml" {
  value       = <<-EOT
    [codeartifact]
    domain = "${aws_codeartifact_domain.this.domain}"
    owner = "${data.aws_caller_identity.current.account_id}"
    repository = "${aws_codeartifact_repository.this.repository}"
    region = "${data.aws_region.current.name}"
  EOT
  description = "The file index.toml of an image (container/multi_repo/codeartifact)."

  # Who reads it builds at once.
  depends_on = [aws_codeartifact_domain_permissions_policy.this, aws_codeartifact_repository_permissions_policy.this]
}

output "publish_policy_json" {
  value       = data.aws_iam_policy_document.identity["publish"].json
  description = "Policy for an identity that publishes packages, CI of another repository for example; reading included."
}

output "read_policy_json" {
  value       = data.aws_iam_policy_document.identity["read"].json
  description = "Policy for an identity that locks packages and builds images."
}

output "repository_arn" {
  value       = aws_codeartifact_repository.this.arn
  description = "ARN of the repository."
}
