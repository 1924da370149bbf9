mock_provider "aws" {
  source = "../mocks"
}

run "every_example_is_planned" {
  command = plan
}
