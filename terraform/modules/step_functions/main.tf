data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  partition = data.aws_partition.current.partition
  account   = "${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}"
}

# Without the two conditions Step Functions could be made to use the role on behalf of another account.
data "aws_iam_policy_document" "trust" {
  statement {
    effect  = "Allow"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["states.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:states:${local.account}:stateMachine:*"]
    }
  }
}

# What arn:aws:states:::batch:submitJob.sync needs: to submit, to end the job when the execution is stopped, and the rule by
# which Step Functions hears of its end (Step Functions guide, "Run AWS Batch workloads with Step Functions": IAM policies).
data "aws_iam_policy_document" "submit" {
  # checkov:skip=CKV_AWS_356: only DescribeJobs, which knows no resource

  statement {
    sid       = "Submit"
    effect    = "Allow"
    actions   = ["batch:SubmitJob"]
    resources = concat(sort(var.queue_arns), [for arn in sort(var.job_definition_arns) : can(regex(":[0-9]+$", arn)) || endswith(arn, "*") ? arn : "${arn}:*"], ["arn:${local.partition}:batch:${local.account}:job/*"])
  }

  statement {
    sid       = "EndJobs"
    effect    = "Allow"
    actions   = ["batch:TagResource", "batch:TerminateJob"]
    resources = ["arn:${local.partition}:batch:${local.account}:job/*"]
  }

  statement {
    sid       = "Look"
    effect    = "Allow"
    actions   = ["batch:DescribeJobs"]
    resources = ["*"]
  }

  statement {
    sid       = "HearOfTheEnd"
    effect    = "Allow"
    actions   = ["events:DescribeRule", "events:PutRule", "events:PutTargets"]
    resources = ["arn:${local.partition}:events:${local.account}:rule/StepFunctionsGetEventsForBatchJobsRule"]
  }
}

resource "aws_iam_role" "this" {
  name                 = "${var.name}-state-machine"
  path                 = var.role_path
  description          = "A state machine submits jobs of ${var.name} with it and waits for them"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn

  tags = var.tags
}

resource "aws_iam_role_policy" "this" {
  name   = "submit-jobs"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.submit.json
}
