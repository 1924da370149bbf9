# What is refused by more than the inputs alone.

mock_provider "aws" {
  source = "../../testing/mocks"
}

variables {
  name              = "demo"
  bucket_arn        = "arn:aws:s3:::demo-data-123456789012"
  job_log_group_arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/batch/demo"
  repository_names  = ["demo/latest"]
}

run "role_that_allows_nothing_refused" {
  command = plan

  variables {
    job_roles = { sample = { read_prefixes = [], write_prefixes = [] } }
  }

  expect_failures = [aws_iam_role_policy.job["sample"]]
}

run "role_that_allows_nothing_passes" {
  command = plan

  variables {
    job_roles = { sample = { read_prefixes = [], write_prefixes = ["out/"] } }
  }
}

run "github_without_repository_refused" {
  command = plan

  variables {
    github_deployer  = { repository = "me/it" }
    repository_names = []
  }

  expect_failures = [aws_iam_role.deployer[0]]
}

run "github_without_repository_passes" {
  command = plan

  variables {
    github_deployer = { repository = "me/it" }
  }
}
