locals {
  documents = {
    read           = data.aws_iam_policy_document.read
    state          = data.aws_iam_policy_document.state
    deploy-batch   = data.aws_iam_policy_document.deploy_batch
    deploy-data    = data.aws_iam_policy_document.deploy_data
    deploy-network = data.aws_iam_policy_document.deploy_network
    deploy-roles   = data.aws_iam_policy_document.deploy_roles
  }

  # Without white space, which IAM does not count; a managed policy has 6,144 characters (IAM guide, "IAM and AWS STS quotas").
  policies = { for name, document in local.documents : name => document.minified_json }

  made = {
    plan   = ["read", "state"]
    deploy = keys(local.documents)
  }
  descriptions = {
    plan   = "Plans the environments ${local.name} and changes nothing but the lock of their states"
    deploy = "Plans, applies and destroys the environments ${local.name}"
  }
  github_subjects = {
    plan   = try(var.github.plan_subjects, [])
    deploy = try(var.github.deploy_subjects, [])
  }
  principals = {
    plan   = var.plan_principal_arns
    deploy = var.deploy_principal_arns
  }
  trusting = { for name in keys(local.made) : name => local.made[name] if var.create && length(local.github_subjects[name]) + length(local.principals[name]) > 0 }
}

resource "aws_iam_policy" "this" {
  # checkov:skip=CKV_AWS_355: what has neither a name nor a tag to be known by; each document says of which actions
  # checkov:skip=CKV_AWS_286: permissions_boundary_arn bounds what roles may be given; without one the README says what that means
  # checkov:skip=CKV_AWS_289: roles of the platform alone, by path and name, and under a boundary where one is given
  # checkov:skip=CKV_AWS_290: see the documents: actions without a resource in AWS's own table

  for_each = { for name, document in local.policies : name => document if var.create }

  name        = "${local.own_name}-${each.key}"
  path        = var.path
  description = "${startswith(each.key, "deploy-") ? "Changes" : "Reads"} what the environments ${local.name} consist of"
  policy      = each.value

  tags = var.tags

  lifecycle {
    precondition {
      condition     = length(each.value) <= 6144
      error_message = "The policy ${each.key} has ${length(each.value)} characters, and IAM takes 6144. Name fewer of kms_key_arns, vpc_ids and attachable_policy_arns, or give an environment a module of its own."
    }
  }
}

resource "aws_iam_openid_connect_provider" "github" {
  count = var.create && try(var.github.create_provider, false) ? 1 : 0

  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]

  tags = var.tags
}

data "aws_iam_policy_document" "trust" {
  # checkov:skip=CKV_AWS_358: the subject is repo:<repository>:<subject>; inputs with a wildcard repository or a bare * are refused

  for_each = local.trusting

  dynamic "statement" {
    for_each = length(local.github_subjects[each.key]) > 0 ? [1] : []

    content {
      effect  = "Allow"
      actions = ["sts:AssumeRoleWithWebIdentity"]

      principals {
        type        = "Federated"
        identifiers = [local.github]
      }

      condition {
        test     = "StringEquals"
        variable = "token.actions.githubusercontent.com:aud"
        values   = ["sts.amazonaws.com"]
      }

      condition {
        test     = "StringLike"
        variable = "token.actions.githubusercontent.com:sub"
        values   = [for subject in local.github_subjects[each.key] : "repo:${var.github.repository}:${subject}"]
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.principals[each.key]) > 0 ? [1] : []

    content {
      effect  = "Allow"
      actions = ["sts:AssumeRole"]

      principals {
        type        = "AWS"
        identifiers = local.principals[each.key]
      }
    }
  }
}

resource "aws_iam_role" "this" {
  for_each = local.trusting

  name                 = "${local.own_name}-${each.key}"
  path                 = var.path
  description          = local.descriptions[each.key]
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 7200 # seconds: a destroy waits long for environments and endpoints

  tags = var.tags

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = merge([for name, policies in local.trusting : { for policy in policies : "${name} ${policy}" => { role = name, policy = policy } }]...)

  role       = aws_iam_role.this[each.value.role].name
  policy_arn = aws_iam_policy.this[each.value.policy].arn
}
