module "resources_ec2" {
  source = "../.."

  name               = "awa-batch-dev"
  subnet_ids         = ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"]
  security_group_ids = ["sg-0a1b2c3d4e5f60001"]
  execution_role_arn = "arn:aws:iam::123456789012:role/awa-batch-dev-execution"
  log_group          = "/aws/batch/awa-batch-dev"

  instance_profile_arn = "arn:aws:iam::123456789012:instance-profile/awa-batch-dev-instance"
}
