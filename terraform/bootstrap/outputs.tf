output "backend_config" {
  value = join("\n", concat(
    ["bucket = \"${aws_s3_bucket.state.bucket}\"", "region = \"${var.region}\"", ""],
    var.kms_key_arn == null ? [] : ["# Without it a state would be encrypted by S3's own keys, whatever the bucket's default.", "kms_key_id = \"${var.kms_key_arn}\"", ""],
    ["# Terraform refuses credentials of any other account.", "allowed_account_ids = [\"${data.aws_caller_identity.current.account_id}\"]", ""],
  ))
  description = "What an environment's backend.hcl has to say, for `terraform init -backend-config=backend.hcl`."
}

output "bucket" {
  value       = aws_s3_bucket.state.bucket
  description = "The bucket of Terraform's states."
}

output "deployer_policies" {
  value       = merge([for name, deployer in module.deployer : { for policy, text in deployer.policies : "${name}-${policy}" => text }]...)
  description = "<name of `deployers`>-<policy> → its text: what a role needs that plans (read and state) or applies (all of them)."

  # Nothing of it is a secret: it only keeps plan and apply from printing hundreds of lines. `terraform output -json` has it.
  sensitive = true
}

output "deployer_role_arns" {
  value       = { for name, deployer in module.deployer : name => deployer.role_arns }
  description = "Name of `deployers` → its roles `plan` and `deploy`, null where nobody may assume them."
}
