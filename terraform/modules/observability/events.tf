# AWS Batch's metrics count states and times; reasons, sizes and Spot reclaims stand in its events alone, and DescribeJobs forgets a job
# about seven days after its end. The dashboard and the toolkit's memory are made of these.
resource "aws_cloudwatch_log_group" "events" {
  # checkov:skip=CKV_AWS_338: how long is a choice

  count = local.keeps_events ? 1 : 0

  name              = "/aws/events/${var.name}"
  retention_in_days = var.history.enabled ? var.history.retention_days : var.log_retention_days
  kms_key_id        = var.kms_key_arn

  tags = var.tags
}

data "aws_iam_policy_document" "events" {
  count = local.keeps_events ? 1 : 0

  # CreateLogStream comes without aws:SourceArn, PutLogEvents with it (EventBridge guide, "Using resource-based policies":
  # CloudWatch Logs).
  statement {
    effect    = "Allow"
    actions   = ["logs:CreateLogStream"]
    resources = ["arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/events/${var.name}:*"]

    principals {
      type        = "Service"
      identifiers = ["delivery.logs.amazonaws.com", "events.amazonaws.com"]
    }
  }

  statement {
    effect    = "Allow"
    actions   = ["logs:PutLogEvents"]
    resources = ["arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/events/${var.name}:*"]

    principals {
      type        = "Service"
      identifiers = ["delivery.logs.amazonaws.com", "events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.rule_arns.events]
    }
  }
}

# An account has ten of these in a region.
resource "aws_cloudwatch_log_resource_policy" "events" {
  count = local.keeps_events ? 1 : 0

  policy_name     = "${var.name}-events"
  policy_document = data.aws_iam_policy_document.events[0].json
}

resource "aws_cloudwatch_event_rule" "events" {
  count = local.keeps_events ? 1 : 0

  name        = "${var.name}-events"
  description = "Every change of state of a job of ${var.name}"
  event_pattern = jsonencode({
    source        = ["aws.batch"]
    "detail-type" = ["Batch Job State Change", "Batch Job Queue Blocked"]
    detail        = { jobQueue = local.queue_arns }
  })

  tags = var.tags
}

resource "aws_cloudwatch_event_target" "events" {
  count = local.keeps_events ? 1 : 0

  rule = aws_cloudwatch_event_rule.events[0].name
  arn  = aws_cloudwatch_log_group.events[0].arn

  depends_on = [aws_cloudwatch_log_resource_policy.events]
}
