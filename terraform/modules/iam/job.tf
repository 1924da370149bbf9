data "aws_iam_policy_document" "job" {
  # checkov:skip=CKV_AWS_356: only the channels of ECS Exec, which know no resource, where a job asks for it
  # checkov:skip=CKV_AWS_111: only the channels of ECS Exec, which know no resource, where a job asks for it

  for_each = var.job_roles

  # What `awa-batch submit` puts into the bucket for a job lies below submit/: every job may read it.
  statement {
    sid       = "ListPrefixes"
    effect    = "Allow"
    actions   = ["s3:ListBucket"]
    resources = [var.bucket_arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = flatten([for prefix in distinct(concat(each.value.read_prefixes, each.value.write_prefixes, ["submit/"])) : [prefix, "${prefix}*"]])
    }
  }

  statement {
    sid       = "ReadObjects"
    effect    = "Allow"
    actions   = ["s3:GetObject"]
    resources = [for prefix in distinct(concat(each.value.read_prefixes, ["submit/"])) : "${var.bucket_arn}/${prefix}*"]
  }

  dynamic "statement" {
    for_each = length(each.value.write_prefixes) > 0 ? [1] : []

    content {
      sid       = "WriteObjects"
      effect    = "Allow"
      actions   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:ListMultipartUploadParts", "s3:PutObject"]
      resources = [for prefix in each.value.write_prefixes : "${var.bucket_arn}/${prefix}*"]
    }
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

  # The channels of ECS Exec (ECS guide, "Monitor Amazon ECS containers with ECS Exec"); they know no resource.
  dynamic "statement" {
    for_each = contains(var.execute_command_jobs, each.key) ? [1] : []

    content {
      sid       = "ExecuteCommand"
      effect    = "Allow"
      actions   = ["ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = each.value.statements

    content {
      sid       = statement.value.sid
      effect    = statement.value.effect
      actions   = statement.value.actions
      resources = statement.value.resources

      dynamic "condition" {
        for_each = statement.value.conditions

        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_iam_role" "job" {
  for_each = var.job_roles

  name                 = "${var.name}-job-${each.key}"
  path                 = var.role_path
  description          = "The code of ${each.key} jobs of ${var.name} runs with it"
  assume_role_policy   = data.aws_iam_policy_document.tasks_trust.json
  permissions_boundary = var.permissions_boundary_arn

  tags = var.tags
}

resource "aws_iam_role_policy" "job" {
  for_each = var.job_roles

  name   = "job"
  role   = aws_iam_role.job[each.key].id
  policy = data.aws_iam_policy_document.job[each.key].json
}

resource "aws_iam_role_policy_attachment" "job" {
  for_each = merge([for name, role in var.job_roles : { for arn in role.policy_arns : "${name} ${arn}" => { role = name, arn = arn } }]...)

  role       = aws_iam_role.job[each.value.role].name
  policy_arn = each.value.arn
}
