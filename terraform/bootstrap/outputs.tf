output "backend_config" {
  value       = <<-EOT
    bucket = "${aws_s3_bucket.state.bucket}"
    region = "${var.region}"

    # Terraform refuses credentials of any other account.
    allowed_account_ids = ["${data.aws_caller_identity.current.account_id}"]
  EOT
  description = "What an environment's backend.hcl has to say, for `terraform init -backend-config=backend.hcl`."
}

output "bucket" {
  value       = aws_s3_bucket.state.bucket
  description = "The bucket of Terraform's states."
}
