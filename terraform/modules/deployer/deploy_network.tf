locals {
  # What an environment makes in EC2, all of it tagged when it is made. Ids are AWS's: only tags tell whose it is.
  ec2_kinds = [
    "elastic-ip", "internet-gateway", "launch-template", "natgateway", "route-table", "security-group", "security-group-rule", "subnet",
    "vpc", "vpc-endpoint", "vpc-flow-log",
  ]
  # What makes what. Each group makes kinds in which none of its own actions makes anything: were CreateSubnet and vpc in one,
  # a subnet with the right tags could be made in anybody's VPC.
  ec2_create = {
    Roots = {
      actions = ["AllocateAddress", "CreateInternetGateway", "CreateLaunchTemplate", "CreateVpc"]
      kinds   = ["elastic-ip", "internet-gateway", "launch-template", "vpc"]
    }
    InVpcs = {
      actions = ["CreateRouteTable", "CreateSecurityGroup", "CreateSubnet"]
      kinds   = ["route-table", "security-group", "subnet"]
    }
    Within = {
      actions = ["AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress", "CreateFlowLogs", "CreateNatGateway", "CreateVpcEndpoint"]
      kinds   = ["natgateway", "security-group-rule", "vpc-endpoint", "vpc-flow-log"]
    }
  }
}

data "aws_iam_policy_document" "deploy_network" {
  # checkov:skip=CKV_AWS_356: route53:AssociateVPCWithHostedZone is asked for private DNS of endpoints, in a zone that is AWS's

  # Of one request, what is made is judged by one of these, and what it is made in or of by the next.
  dynamic "statement" {
    for_each = local.ec2_create

    content {
      sid       = "Create${statement.key}"
      effect    = "Allow"
      actions   = [for action in statement.value.actions : "ec2:${action}"]
      resources = [for kind in statement.value.kinds : "${local.arns["ec2"]}:${kind}/*"]

      dynamic "condition" {
        for_each = local.tags

        content {
          test     = "StringEquals"
          variable = "aws:RequestTag/${condition.key}"
          values   = [condition.value]
        }
      }
    }
  }

  statement {
    sid    = "Change"
    effect = "Allow"
    actions = [
      "ec2:AssociateRouteTable",
      "ec2:AttachInternetGateway",
      "ec2:AuthorizeSecurityGroupEgress",
      "ec2:AuthorizeSecurityGroupIngress",
      "ec2:CreateFlowLogs",
      "ec2:CreateLaunchTemplateVersion",
      "ec2:CreateNatGateway",
      "ec2:CreateRoute",
      "ec2:CreateRouteTable",
      "ec2:CreateSecurityGroup",
      "ec2:CreateSubnet",
      "ec2:CreateTags",
      "ec2:CreateVpcEndpoint",
      "ec2:DeleteFlowLogs",
      "ec2:DeleteInternetGateway",
      "ec2:DeleteLaunchTemplate",
      "ec2:DeleteNatGateway",
      "ec2:DeleteRoute",
      "ec2:DeleteRouteTable",
      "ec2:DeleteSecurityGroup",
      "ec2:DeleteSubnet",
      "ec2:DeleteTags",
      "ec2:DeleteVpc",
      "ec2:DeleteVpcEndpoints",
      "ec2:DetachInternetGateway",
      "ec2:DisassociateRouteTable",
      "ec2:ModifySecurityGroupRules",
      "ec2:ModifyVpcAttribute",
      "ec2:ModifyVpcEndpoint",
      "ec2:ReleaseAddress",
      "ec2:ReplaceRoute",
      "ec2:RevokeSecurityGroupEgress",
      "ec2:RevokeSecurityGroupIngress",
    ]
    resources = [for kind in local.ec2_kinds : "${local.arns["ec2"]}:${kind}/*"]

    dynamic "condition" {
      for_each = local.tags

      content {
        test     = "StringEquals"
        variable = "aws:ResourceTag/${condition.key}"
        values   = [condition.value]
      }
    }
  }

  statement {
    sid       = "TagWhatIsMade"
    effect    = "Allow"
    actions   = ["ec2:CreateTags"]
    resources = [for kind in local.ec2_kinds : "${local.arns["ec2"]}:${kind}/*"]

    condition {
      test     = "StringEquals"
      variable = "ec2:CreateAction"
      values   = flatten(values(local.ec2_create)[*].actions)
    }
  }

  # A VPC brings its default security group along without a tag; the provider tags it before it takes its rules away.
  # What has the tag of another project stays out of reach.
  statement {
    sid       = "AdoptDefaultGroup"
    effect    = "Allow"
    actions   = ["ec2:CreateTags"]
    resources = ["${local.arns["ec2"]}:security-group/*"]

    dynamic "condition" {
      for_each = local.tags

      content {
        test     = "StringEquals"
        variable = "aws:RequestTag/${condition.key}"
        values   = [condition.value]
      }
    }

    condition {
      test     = "Null"
      variable = "aws:ResourceTag/Project"
      values   = ["true"]
    }
  }

  # Once its NAT gateway is gone the provider still asks to take an address off it: of an association that is no more there
  # are no tags, nor has AWS's own network interface any.
  statement {
    sid       = "FreeAddresses"
    effect    = "Allow"
    actions   = ["ec2:DisassociateAddress"]
    resources = ["${local.arns["ec2"]}:elastic-ip/*", "${local.arns["ec2"]}:network-interface/*"]
  }

  dynamic "statement" {
    for_each = length(var.vpc_ids) > 0 ? [sort(var.vpc_ids)] : []

    content {
      sid       = "GroupsInExistingVpcs"
      effect    = "Allow"
      actions   = ["ec2:CreateSecurityGroup"]
      resources = [for id in statement.value : "${local.arns["ec2"]}:vpc/${id}"]
    }
  }

  # Private DNS names of interface endpoints.
  statement {
    sid       = "EndpointNames"
    effect    = "Allow"
    actions   = ["route53:AssociateVPCWithHostedZone"]
    resources = ["*"]
  }
}
