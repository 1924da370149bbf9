locals {
  insights_head = "SOURCE '/aws/events/${var.name}' | filter `detail-type` = 'Batch Job State Change'"
  insights_job  = "parse detail.jobQueue 'job-queue/${var.name}-*' as queue"

  widgets = [
    {
      title = "Changes of state, by queue"
      view  = "bar"
      query = "${local.insights_head} | ${local.insights_job} | stats count(*) as changes by queue, detail.status"
    },
    {
      title = "Jobs that started waiting, running and failing"
      view  = "timeSeries"
      query = "${local.insights_head} | stats sum(detail.status = 'RUNNABLE') as waiting, sum(detail.status = 'RUNNING') as running, sum(detail.status = 'SUCCEEDED') as succeeded, sum(detail.status = 'FAILED') as failed by bin(5m)"
    },
    {
      title = "Waiting time in seconds, by queue"
      view  = "table"
      query = "${local.insights_head} | filter detail.status = 'RUNNING' | ${local.insights_job} | stats avg((detail.startedAt - detail.createdAt) / 1000) as average, pct((detail.startedAt - detail.createdAt) / 1000, 90) as p90, max((detail.startedAt - detail.createdAt) / 1000) as longest, count(*) as jobs by queue"
    },
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
    widgets = [for index, widget in local.widgets : {
      type       = "log"
      x          = (index % 2) * 12
      y          = floor(index / 2) * 6
      width      = 12
      height     = 6
      properties = { title = widget.title, view = widget.view, query = widget.query, region = local.region }
    }]
  })
}
