module "step_functions" {
  source = "../.."

  name                     = "awa-batch-dev"
  queue_arns               = ["arn:aws:batch:ap-northeast-1:123456789012:job-queue/awa-batch-dev-fargate-high-priority"]
  job_definition_arns      = ["arn:aws:batch:ap-northeast-1:123456789012:job-definition/awa-batch-dev-fargate-*"]
  permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
  role_path                = "/batch/"

  tags = { Project = "awa-batch" }
}

# Ten children, then one job that joins what they have made: each step ends when its jobs have, and a failed one stops it all.
resource "aws_sfn_state_machine" "nightly" {
  # checkov:skip=CKV_AWS_284: tracing wants permissions of X-Ray, which are a choice of yours
  # checkov:skip=CKV_AWS_285: the jobs' own logs say what they did; a log of executions is a choice of yours

  name     = "awa-batch-dev-nightly"
  role_arn = module.step_functions.role_arn

  definition = jsonencode({
    StartAt = "Parts"
    States = {
      Parts = {
        Type     = "Task"
        Resource = "arn:aws:states:::batch:submitJob.sync"
        Parameters = {
          JobName            = "parts"
          JobQueue           = "arn:aws:batch:ap-northeast-1:123456789012:job-queue/awa-batch-dev-fargate-high-priority"
          JobDefinition      = "arn:aws:batch:ap-northeast-1:123456789012:job-definition/awa-batch-dev-fargate-sample"
          ArrayProperties    = { Size = 10 }
          ShareIdentifier    = "default"
          ContainerOverrides = { Command = ["python", "run_batch.py", "parts"] }
        }
        Next = "Join"
      }
      Join = {
        Type     = "Task"
        Resource = "arn:aws:states:::batch:submitJob.sync"
        Parameters = {
          JobName            = "join"
          JobQueue           = "arn:aws:batch:ap-northeast-1:123456789012:job-queue/awa-batch-dev-fargate-high-priority"
          JobDefinition      = "arn:aws:batch:ap-northeast-1:123456789012:job-definition/awa-batch-dev-fargate-sample"
          ShareIdentifier    = "default"
          ContainerOverrides = { Command = ["python", "run_batch.py", "s3_concat"] }
        }
        End = true
      }
    }
  })
}
