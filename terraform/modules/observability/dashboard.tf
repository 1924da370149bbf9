locals {
  insights_head = "SOURCE '/aws/events/${var.name}' | filter `detail-type` = 'Batch Job State Change'"
  insights_job  = "parse detail.jobQueue 'job-queue/${var.name}-*' as queue"

  # AWS Batch's own metrics, for each queue.
  metric_widgets = [
    { title = "Jobs submitted and ended, by queue", statistic = "Sum", metrics = ["JobsSubmitted", "JobsMovedToSucceeded", "JobsMovedToFailed", "JobsRetried"] },
    { title = "Jobs that began to wait and to run, by queue", statistic = "Sum", metrics = ["JobsMovedToRunnable", "JobsMovedToRunning"] },
    { title = "Time in RUNNABLE, 90 % of attempts, by queue", statistic = "p90", metrics = ["JobAttemptRunnableToStartingDuration"] },
  ]

  # What only the events say.
  log_widgets = [
    {
      title = "Failures and their reasons"
      view  = "table"
      query = "${local.insights_head} | filter detail.status = 'FAILED' | ${local.insights_job} | stats count(*) as jobs by queue, detail.statusReason, detail.container.exitCode | sort jobs desc | limit 20"
    },
    {
      title = "vCPUs of jobs that started, by queue (ceilings: ${join(", ", [for name, ceiling in var.queues : "${trimprefix(name, "${var.name}-")} ${ceiling}"])})"
      view  = "table"
      query = "${local.insights_head} | filter detail.status = 'RUNNING' and detail.container.resourceRequirements.0.type = 'VCPU' | ${local.insights_job} | stats sum(detail.container.resourceRequirements.0.value) as vcpus, count(*) as jobs by queue, bin(1h) as hour | sort hour desc | limit 50"
    },
    {
      title = "Spot reclaims"
      view  = "timeSeries"
      query = "${local.insights_head} | filter detail.attempts.0.statusReason like /^(Host EC2|Your Spot Task)/ and detail.status in ['RUNNABLE', 'FAILED'] | stats count(*) as reclaims by bin(1h)"
    },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  count = local.dashboard ? 1 : 0

  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = concat(
      [for index, widget in local.metric_widgets : {
        type   = "metric"
        x      = (index % 2) * 12
        y      = floor(index / 2) * 6
        width  = 12
        height = 6
        properties = {
          title   = widget.title
          view    = "timeSeries"
          stat    = widget.statistic
          period  = 300
          region  = local.region
          metrics = concat([for queue in sort(keys(var.queues)) : [for metric in widget.metrics : ["AWS/Batch", metric, "JobQueueName", queue, { label = "${trimprefix(queue, "${var.name}-")} ${metric}" }]]]...)
        }
      }],
      [for index, widget in local.log_widgets : {
        type       = "log"
        x          = ((index + length(local.metric_widgets)) % 2) * 12
        y          = floor((index + length(local.metric_widgets)) / 2) * 6
        width      = 12
        height     = 6
        properties = { title = widget.title, view = widget.view, query = widget.query, region = local.region }
      }],
    )
  })
}
