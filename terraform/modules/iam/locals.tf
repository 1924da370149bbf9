data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  dns_suffix = data.aws_partition.current.dns_suffix
  region     = data.aws_region.current.name
  ec2        = contains(var.platforms, "EC2")

  # One pattern for all definitions of this platform on EC2, one for those on Fargate: a role's inline policies have 10,240
  # characters in all (IAM guide, "IAM and AWS STS quotas"), which two ARNs for each job pass at a dozen jobs. What a
  # request names is matched with its revision, which the star takes as well.
  definition_names = distinct([for name in var.job_definition_names : try("${regex("^${var.name}-(?:ec2|fargate)-", name)}*", "${name}:*")])
  definition_arns  = [for name in local.definition_names : "arn:${local.partition}:batch:${local.region}:${local.account_id}:job-definition/${name}"]

  # What `awa-batch submit --image` registers is called <definition>-image-<12 digits>-<revision>: no revision of a definition that is
  # released can be registered with this.
  derived_names = var.unreleased_code ? distinct([for name in var.job_definition_names : "${try("${regex("^${var.name}-(?:ec2|fargate)-", name)}*", name)}-image-????????????-*"]) : []
  derived_arns  = [for name in local.derived_names : "arn:${local.partition}:batch:${local.region}:${local.account_id}:job-definition/${name}"]
  # Those that no pattern above takes: of definitions that are called in another way.
  other_derived_arns = [for arn in local.derived_arns : arn if !strcontains(arn, "/${var.name}-ec2-*") && !strcontains(arn, "/${var.name}-fargate-*")]

  job_arns   = "arn:${local.partition}:batch:${local.region}:${local.account_id}:job/*"
  queue_arns = [for name in var.queue_names : "arn:${local.partition}:batch:${local.region}:${local.account_id}:job-queue/${name}"]
  # Where execution roles may pull from, and where images are pushed to.
  pull_arns       = concat(local.repository_arns, sort(var.extra_repository_arns))
  repository_arns = [for name in var.repository_names : "arn:${local.partition}:ecr:${local.region}:${local.account_id}:repository/${name}"]

  ssm_arns    = [for arn in var.secret_arns : arn if strcontains(arn, ":ssm:")]
  secret_arns = [for arn in var.secret_arns : arn if strcontains(arn, ":secretsmanager:")]
}
