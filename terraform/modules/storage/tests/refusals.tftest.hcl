# What the inputs refuse, each with the value that just passes beside it. The runs load the variables alone, through
# tests/variables: no provider, so that the whole table takes a second.

variables {
  bucket_name = "demo-data-123456789012"
}

run "bucket_name_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    bucket_name = "Demo"
  }

  expect_failures = [var.bucket_name]
}

run "bucket_name_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    bucket_name = "dem"
  }
}

run "bucket_name_length_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    bucket_name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }

  expect_failures = [var.bucket_name]
}

run "bucket_name_length_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    bucket_name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }
}

run "infrequent_early_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    out_infrequent_after = 29
  }

  expect_failures = [var.out_infrequent_after]
}

run "infrequent_early_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    out_infrequent_after = 30
  }
}

run "expires_before_infrequent_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    out_infrequent_after = 90
    out_expires_after    = 90
  }

  expect_failures = [var.out_infrequent_after]
}

run "expires_before_infrequent_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    out_infrequent_after = 90
    out_expires_after    = 91
  }
}

run "expires_at_once_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    out_expires_after    = 0
    out_infrequent_after = null
  }

  expect_failures = [var.out_expires_after]
}

run "expires_at_once_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    out_expires_after    = 1
    out_infrequent_after = null
  }
}

run "abort_at_once_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    abort_uploads_after = 0
  }

  expect_failures = [var.abort_uploads_after]
}

run "abort_at_once_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    abort_uploads_after = 1
  }
}

run "old_versions_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    old_versions_after = 0
  }

  expect_failures = [var.old_versions_after]
}

run "old_versions_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    old_versions_after = 1
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

run "submitted_below_two_weeks_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    submit_expires_after = 13
  }

  expect_failures = [var.submit_expires_after]
}

run "submitted_below_two_weeks_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    submit_expires_after = 14
  }
}
