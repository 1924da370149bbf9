resource "aws_iam_openid_connect_provider" "github" {
  count = try(var.github_deployer.create_provider, false) ? 1 : 0

  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]

  tags = var.tags
}

data "aws_iam_policy_document" "deployer_trust" {
  # checkov:skip=CKV_AWS_358: the subject is repo:<repository>:<subject>; inputs with a wildcard repository or a bare * are refused

  count = var.github_deployer == null ? 0 : 1

  statement {
    effect  = "Allow"
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:oidc-provider/token.actions.githubusercontent.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringLike"
      variable = "token.actions.githubusercontent.com:sub"
      values   = [for subject in var.github_deployer.subjects : "repo:${var.github_deployer.repository}:${subject}"]
    }
  }
}

data "aws_iam_policy_document" "deployer" {
  count = var.github_deployer == null ? 0 : 1

  statement {
    sid       = "RegistryLogin"
    effect    = "Allow"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid    = "PushImages"
    effect = "Allow"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:DescribeImageScanFindings",
      "ecr:DescribeImages",
      "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = local.repository_arns
  }
}

resource "aws_iam_role" "deployer" {
  count = var.github_deployer == null ? 0 : 1

  name                 = "${var.name}-deployer"
  path                 = var.role_path
  description          = "GitHub Actions of ${var.github_deployer.repository} pushes images of ${var.name} with it"
  assume_role_policy   = data.aws_iam_policy_document.deployer_trust[0].json
  permissions_boundary = try(coalesce(var.github_deployer.permission_boundary, var.permissions_boundary_arn), null)

  tags = var.tags

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy" "deployer" {
  count = var.github_deployer == null ? 0 : 1

  name   = "push-images"
  role   = aws_iam_role.deployer[0].id
  policy = data.aws_iam_policy_document.deployer[0].json
}

resource "aws_iam_role_policy_attachment" "deployer" {
  for_each = toset(try(var.github_deployer.policy_arns, []))

  role       = aws_iam_role.deployer[0].name
  policy_arn = each.key
}
