environment = "prod"

network = {
  # Jobs reach AWS through endpoints and nothing else. A job that needs the internet needs nat = "per_az".
  availability_zone_count = 3
  nat                     = "none"
  vpc_cidr                = "10.65.0.0/16"
  flow_logs               = { enabled = true, retention_days = 90 }
}

ec2 = {
  profile = "large"
}

fargate = {
  max_vcpus = { on_demand = 64, spot = 64 }
}

observability = {
  # Name who is to be told: emails = ["team@example.com"].
  alerts             = { enabled = true }
  dashboard          = true
  log_retention_days = 90
}
