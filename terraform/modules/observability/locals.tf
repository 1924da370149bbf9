data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.name

  queue_arns = [for name in keys(var.queues) : "arn:${local.partition}:batch:${local.region}:${local.account_id}:job-queue/${name}"]
  watched    = length(var.queues) > 0
  alerts     = var.alerts.enabled && local.watched
  dashboard  = var.dashboard && local.watched

  keeps_events = (var.dashboard || var.history.enabled) && local.watched

  # Rules are named here, so that policies can name them before they exist.
  alert_rules = {
    blocked = {
      description = "A job at the head of a queue of ${var.name} cannot start"
      pattern     = { "detail-type" = ["Batch Job Queue Blocked"], detail = { jobQueue = local.queue_arns } }
      message     = "A job at the head of a queue cannot start and holds up those behind it."
    }
    failed = {
      description = "A job of ${var.name} has failed, an array as a whole"
      # Children have an index; without that word ten thousand of them would be as many messages.
      pattern = { "detail-type" = ["Batch Job State Change"], detail = { status = ["FAILED"], jobQueue = local.queue_arns, arrayProperties = { index = [{ exists = false }] } } }
      message = "A job has failed."
    }
  }
  topic_arn = "arn:${local.partition}:sns:${local.region}:${local.account_id}:${var.name}-alerts"
  rule_arns = { for name in concat(keys(local.alert_rules), ["events"]) : name => "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${var.name}-${name}" }
}
