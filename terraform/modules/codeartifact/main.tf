data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  here = "arn:${data.aws_partition.current.partition}:codeartifact:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}"
  # Known before anything is made, so that a plan shows the policies.
  domain_arn     = "${local.here}:domain/${var.domain}"
  repository_arn = "${local.here}:repository/${var.domain}/${var.repository}"
  packages       = "${local.here}:package/${var.domain}/${var.repository}/*"
  readers        = sort(setunion(var.reader_arns, var.publisher_arns))
  signs          = ["codeartifact:GetAuthorizationToken"]
  reads          = ["codeartifact:GetRepositoryEndpoint", "codeartifact:ReadFromRepository"]
  publish        = ["codeartifact:PublishPackageVersion", "codeartifact:PutPackageMetadata"]
}

resource "aws_codeartifact_domain" "this" {
  # checkov:skip=CKV_AWS_221: kms_key_arn is a choice of who calls this module; AWS's own key encrypts without it

  domain         = var.domain
  encryption_key = var.kms_key_arn

  tags = var.tags
}

# A repository has either an external connection or others above it (AssociateExternalConnection), so public packages come through
# one of their own. What is published below under a public name is taken from nowhere else: CodeArtifact then blocks versions
# from above (CodeArtifact User Guide, "Editing package origin controls").
resource "aws_codeartifact_repository" "public" {
  count = var.public_packages ? 1 : 0

  domain      = aws_codeartifact_domain.this.domain
  repository  = "${var.repository}-public"
  description = "Packages of pypi.org, kept"

  external_connections {
    external_connection_name = "public:pypi"
  }

  tags = var.tags
}

resource "aws_codeartifact_repository" "this" {
  domain      = aws_codeartifact_domain.this.domain
  repository  = var.repository
  description = "Python packages for AWS Batch jobs"

  dynamic "upstream" {
    for_each = aws_codeartifact_repository.public

    content {
      repository_name = upstream.value.repository
    }
  }

  tags = var.tags
}

data "aws_iam_policy_document" "domain" {
  statement {
    sid       = "Sign"
    effect    = "Allow"
    actions   = local.signs
    resources = [local.domain_arn]

    principals {
      type        = "AWS"
      identifiers = local.readers
    }
  }
}

resource "aws_codeartifact_domain_permissions_policy" "this" {
  count = length(local.readers) > 0 ? 1 : 0

  domain          = aws_codeartifact_domain.this.domain
  policy_document = data.aws_iam_policy_document.domain.json
}

data "aws_iam_policy_document" "repository" {
  statement {
    sid       = "Read"
    effect    = "Allow"
    actions   = local.reads
    resources = [local.repository_arn]

    principals {
      type        = "AWS"
      identifiers = local.readers
    }
  }

  dynamic "statement" {
    for_each = length(var.publisher_arns) > 0 ? [1] : []

    content {
      sid       = "Publish"
      effect    = "Allow"
      actions   = local.publish
      resources = [local.packages]

      principals {
        type        = "AWS"
        identifiers = sort(var.publisher_arns)
      }
    }
  }
}

resource "aws_codeartifact_repository_permissions_policy" "this" {
  count = length(local.readers) > 0 ? 1 : 0

  domain          = aws_codeartifact_domain.this.domain
  repository      = aws_codeartifact_repository.this.repository
  policy_document = data.aws_iam_policy_document.repository.json
}

# What an identity needs itself: a token is a bearer token of STS, which no policy of the domain can grant.
data "aws_iam_policy_document" "identity" {
  for_each = { read = [], publish = local.publish }

  statement {
    sid       = "Sign"
    effect    = "Allow"
    actions   = local.signs
    resources = [local.domain_arn]
  }

  statement {
    sid       = "Read"
    effect    = "Allow"
    actions   = local.reads
    resources = [local.repository_arn]
  }

  dynamic "statement" {
    for_each = length(each.value) > 0 ? [1] : []

    content {
      sid       = "Publish"
      effect    = "Allow"
      actions   = each.value
      resources = [local.packages]
    }
  }

  statement {
    sid       = "Bearer"
    effect    = "Allow"
    actions   = ["sts:GetServiceBearerToken"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "sts:AWSServiceName"
      values   = ["codeartifact.amazonaws.com"]
    }
  }
}
