# What the policies say is held by tests/terraform/test_deployer.py; here is what is made of them.
mock_provider "aws" {
  source = "../../testing/mocks"
}

variables {
  project = "demo"
}

run "policies_alone" {
  command = plan

  assert {
    condition     = length(aws_iam_policy.this) == 6 && length(aws_iam_role.this) == 0 && output.role_arns["deploy"] == null
    error_message = "Where nobody is named who may assume a role, none is made."
  }

  assert {
    condition     = aws_iam_policy.this["deploy-roles"].name == "demo-terraform-deploy-roles" && aws_iam_policy.this["read"].path == "/terraform/"
    error_message = "The policies lie under a path of their own."
  }
}

run "text_alone" {
  command = plan

  variables {
    create = false
    github = { repository = "example/batch", create_provider = true }
  }

  assert {
    condition     = length(aws_iam_policy.this) + length(aws_iam_role.this) + length(aws_iam_openid_connect_provider.github) == 0 && length(output.policies) == 6 && length(output.deploy_policy_arns) == 0
    error_message = "create = false makes nothing and gives the text out."
  }
}

run "roles" {
  command = plan

  variables {
    environment         = "prod"
    plan_principal_arns = ["arn:aws:iam::123456789012:role/team"]
    github              = { repository = "example/batch", deploy_subjects = ["environment:prod"], plan_subjects = [] }
  }

  assert {
    condition     = join(",", keys(aws_iam_role.this)) == "deploy,plan" && aws_iam_role.this["deploy"].name == "demo-prod-terraform-deploy"
    error_message = "One role applies, the other plans."
  }

  assert {
    condition     = length([for key, one in aws_iam_role_policy_attachment.this : key if one.role == "demo-prod-terraform-plan"]) == 2 && length(aws_iam_role_policy_attachment.this) == 8
    error_message = "Who plans has read and state; who applies has all six."
  }

  assert {
    condition     = length(data.aws_iam_policy_document.trust["plan"].statement) == 1 && one(data.aws_iam_policy_document.trust["plan"].statement[0].principals).type == "AWS"
    error_message = "Without subjects GitHub may not assume a role."
  }

  assert {
    condition     = join(",", sort([for one in data.aws_iam_policy_document.trust["deploy"].statement[0].condition : one.variable])) == "token.actions.githubusercontent.com:aud,token.actions.githubusercontent.com:sub"
    error_message = "GitHub's tokens are taken for AWS and of this repository alone."
  }
}
