# What the inputs refuse, each with the value that just passes beside it. The runs load the variables alone, through
# tests/variables: no provider, so that the whole table takes a second.

variables {
  environment = "test"
}

run "environment_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    environment = "Test"
  }

  expect_failures = [var.environment]
}

run "environment_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    environment = "test-2"
  }
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

run "image_by_tag_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    release = { images = { latest = { blue = "x/latest:1" } } }
  }

  expect_failures = [var.release]
}

run "image_by_tag_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    release = { images = { latest = { blue = "x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } } }
  }
}

run "candidate_by_tag_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    release = { images = { latest = { green = "x/latest" } } }
  }

  expect_failures = [var.release]
}

run "candidate_by_tag_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    release = { images = { latest = { green = "x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } } }
  }
}

run "release_of_unknown_image_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    release = { images = { other = { blue = "x/other@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } } }
  }

  expect_failures = [var.release]
}

run "release_of_unknown_image_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    release = { images = { test = { blue = "x/test@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } } }
  }
}

run "job_of_unknown_image_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    jobs = { a = { image = "other", ec2 = {} } }
  }

  expect_failures = [var.jobs]
}

run "job_of_unknown_image_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    jobs = { a = { image = "test", ec2 = {} } }
  }
}

run "job_that_runs_nowhere_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    jobs = { a = {} }
  }

  expect_failures = [var.jobs]
}

run "job_that_runs_nowhere_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    jobs = { a = { fargate = {} } }
  }
}

run "job_on_disabled_platform_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    jobs = { a = { ec2 = {} } }
    ec2  = { enabled = false }
  }

  expect_failures = [var.jobs]
}

run "job_on_disabled_platform_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    jobs    = { a = { ec2 = {} } }
    fargate = { enabled = false }
  }
}

run "job_named_green_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    jobs = { a-green = { ec2 = {} } }
  }

  expect_failures = [var.jobs]
}

run "job_named_green_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    jobs = { a-greens = { ec2 = {} } }
  }
}

run "quota_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    quotas = { ec2_spot = 0 }
  }

  expect_failures = [var.quotas]
}

run "quota_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    quotas = { ec2_spot = 1 }
  }
}

run "no_platform_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    ec2     = { enabled = false }
    fargate = { enabled = false }
    jobs    = {}
  }

  expect_failures = [var.fargate]
}

run "no_platform_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    ec2 = { enabled = false }
  }
}

run "tags_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    tags = { "aws:x" = "1" }
  }

  expect_failures = [var.tags]
}

run "tags_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    tags = { "awsx" = "1" }
  }
}
