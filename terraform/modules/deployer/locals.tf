data "aws_caller_identity" "current" {
  count = var.account_id == null ? 1 : 0
}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  partition  = data.aws_partition.current.partition
  dns_suffix = data.aws_partition.current.dns_suffix
  account_id = var.account_id == null ? one(data.aws_caller_identity.current[*].account_id) : var.account_id
  region     = coalesce(var.region, data.aws_region.current.name)

  # What an environment is called, and what all that it has is called: <project>-<environment>, and that with a - and more.
  name  = "${var.project}-${var.environment}"
  names = "${local.name}-*"
  # Of the policies and roles made here.
  own_name = var.environment == "*" ? "${var.project}-terraform" : "${local.name}-terraform"

  # Environments tag all that has no name to know it by.
  tags = merge({ Project = var.project }, var.environment == "*" ? {} : { Environment = var.environment })

  # service → the beginning of ARNs there.
  arns = { for service in ["batch", "cloudwatch", "ec2", "ecr", "ecs", "events", "kms", "logs", "scheduler", "sns", "sqs", "states"] :
    service => "arn:${local.partition}:${service}:${local.region}:${local.account_id}"
  }
  iam_arn = "arn:${local.partition}:iam::${local.account_id}"

  alarms       = "${local.arns["cloudwatch"]}:alarm:${local.names}"
  dashboards   = "arn:${local.partition}:cloudwatch::${local.account_id}:dashboard/${local.name}"
  data_bucket  = "arn:${local.partition}:s3:::${local.name}-data-${local.account_id}"
  environments = "${local.arns["batch"]}:compute-environment/${local.names}"
  # AWS Batch calls an environment's cluster AWSBatch-<environment>-<uuid>.
  clusters     = "${local.arns["ecs"]}:cluster/AWSBatch-${local.names}"
  instances    = "${local.arns["ecs"]}:container-instance/AWSBatch-${local.names}"
  definitions  = "${local.arns["batch"]}:job-definition/${local.names}"
  queues       = "${local.arns["batch"]}:job-queue/${local.names}"
  probe_queues = "${local.arns["batch"]}:job-queue/${local.name}-probe-*"
  shares       = "${local.arns["batch"]}:scheduling-policy/${local.names}"
  dead_letters = "${local.arns["sqs"]}:${local.names}"
  # CloudWatch Logs asks for the first form where tags are meant and for the one with :* everywhere else (CloudWatch Logs guide,
  # "Using identity-based policies": resources).
  log_groups   = flatten([for kind in ["batch", "events", "vpc"] : [for end in ["", ":*"] : "${local.arns["logs"]}:log-group:/aws/${kind}/${local.name}${end}"]])
  machines     = "${local.arns["states"]}:stateMachine:${local.names}"
  profiles     = "${local.iam_arn}:instance-profile${var.role_path}${local.names}"
  repositories = "${local.arns["ecr"]}:repository/${local.name}/*"
  roles        = "${local.iam_arn}:role${var.role_path}${local.names}"
  rules        = "${local.arns["events"]}:rule/${local.names}"
  schedules    = "${local.arns["scheduler"]}:schedule/${local.name}/*"
  groups       = "${local.arns["scheduler"]}:schedule-group/${local.name}"
  topics       = "${local.arns["sns"]}:${local.names}"
  github       = "${local.iam_arn}:oidc-provider/token.actions.githubusercontent.com"

  state_bucket = "arn:${local.partition}:s3:::${coalesce(var.state_bucket, "${var.project}-tfstate-${local.account_id}-${local.region}")}"
  state_key    = coalesce(var.state_key, "*/${var.environment}/terraform.tfstate")
  states       = "${local.state_bucket}/${local.state_key}"
  state_locks  = "${local.states}.tflock"

  boundary = var.permissions_boundary_arn == null ? [] : [var.permissions_boundary_arn]
}
