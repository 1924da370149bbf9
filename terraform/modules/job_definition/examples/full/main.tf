module "job_definition" {
  source = "../.."

  name               = "awa-batch-dev-ec2-train"
  platform           = "EC2"
  image              = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/awa-batch-dev/latest@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  execution_role_arn = "arn:aws:iam::123456789012:role/awa-batch-dev-execution"
  job_role_arn       = "arn:aws:iam::123456789012:role/awa-batch-dev-job-train"
  log_group          = "/aws/batch/awa-batch-dev"

  container = {
    vcpu         = 4
    memory       = 15360
    gpus         = 1
    command      = ["python", "run_batch.py", "train", "--epochs", "Ref::epochs"]
    user         = "10001:10001"
    environment  = { LEVEL = "info" }
    secrets      = { TOKEN = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:hub-AbCdEf:token::" }
    tmp          = { medium = "disk" }
    host_volumes = { models = { host_path = "/mnt/models", container_path = "/models" } }
    efs_volumes  = { shared = { file_system_id = "fs-0123456789abcdef0", container_path = "/shared", access_point_id = "fsap-0123456789abcdef0" } }
  }

  parameters          = { epochs = "10" }
  scheduling_priority = 50
  timeout             = 21600

  retry = {
    attempts = 5
    rules = [
      { action = "RETRY", on_status_reason = "Host EC2*" },
      { action = "RETRY", on_exit_code = "75" },
      { action = "EXIT", on_reason = "*" },
    ]
  }

  tags = { Project = "awa-batch" }
}
