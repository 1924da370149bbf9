locals {
  scheduling = var.fair_share == null ? "FIFO" : "FAIR_SHARE"

  # The reasons that AWS Batch takes an action for. It refuses others that it shows as a status reason, such as
  # MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS (Batch guide, "Automatic remediation with jobStateTimeLimitActions").
  state_time_limits = [for limit in [
    { seconds = var.state_time_limits.insufficient_instance_capacity, reason = "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY" },
    { seconds = var.state_time_limits.compute_environment_max_resource, reason = "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE" },
    { seconds = var.state_time_limits.job_resource_requirement, reason = "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT" },
  ] : limit if limit.seconds != null]
}

# Remembers how the queue was made, so that the plan can refuse what AWS Batch would refuse in the middle of an apply.
resource "terraform_data" "scheduling" {
  input            = local.scheduling
  triggers_replace = [var.name]

  lifecycle {
    ignore_changes = [input]
  }
}

resource "aws_batch_scheduling_policy" "this" {
  count = var.fair_share == null ? 0 : 1

  name = var.name

  fair_share_policy {
    compute_reservation = var.fair_share.compute_reservation
    share_decay_seconds = var.fair_share.share_decay_seconds

    dynamic "share_distribution" {
      for_each = var.fair_share.shares

      content {
        share_identifier = share_distribution.key
        weight_factor    = share_distribution.value
      }
    }
  }

  tags = var.tags
}

resource "aws_batch_job_queue" "this" {
  name                  = var.name
  priority              = var.priority
  state                 = "ENABLED"
  scheduling_policy_arn = one(aws_batch_scheduling_policy.this[*].arn)

  dynamic "compute_environment_order" {
    for_each = var.compute_environments

    content {
      order               = compute_environment_order.key + 1
      compute_environment = compute_environment_order.value.arn
    }
  }

  dynamic "job_state_time_limit_action" {
    for_each = local.state_time_limits

    content {
      action           = "CANCEL"
      max_time_seconds = job_state_time_limit_action.value.seconds
      reason           = job_state_time_limit_action.value.reason
      state            = "RUNNABLE"
    }
  }

  tags = var.tags

  lifecycle {
    precondition {
      condition     = terraform_data.scheduling.output == local.scheduling
      error_message = "${var.name} was made as a ${terraform_data.scheduling.output} queue and cannot become ${local.scheduling}: AWS Batch neither takes a scheduling policy off a queue nor adds one. Put fair_share back as it was, or make a queue with another name."
    }
  }
}
