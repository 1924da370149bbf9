mock_provider "aws" {
  source = "../../testing/mocks"
}

variables {
  name = "demo"
}

run "defaults" {
  command = plan

  assert {
    condition     = { for image, repository in aws_ecr_repository.this : image => repository.name } == { latest = "demo/latest", test = "demo/test" }
    error_message = "One repository for each image."
  }

  assert {
    condition     = alltrue([for repository in aws_ecr_repository.this : repository.image_tag_mutability == "IMMUTABLE" && repository.image_scanning_configuration[0].scan_on_push && !repository.force_delete])
    error_message = "Tags never move, images are scanned, and nothing is deleted with images in it."
  }

  assert {
    condition     = [for rule in jsondecode(aws_ecr_lifecycle_policy.this["latest"].policy).rules : rule.selection.countNumber] == [1000, 14, 30] && jsondecode(aws_ecr_lifecycle_policy.this["latest"].policy).rules[0].selection.tagPatternList == ["released-*"]
    error_message = "What was applied stays, untagged images go after 14 days, 30 releases stay."
  }

  assert {
    condition     = length(aws_ecr_repository_policy.pull) == 0 && length(aws_ecr_replication_configuration.this) == 0
    error_message = "Nobody else may pull unless asked for."
  }
}

run "shared_and_replicated" {
  command = plan

  variables {
    pull_account_ids = ["210987654321"]
    replicate_to     = [{ region = "us-east-1" }]
    repositories     = { latest = { keep_releases = 5 } }
  }

  assert {
    condition     = keys(aws_ecr_repository_policy.pull) == ["latest"] && one(aws_ecr_replication_configuration.this[0].replication_configuration[0].rule[0].destination).registry_id == "123456789012"
    error_message = "Other accounts may pull, and copies stay in this account unless told otherwise."
  }
}

run "replicated_to_itself" {
  command = plan

  variables {
    replicate_to = [{ region = "ap-northeast-1" }]
  }

  expect_failures = [aws_ecr_replication_configuration.this]
}

run "replicated_to_another_account_of_the_region" {
  command = plan

  variables {
    replicate_to = [{ region = "ap-northeast-1", account_id = "210987654321" }]
  }

  assert {
    condition     = length(aws_ecr_replication_configuration.this) == 1
    error_message = "Another account's registry is another one."
  }
}
