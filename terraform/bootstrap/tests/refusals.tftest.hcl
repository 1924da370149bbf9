# What the inputs refuse, each with the value that just passes beside it. The runs load the variables alone, through
# tests/variables: no provider, so that the whole table takes a second.

variables {
  project = "awa-batch"
}

run "project_length_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = "aaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }

  expect_failures = [var.project]
}

run "project_length_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    project = "aaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }
}

run "bucket_name_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    bucket_name = "a_b"
  }

  expect_failures = [var.bucket_name]
}

run "bucket_name_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    bucket_name = "a-b"
  }
}

run "key_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    kms_key_arn = "alias/mine"
  }

  expect_failures = [var.kms_key_arn]
}

run "key_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/a"
  }
}

run "old_versions_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    old_versions_after = 29
  }

  expect_failures = [var.old_versions_after]
}

run "old_versions_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    old_versions_after = 30
  }
}

run "region_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    region = "tokyo"
  }

  expect_failures = [var.region]
}

run "region_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    region = "us-gov-west-1"
  }
}
