# What the inputs refuse, each with the value that just passes beside it. The runs load the variables alone, through
# tests/variables: no provider, so that the whole table takes a second.

variables {
  name = "demo"
}

run "encryption_type_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    encryption = { type = "AES" }
  }

  expect_failures = [var.encryption]
}

run "encryption_type_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    encryption = { type = "KMS" }
  }
}

run "key_without_kms_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    encryption = { kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/a" }
  }

  expect_failures = [var.encryption]
}

run "key_without_kms_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    encryption = { type = "KMS", kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/a" }
  }
}

run "pull_account_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    pull_account_ids = ["1234"]
  }

  expect_failures = [var.pull_account_ids]
}

run "pull_account_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    pull_account_ids = ["210987654321"]
  }
}

run "no_repository_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    repositories = {}
  }

  expect_failures = [var.repositories]
}

run "no_repository_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    repositories = { latest = {} }
  }
}

run "repository_name_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    repositories = { "Latest" = {} }
  }

  expect_failures = [var.repositories]
}

run "repository_name_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    repositories = { "team-a.latest" = {} }
  }
}

run "keep_none_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    repositories = { latest = { keep_releases = 0 } }
  }

  expect_failures = [var.repositories]
}

run "keep_none_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    repositories = { latest = { keep_releases = 1 } }
  }
}

run "too_many_destinations_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    replicate_to = [for n in range(26) : { region = "us-east-1" }]
  }

  expect_failures = [var.replicate_to]
}

run "too_many_destinations_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    replicate_to = [for n in range(25) : { region = "us-east-1" }]
  }
}

run "name_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    name = "d"
  }

  expect_failures = [var.name]
}

run "name_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    name = "de"
  }
}
