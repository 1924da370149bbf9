# What the inputs refuse, each with the value that just passes beside it. The runs load the variables alone, through
# tests/variables: no provider, so that the whole table takes a second.

variables {
  name               = "demo"
  subnet_ids         = ["subnet-1", "subnet-2"]
  security_group_ids = ["sg-1"]
  execution_role_arn = "arn:aws:iam::123456789012:role/demo-execution"
  log_group          = "/aws/batch/demo"
}

run "unknown_profile_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    jobs = { a = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/j", profile = "gigantic" } }
  }

  expect_failures = [var.jobs]
}

run "unknown_profile_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    jobs = { a = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/j", profile = "burst" } }
  }
}

run "max_vcpus_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    max_vcpus = { spot = 0 }
  }

  expect_failures = [var.max_vcpus]
}

run "max_vcpus_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    max_vcpus = { spot = 1 }
  }
}

run "no_default_share_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    queues = { low = { scheduling = "FAIR_SHARE" } }
  }

  expect_failures = [var.queues]
}

run "no_default_share_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    queues = { low = { scheduling = "FAIR_SHARE", fair_share = { default_share_identifier = "default" } } }
  }
}

run "queue_scheduling_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    queues = { low = { scheduling = "fair" } }
  }

  expect_failures = [var.queues]
}

run "queue_scheduling_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    queues = { low = { scheduling = "FIFO" } }
  }
}

run "architecture_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    cpu_architecture = "arm"
  }

  expect_failures = [var.cpu_architecture]
}

run "architecture_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    cpu_architecture = "ARM64"
  }
}

run "one_subnet_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    subnet_ids = ["subnet-1"]
  }

  expect_failures = [var.subnet_ids]
}

run "one_subnet_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    subnet_ids = ["subnet-1", "subnet-2"]
  }
}

run "no_security_group_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    security_group_ids = []
  }

  expect_failures = [var.security_group_ids]
}

run "no_security_group_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    security_group_ids = ["sg-1"]
  }
}

run "job_name_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    jobs = { "A" = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/j" } }
  }

  expect_failures = [var.jobs]
}

run "job_name_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    jobs = { "a" = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/j" } }
  }
}

run "job_slot_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    jobs = { a = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/j", slot = "red" } }
  }

  expect_failures = [var.jobs]
}

run "job_slot_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    jobs = { a = { image = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", job_role_arn = "arn:aws:iam::123456789012:role/j", slot = "green" } }
  }
}

run "name_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }

  expect_failures = [var.name]
}

run "name_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }
}
