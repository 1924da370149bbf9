data "aws_iam_policy_document" "submitter_trust" {
  statement {
    effect  = "Allow"
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "AWS"
      identifiers = length(var.submitter_principal_arns) > 0 ? var.submitter_principal_arns : ["arn:${local.partition}:iam::${local.account_id}:root"]
    }
  }
}

data "aws_iam_policy_document" "submitter" {
  # checkov:skip=CKV_AWS_356: only the Describe and List actions of Batch, which know no resource

  dynamic "statement" {
    for_each = length(local.queue_arns) > 0 && length(local.definition_arns) > 0 ? [1] : []

    # AWS asks for all three kinds of resources (Service Authorization Reference, AWS Batch: SubmitJob).
    content {
      sid       = "Submit"
      effect    = "Allow"
      actions   = ["batch:SubmitJob"]
      resources = concat(local.queue_arns, local.definition_arns, local.other_derived_arns, [local.job_arns])
    }
  }

  # `submit --image`: a definition that is a released one but for its image. Batch asks for the roles that it names too.
  dynamic "statement" {
    for_each = length(local.derived_arns) > 0 ? [1] : []

    content {
      sid       = "RegisterImages"
      effect    = "Allow"
      actions   = ["batch:RegisterJobDefinition", "batch:TagResource"]
      resources = local.derived_arns

      # The key is there only where the request says something of it.
      condition {
        test     = "BoolIfExists"
        variable = "batch:Privileged"
        values   = ["false"]
      }
    }
  }

  # AWS does not say which service it looks for here: those that the roles of a job go to.
  dynamic "statement" {
    for_each = length(local.derived_arns) > 0 ? [1] : []

    content {
      sid       = "PassRoles"
      effect    = "Allow"
      actions   = ["iam:PassRole"]
      resources = [for end in ["execution", "job-*"] : "arn:${local.partition}:iam::${local.account_id}:role${var.role_path}${var.name}-${end}"]

      condition {
        test     = "StringEquals"
        variable = "iam:PassedToService"
        values   = ["batch.amazonaws.com", "ecs-tasks.amazonaws.com"]
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.derived_arns) > 0 && length(local.pull_arns) > 0 ? [1] : []

    content {
      sid       = "LookForImages"
      effect    = "Allow"
      actions   = ["ecr:DescribeImages"]
      resources = local.pull_arns
    }
  }

  # Job ids are not known ahead and Batch offers no condition on a job's queue: this goes for every job of the account and region.
  statement {
    sid       = "OwnJobs"
    effect    = "Allow"
    actions   = ["batch:CancelJob", "batch:TagResource", "batch:TerminateJob"]
    resources = [local.job_arns]
  }

  # The Describe and List actions of Batch know no resource.
  statement {
    sid    = "Look"
    effect = "Allow"
    actions = [
      "batch:DescribeComputeEnvironments",
      "batch:DescribeJobDefinitions",
      "batch:DescribeJobQueues",
      "batch:DescribeJobs",
      "batch:GetJobQueueSnapshot",
      "batch:ListJobs",
    ]
    resources = ["*"]
  }

  # What jobs cost depends on the instances that ran them. AWS Batch names its clusters itself.
  statement {
    sid       = "SeeInstances"
    effect    = "Allow"
    actions   = ["ecs:DescribeContainerInstances"]
    resources = ["arn:${local.partition}:ecs:${local.region}:${local.account_id}:container-instance/*"]
  }

  statement {
    sid       = "ReadLogs"
    effect    = "Allow"
    actions   = ["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents"]
    resources = [var.job_log_group_arn, "${var.job_log_group_arn}:*"]
  }

  # What AWS Batch has forgotten of jobs.
  dynamic "statement" {
    for_each = var.keeps_events ? [1] : []

    content {
      sid       = "ReadEvents"
      effect    = "Allow"
      actions   = ["logs:FilterLogEvents"]
      resources = [for end in ["", ":*"] : "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/events/${var.name}${end}"]
    }
  }

  # Inputs go up below data/, large configurations and manifests below submit/; results and the contract come down.
  statement {
    sid       = "ListBucket"
    effect    = "Allow"
    actions   = ["s3:ListBucket"]
    resources = [var.bucket_arn]
  }

  statement {
    sid       = "PutInputs"
    effect    = "Allow"
    actions   = ["s3:AbortMultipartUpload", "s3:PutObject"]
    resources = ["${var.bucket_arn}/data/*", "${var.bucket_arn}/submit/*"]
  }

  statement {
    sid       = "GetObjects"
    effect    = "Allow"
    actions   = ["s3:GetObject"]
    resources = ["${var.bucket_arn}/contract/*", "${var.bucket_arn}/data/*", "${var.bucket_arn}/out/*", "${var.bucket_arn}/submit/*"]
  }

  dynamic "statement" {
    for_each = var.bucket_kms_key_arn == null ? [] : [var.bucket_kms_key_arn]

    content {
      sid       = "UseBucketKey"
      effect    = "Allow"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${local.region}.${local.dns_suffix}"]
      }
    }
  }
}

resource "aws_iam_role" "submitter" {
  name                 = "${var.name}-submitter"
  path                 = var.role_path
  description          = "Submits and watches jobs of ${var.name}"
  assume_role_policy   = data.aws_iam_policy_document.submitter_trust.json
  permissions_boundary = var.permissions_boundary_arn

  tags = var.tags
}

resource "aws_iam_role_policy" "submitter" {
  name   = "submit-jobs"
  role   = aws_iam_role.submitter.id
  policy = data.aws_iam_policy_document.submitter.json
}
