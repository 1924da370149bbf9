# What the inputs refuse, each with the value that just passes beside it. `make tf-test` makes a native test of each pair
# (tests/terraform/refusals.py); `given` is what every one of them sets besides.

given = {
  name      = "demo"
  schedules = { nightly = { rate = "1 hour", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } }
}

refusals = {
  seven_fields = {
    input   = "schedules"
    refused = { schedules = { nightly = { cron = "0 0 3 * * ? *", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
    passes  = { schedules = { nightly = { cron = "0 3 * * ? *", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
  }
  five_fields = {
    input   = "schedules"
    refused = { schedules = { nightly = { cron = "0 3 * * *", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
    passes  = { schedules = { nightly = { cron = "0 3 ? * 2#1 *", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
  }
  minute_60 = {
    input   = "schedules"
    refused = { schedules = { nightly = { cron = "60 3 * * ? *", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
    passes  = { schedules = { nightly = { cron = "59 23 * * ? *", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
  }
  month_13 = {
    input   = "schedules"
    refused = { schedules = { nightly = { cron = "0 3 1 13 ? *", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
    passes  = { schedules = { nightly = { cron = "0 3 L DEC ? 2199", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
  }
  day_of_week_0 = {
    input   = "schedules"
    refused = { schedules = { nightly = { cron = "0 3 ? * 0 *", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
    passes  = { schedules = { nightly = { cron = "0/15 8-18 ? * MON-FRI *", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
  }
  day_of_week_with_a_step = {
    input   = "schedules"
    refused = { schedules = { nightly = { cron = "0 3 ? * 2/2 *", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
    passes  = { schedules = { nightly = { cron = "0 3 ? * 2,4,6 *", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
  }
  both_days = {
    input   = "schedules"
    refused = { schedules = { nightly = { cron = "0 3 1 * MON *", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
    passes  = { schedules = { nightly = { cron = "0 3 15W * ? *", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
  }
  neither_day = {
    input   = "schedules"
    refused = { schedules = { nightly = { cron = "0 3 ? * ? *", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
    passes  = { schedules = { nightly = { cron = "0 3 ? * 6L *", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
  }
  cron_and_rate = {
    input   = "schedules"
    refused = { schedules = { nightly = { cron = "0 3 * * ? *", rate = "1 hour", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
    passes  = { schedules = { nightly = { rate = "1 hour", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
  }
  neither_cron_nor_rate = {
    input   = "schedules"
    refused = { schedules = { nightly = { timezone = "UTC", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
    passes  = { schedules = { nightly = { timezone = "UTC", rate = "2 days", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
  }
  rate_of_seconds = {
    input   = "schedules"
    refused = { schedules = { nightly = { rate = "30 seconds", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
    passes  = { schedules = { nightly = { rate = "30 minutes", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
  }
  rate_of_zero = {
    input   = "schedules"
    refused = { schedules = { nightly = { rate = "0 minutes", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
    passes  = { schedules = { nightly = { rate = "1 minute", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
  }
  timezone = {
    input   = "schedules"
    refused = { schedules = { nightly = { rate = "1 hour", timezone = "tokyo", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
    passes  = { schedules = { nightly = { rate = "1 hour", timezone = "Asia/Tokyo", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
  }
  array_of_one = {
    input   = "schedules"
    refused = { schedules = { nightly = { rate = "1 hour", array = 1, queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
    passes  = { schedules = { nightly = { rate = "1 hour", array = 2, queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
  }
  array_too_large = {
    input   = "schedules"
    refused = { schedules = { nightly = { rate = "1 hour", array = 10001, queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
    passes  = { schedules = { nightly = { rate = "1 hour", array = 10000, queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
  }
  share = {
    input   = "schedules"
    refused = { schedules = { nightly = { rate = "1 hour", share_identifier = "my-team", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
    passes  = { schedules = { nightly = { rate = "1 hour", share_identifier = "myteam", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
  }
  empty_word = {
    input   = "schedules"
    refused = { schedules = { nightly = { rate = "1 hour", command = ["echo", ""], queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
    passes  = { schedules = { nightly = { rate = "1 hour", command = ["echo"], queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
  }
  schedule_name = {
    input   = "schedules"
    refused = { schedules = { Nightly = { rate = "1 hour", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
    passes  = { schedules = { night-ly-2 = { rate = "1 hour", queue_name = "demo-fargate-low-priority", job_definition_name = "demo-fargate-sample" } } }
  }
  definition_with_revision = {
    input   = "schedules"
    refused = { schedules = { nightly = { rate = "1 hour", queue_name = "q", job_definition_name = "demo:3" } } }
    passes  = { schedules = { nightly = { rate = "1 hour", queue_name = "q", job_definition_name = "demo" } } }
  }
  queue_by_arn = {
    input   = "schedules"
    refused = { schedules = { nightly = { rate = "1 hour", queue_name = "arn:aws:batch:ap-northeast-1:123456789012:job-queue/q", job_definition_name = "demo" } } }
    passes  = { schedules = { nightly = { rate = "1 hour", queue_name = "q", job_definition_name = "demo" } } }
  }
  attempts = {
    input   = "retry"
    refused = { retry = { attempts = 186 } }
    passes  = { retry = { attempts = 185 } }
  }
  max_age = {
    input   = "retry"
    refused = { retry = { max_age = 59 } }
    passes  = { retry = { max_age = 60 } }
  }
  name = {
    input   = "name"
    refused = { name = "Demo" }
    passes  = { name = "demo-2" }
  }
  boundary = {
    input   = "permissions_boundary_arn"
    refused = { permissions_boundary_arn = "boundary" }
    passes  = { permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary" }
  }
  role_path = {
    input   = "role_path"
    refused = { role_path = "batch" }
    passes  = { role_path = "/batch/" }
  }
  too_many_tags = {
    input   = "tags"
    refused = { tags = { for n in range(41) : "t${n}" => "x" } }
    passes  = { tags = { for n in range(40) : "t${n}" => "x" } }
  }
  tag_value_characters = {
    input   = "tags"
    refused = { tags = { x = "50%" } }
    passes  = { tags = { x = "50 _.:/=+-@" } }
  }
}
