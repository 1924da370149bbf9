# Made here, with its retention, because the execution role must not make log groups and AWS's default never forgets.
resource "aws_cloudwatch_log_group" "jobs" {
  # checkov:skip=CKV_AWS_338: log_retention_days is a choice; results that must last belong in the bucket

  name              = "/aws/batch/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn

  tags = var.tags
}
