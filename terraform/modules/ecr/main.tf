data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

resource "aws_ecr_repository" "this" {
  for_each = var.repositories

  name                 = "${var.name}/${each.key}"
  force_delete         = var.force_delete
  image_tag_mutability = "IMMUTABLE"

  encryption_configuration {
    encryption_type = var.encryption.type
    kms_key         = var.encryption.kms_key_arn
  }

  image_scanning_configuration {
    scan_on_push = true
  }

  tags = var.tags
}

resource "aws_ecr_lifecycle_policy" "this" {
  for_each = var.repositories

  repository = aws_ecr_repository.this[each.key].name
  policy = jsonencode({
    # An image whose tag matches a rule is never expired by one behind it (ECR guide, "Automate the cleanup of images"): the
    # toolkit tags what is applied, so that an image which runs stays however old it is.
    rules = [
      {
        rulePriority = 1
        description  = "Keep what was applied"
        selection = {
          tagStatus      = "tagged"
          tagPatternList = ["released-*"]
          countType      = "imageCountMoreThan"
          countNumber    = 1000
        }
        action = { type = "expire" }
      },
      {
        rulePriority = 2
        description  = "Drop images without a tag after ${each.value.delete_untagged_after} days"
        selection = {
          tagStatus   = "untagged"
          countType   = "sinceImagePushed"
          countUnit   = "days"
          countNumber = each.value.delete_untagged_after
        }
        action = { type = "expire" }
      },
      {
        rulePriority = 3
        description  = "Keep the newest ${each.value.keep_releases} releases"
        selection = {
          tagStatus      = "tagged"
          tagPatternList = ["*"]
          countType      = "imageCountMoreThan"
          countNumber    = each.value.keep_releases
        }
        action = { type = "expire" }
      },
    ]
  })
}

data "aws_iam_policy_document" "pull" {
  count = length(var.pull_account_ids) > 0 ? 1 : 0

  statement {
    sid     = "PullFromOtherAccounts"
    effect  = "Allow"
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]

    principals {
      type        = "AWS"
      identifiers = [for id in var.pull_account_ids : "arn:${data.aws_partition.current.partition}:iam::${id}:root"]
    }
  }
}

resource "aws_ecr_repository_policy" "pull" {
  for_each = length(var.pull_account_ids) > 0 ? var.repositories : {}

  repository = aws_ecr_repository.this[each.key].name
  policy     = data.aws_iam_policy_document.pull[0].json
}

resource "aws_ecr_replication_configuration" "this" {
  count = length(var.replicate_to) > 0 ? 1 : 0

  replication_configuration {
    rule {
      dynamic "destination" {
        for_each = var.replicate_to

        content {
          region      = destination.value.region
          registry_id = coalesce(destination.value.account_id, data.aws_caller_identity.current.account_id)
        }
      }

      repository_filter {
        filter      = "${var.name}/"
        filter_type = "PREFIX_MATCH"
      }
    }
  }

  lifecycle {
    precondition {
      condition     = length([for one in var.replicate_to : one if one.region == data.aws_region.current.name && coalesce(one.account_id, data.aws_caller_identity.current.account_id) == data.aws_caller_identity.current.account_id]) == 0
      error_message = "replicate_to names this very registry (${data.aws_region.current.name}): images cannot be copied to where they are. Take it out."
    }
  }
}
