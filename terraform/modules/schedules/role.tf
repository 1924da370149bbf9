# Without the two conditions Scheduler could be made to use the role on behalf of another account. The ARN is that of the
# group: AWS says not to name a schedule (EventBridge Scheduler guide, "Confused deputy prevention").
data "aws_iam_policy_document" "trust" {
  statement {
    effect  = "Allow"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:scheduler:${local.account}:schedule-group/${var.name}"]
    }
  }
}

data "aws_iam_policy_document" "submit" {
  # A definition is matched with its revision, which the request leaves to AWS Batch: the star takes each. AWS asks for all
  # three kinds of resources (Service Authorization Reference, AWS Batch: SubmitJob).
  statement {
    sid     = "Submit"
    effect  = "Allow"
    actions = ["batch:SubmitJob"]
    resources = concat(
      [for queue in sort(distinct([for schedule in var.schedules : schedule.queue_name])) : "${local.batch}:job-queue/${queue}"],
      [for definition in sort(distinct([for schedule in var.schedules : schedule.job_definition_name])) : "${local.batch}:job-definition/${definition}:*"],
      ["${local.batch}:job/*"],
    )
  }

  statement {
    sid       = "Tag"
    effect    = "Allow"
    actions   = ["batch:TagResource"]
    resources = ["${local.batch}:job/*"]
  }

  statement {
    sid       = "KeepUndelivered"
    effect    = "Allow"
    actions   = ["sqs:SendMessage"]
    resources = ["arn:${local.partition}:sqs:${local.account}:${local.undelivered}"]
  }
}

resource "aws_iam_role" "this" {
  name                 = "${var.name}-schedules"
  path                 = var.role_path
  description          = "EventBridge Scheduler submits jobs of ${var.name} with it"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn

  tags = var.tags
}

resource "aws_iam_role_policy" "this" {
  name   = "submit-jobs"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.submit.json
}
