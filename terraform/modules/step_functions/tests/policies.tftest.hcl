# The real provider, because only it can write out policies; it is asked for nothing that needs AWS.
provider "aws" {
  region                      = "ap-northeast-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

variables {
  name                = "demo"
  queue_arns          = ["arn:aws:batch:ap-northeast-1:123456789012:job-queue/demo"]
  job_definition_arns = ["arn:aws:batch:ap-northeast-1:123456789012:job-definition/a", "arn:aws:batch:ap-northeast-1:123456789012:job-definition/b:3", "arn:aws:batch:ap-northeast-1:123456789012:job-definition/c-*"]
}

run "policies" {
  command = plan

  assert {
    condition = toset(jsondecode(data.aws_iam_policy_document.submit.json).Statement[0].Resource) == toset([
      "arn:aws:batch:ap-northeast-1:123456789012:job-queue/demo",
      "arn:aws:batch:ap-northeast-1:123456789012:job-definition/a:*",
      "arn:aws:batch:ap-northeast-1:123456789012:job-definition/b:3",
      "arn:aws:batch:ap-northeast-1:123456789012:job-definition/c-*",
      "arn:aws:batch:ap-northeast-1:123456789012:job/*",
    ])
    error_message = "It may submit these definitions to these queues, and no other."
  }

  assert {
    condition     = jsondecode(data.aws_iam_policy_document.submit.json).Statement[3].Resource == "arn:aws:events:ap-northeast-1:123456789012:rule/StepFunctionsGetEventsForBatchJobsRule"
    error_message = "Step Functions hears of a job's end by one rule."
  }

  assert {
    condition     = jsondecode(data.aws_iam_policy_document.trust.json).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012"
    error_message = "Only state machines of this account may use the role."
  }
}
