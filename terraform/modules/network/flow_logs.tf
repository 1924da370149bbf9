resource "aws_cloudwatch_log_group" "flow" {
  # checkov:skip=CKV_AWS_338: flow_logs.retention_days is a choice; flow logs show what is stopped now

  count = local.create && var.flow_logs.enabled ? 1 : 0

  name              = "/aws/vpc/${var.name}"
  retention_in_days = var.flow_logs.retention_days
  kms_key_id        = var.flow_logs.kms_key_arn

  tags = var.tags
}

data "aws_iam_policy_document" "flow_trust" {
  count = local.create && var.flow_logs.enabled ? 1 : 0

  statement {
    effect  = "Allow"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["vpc-flow-logs.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current[0].account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:ec2:${local.region}:${data.aws_caller_identity.current[0].account_id}:vpc-flow-log/*"]
    }
  }
}

data "aws_iam_policy_document" "flow" {
  count = local.create && var.flow_logs.enabled ? 1 : 0

  statement {
    effect    = "Allow"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.flow[0].arn}:*"]
  }
}

resource "aws_iam_role" "flow" {
  count = local.create && var.flow_logs.enabled ? 1 : 0

  name                 = "${var.name}-flow-logs"
  path                 = var.role_path
  description          = "Lets VPC flow logs of ${var.name} write to CloudWatch Logs"
  assume_role_policy   = data.aws_iam_policy_document.flow_trust[0].json
  permissions_boundary = var.permissions_boundary_arn

  tags = var.tags
}

resource "aws_iam_role_policy" "flow" {
  count = local.create && var.flow_logs.enabled ? 1 : 0

  name   = "write-flow-logs"
  role   = aws_iam_role.flow[0].id
  policy = data.aws_iam_policy_document.flow[0].json
}

resource "aws_flow_log" "this" {
  count = local.create && var.flow_logs.enabled ? 1 : 0

  vpc_id               = aws_vpc.this[0].id
  traffic_type         = var.flow_logs.traffic_type
  log_destination_type = "cloud-watch-logs"
  log_destination      = aws_cloudwatch_log_group.flow[0].arn
  iam_role_arn         = aws_iam_role.flow[0].arn

  tags = merge(var.tags, { Name = var.name })
}
