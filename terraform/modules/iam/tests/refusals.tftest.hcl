# What the inputs refuse, each with the value that just passes beside it. The runs load the variables alone, through
# tests/variables: no provider, so that the whole table takes a second.

variables {
  name              = "demo"
  bucket_arn        = "arn:aws:s3:::demo-data-123456789012"
  job_log_group_arn = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/batch/demo"
  repository_names  = ["demo/latest"]
}

run "action_star_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    job_roles = { sample = { statements = [{ actions = ["*"], resources = ["*"] }] } }
  }

  expect_failures = [var.job_roles]
}

run "action_star_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    job_roles = { sample = { statements = [{ actions = ["sqs:SendMessage"], resources = ["*"] }] } }
  }
}

run "action_service_star_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    job_roles = { sample = { statements = [{ actions = ["s3:*"], resources = ["*"] }] } }
  }

  expect_failures = [var.job_roles]
}

run "action_service_star_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    job_roles = { sample = { statements = [{ actions = ["s3:Get*"], resources = ["*"] }] } }
  }
}

run "profile_name_length_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    job_roles = { aaaaaaaaaaaaaaaaaaa = {} }
  }

  expect_failures = [var.job_roles]
}

run "profile_name_length_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    job_roles = { aaaaaaaaaaaaaaaaaa = {} }
  }
}

run "whole_bucket_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    job_roles = { sample = { read_prefixes = ["*/"] } }
  }

  expect_failures = [var.job_roles]
}

run "whole_bucket_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    job_roles = { sample = { read_prefixes = ["a/"] } }
  }
}

run "prefix_without_slash_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    job_roles = { sample = { write_prefixes = ["out"] } }
  }

  expect_failures = [var.job_roles]
}

run "prefix_without_slash_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    job_roles = { sample = { write_prefixes = ["out/"] } }
  }
}

run "role_that_allows_nothing_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    job_roles = { sample = { read_prefixes = [], write_prefixes = [] } }
  }

  expect_failures = [var.job_roles]
}

run "role_that_allows_nothing_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    job_roles = { sample = { read_prefixes = [], write_prefixes = ["out/"] } }
  }
}

run "service_linked_role_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    create_service_linked_roles = ["lambda"]
  }

  expect_failures = [var.create_service_linked_roles]
}

run "service_linked_role_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    create_service_linked_roles = ["batch"]
  }
}

run "github_wildcard_repository_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    github_deployer = { repository = "me/*" }
  }

  expect_failures = [var.github_deployer]
}

run "github_wildcard_repository_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    github_deployer = { repository = "me/it" }
  }
}

run "github_any_subject_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    github_deployer = { repository = "me/it", subjects = ["*"] }
  }

  expect_failures = [var.github_deployer]
}

run "github_any_subject_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    github_deployer = { repository = "me/it", subjects = ["environment:dev"] }
  }
}

run "github_without_repository_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    github_deployer  = { repository = "me/it" }
    repository_names = []
  }

  expect_failures = [var.github_deployer]
}

run "github_without_repository_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    github_deployer = { repository = "me/it" }
  }
}

run "secret_arn_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    secret_arns = ["hunter2"]
  }

  expect_failures = [var.secret_arns]
}

run "secret_arn_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    secret_arns = ["arn:aws:ssm:ap-northeast-1:123456789012:parameter/a"]
  }
}

run "name_length_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }

  expect_failures = [var.name]
}

run "name_length_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }
}

run "platforms_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platforms = []
  }

  expect_failures = [var.platforms]
}

run "platforms_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platforms = ["EC2"]
  }
}
