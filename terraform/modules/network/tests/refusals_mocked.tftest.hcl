# What is refused by more than the inputs alone.

mock_provider "aws" {
  source = "../../testing/mocks"
}

variables {
  name = "demo"
}

run "missing_endpoints_refused" {
  command = plan

  variables {
    interface_endpoints = false
  }

  expect_failures = [check.endpoints]
}

run "missing_endpoints_passes" {
  command = plan

  variables {
    interface_endpoints = false
    nat                 = "single"
  }
}
