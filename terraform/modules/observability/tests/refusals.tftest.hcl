# What the inputs refuse, each with the value that just passes beside it. The runs load the variables alone, through
# tests/variables: no provider, so that the whole table takes a second.

variables {
  name = "demo"
}

run "log_retention_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    log_retention_days = 31
  }

  expect_failures = [var.log_retention_days]
}

run "log_retention_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    log_retention_days = 30
  }
}

run "email_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    alerts = { enabled = true, emails = ["team"] }
  }

  expect_failures = [var.alerts]
}

run "email_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    alerts = { enabled = true, emails = ["team@example.com"] }
  }
}

run "plain_http_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    alerts = { enabled = true, https_endpoints = ["http://example.com"] }
  }

  expect_failures = [var.alerts]
}

run "plain_http_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    alerts = { enabled = true, https_endpoints = ["https://example.com"] }
  }
}

run "threshold_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    alerts = { failed_threshold = 0 }
  }

  expect_failures = [var.alerts]
}

run "threshold_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    alerts = { failed_threshold = 1 }
  }
}

run "receivers_of_nothing_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    alerts = { emails = ["team@example.com"] }
  }

  expect_failures = [var.alerts]
}

run "receivers_of_nothing_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    alerts = { enabled = true, emails = ["team@example.com"] }
  }
}

run "name_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    name = "demo_"
  }

  expect_failures = [var.name]
}

run "name_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    name = "demo-"
  }
}
