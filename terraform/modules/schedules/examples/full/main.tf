module "schedules" {
  source = "../.."

  name                     = "awa-batch-dev"
  permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
  role_path                = "/batch/"
  retry                    = { attempts = 5, max_age = 7200 }

  schedules = {
    nightly = {
      cron                = "0 3 ? * MON-FRI *"
      timezone            = "Asia/Tokyo"
      queue_name          = "awa-batch-dev-fargate-high-priority"
      share_identifier    = "default"
      job_definition_name = "awa-batch-dev-fargate-sample"
      command             = ["python", "run_batch.py", "parts"]
      array               = 10
    }
    hourly = {
      rate                = "1 hour"
      queue_name          = "awa-batch-dev-ec2-low-priority"
      job_definition_name = "awa-batch-dev-ec2-sample"
      parameters          = { mode = "delta" }
      enabled             = false
    }
  }

  tags = { Project = "awa-batch" }
}
