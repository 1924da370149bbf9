locals {
  # What each field of a cron expression may hold (EventBridge Scheduler guide, "Cron-based schedules").
  cron_fields = [
    "(([0-5]?[0-9](-[0-5]?[0-9])?|[*])(/[1-9][0-9]*)?)(,(([0-5]?[0-9](-[0-5]?[0-9])?|[*])(/[1-9][0-9]*)?))*",                                                                                                                                                                                                                     # minutes
    "((([01]?[0-9]|2[0-3])(-([01]?[0-9]|2[0-3]))?|[*])(/[1-9][0-9]*)?)(,((([01]?[0-9]|2[0-3])(-([01]?[0-9]|2[0-3]))?|[*])(/[1-9][0-9]*)?))*",                                                                                                                                                                                     # hours
    "([?]|((((0?[1-9]|[12][0-9]|3[01])(-(0?[1-9]|[12][0-9]|3[01]))?|[*])(/[1-9][0-9]*)?)(,(((0?[1-9]|[12][0-9]|3[01])(-(0?[1-9]|[12][0-9]|3[01]))?|[*])(/[1-9][0-9]*)?))*|L|LW|(0?[1-9]|[12][0-9]|3[01])W))",                                                                                                                     # day of month
    "(((0?[1-9]|1[0-2]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)(-(0?[1-9]|1[0-2]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC))?|[*])(/[1-9][0-9]*)?)(,(((0?[1-9]|1[0-2]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)(-(0?[1-9]|1[0-2]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC))?|[*])(/[1-9][0-9]*)?))*", # month
    "([?]|((([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(-([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT))?|[*])(,(([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(-([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT))?|[*]))*|L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)#[1-5]))",                                                              # day of week
    "(((19[7-9][0-9]|20[0-9]{2}|21[0-9]{2})(-(19[7-9][0-9]|20[0-9]{2}|21[0-9]{2}))?|[*])(/[1-9][0-9]*)?)(,(((19[7-9][0-9]|20[0-9]{2}|21[0-9]{2})(-(19[7-9][0-9]|20[0-9]{2}|21[0-9]{2}))?|[*])(/[1-9][0-9]*)?))*",                                                                                                                 # year
  ]
}

variable "name" {
  type        = string
  description = "Name prefix, `<project>-<environment>` or another; the group of schedules has it. Changing it replaces all."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,39}$", var.name))
    error_message = "name is \"${var.name}\". Use 2 to 40 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "permissions_boundary_arn" {
  type        = string
  default     = null
  description = "Managed policy that bounds what the role may ever do, where an organisation asks for one. Default null: none. Changes apply in place."

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:[^:]+:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn is no ARN of a managed policy. It looks like arn:aws:iam::123456789012:policy/boundary."
  }
}

variable "retry" {
  type = object({
    attempts = optional(number, 3)
    max_age  = optional(number, 3600)
  })
  default     = {}
  description = <<-EOT
    How often (0 to 185, default 3) and for how long (60 to 86400 seconds, default 3600) Scheduler tries again to submit what AWS Batch did not take. What is given up
    lies in the dead-letter queue. A job that was submitted and fails is not meant: that is the job definition's own retry. Changes apply in place.
  EOT
  nullable    = false

  # EventBridge Scheduler API reference, RetryPolicy.
  validation {
    condition     = var.retry.attempts >= 0 && var.retry.attempts <= 185 && floor(var.retry.attempts) == var.retry.attempts
    error_message = "retry.attempts is ${var.retry.attempts}. Give 0 to 185."
  }

  validation {
    condition     = var.retry.max_age >= 60 && var.retry.max_age <= 86400 && floor(var.retry.max_age) == var.retry.max_age
    error_message = "retry.max_age is ${var.retry.max_age}. Give 60 to 86400 seconds."
  }
}

variable "role_path" {
  type        = string
  default     = "/"
  description = "IAM path of the role, `/batch/` for example. Default `/`. Changing it replaces it."
  nullable    = false

  validation {
    condition     = can(regex("^/([A-Za-z0-9._+=,@-]+/)*$", var.role_path)) && length(var.role_path) <= 512
    error_message = "role_path is \"${var.role_path}\". It begins and ends with a /, like /batch/."
  }
}

variable "schedules" {
  type = map(object({
    queue_name          = string
    job_definition_name = string
    share_identifier    = optional(string)
    cron                = optional(string)
    rate                = optional(string)
    timezone            = optional(string, "UTC")
    command             = optional(list(string))
    parameters          = optional(map(string), {})
    array               = optional(number)
    enabled             = optional(bool, true)
  }))
  description = <<-EOT
    Schedules by name. Each has `cron`, AWS's six fields (minutes, hours, day of month, month, day of week, year: `0 3 * * ? *`, with ? in one of the two days), or `rate`
    (`6 hours`), in `timezone` (IANA, default `UTC`), and submits the newest active revision of `job_definition_name` to `queue_name`; `share_identifier` where the queue is fair-share (default none).
    `command` (default null: the definition's), `parameters` (default none), `array` (children, 2 to 10000; default null: one job). `enabled` (default true): false keeps it and starts nothing.
    A job has the name `<name>-<schedule>-<id of the attempt>`, the tags Schedule and ScheduledTime, and both as variables AWA_SCHEDULE and AWA_SCHEDULED_TIME. Scheduler starts at least
    once: two jobs with one ScheduledTime are a run that was started twice. Changes apply in place; a name taken out is deleted.
  EOT
  nullable    = false

  validation {
    condition     = length(var.schedules) > 0 && alltrue([for name in keys(var.schedules) : can(regex("^[a-z0-9][a-z0-9-]{0,29}$", name))])
    error_message = "schedules has a name that is refused, or none at all: ${join(", ", [for name in keys(var.schedules) : name if !can(regex("^[a-z0-9][a-z0-9-]{0,29}$", name))])}. Use at least one, of at most 30 lower-case letters, digits and hyphens."
  }

  validation {
    condition     = alltrue([for schedule in values(var.schedules) : (schedule.cron == null) != (schedule.rate == null)])
    error_message = "schedules needs either cron or rate: ${join(", ", [for name, schedule in var.schedules : "${name}" if !((schedule.cron == null) != (schedule.rate == null))])}. Give one of the two."
  }

  # EventBridge Scheduler guide, "Schedule types": six fields, of which one day is ?, and rates of minutes, hours and days.
  validation {
    condition     = alltrue([for schedule in values(var.schedules) : schedule.cron == null || can(regex("^${join(" ", local.cron_fields)}$", schedule.cron))])
    error_message = "schedules has a cron that AWS refuses: ${join(", ", [for name, schedule in var.schedules : "${name} = ${coalesce(schedule.cron, "-")}" if !(schedule.cron == null || can(regex("^${join(" ", local.cron_fields)}$", schedule.cron)))])}. It has six fields of one blank between: minutes hours day-of-month month day-of-week year, like 0 3 * * ? * for 3:00 each day."
  }

  validation {
    condition     = alltrue([for schedule in values(var.schedules) : schedule.cron == null || length([for part in split(" ", coalesce(schedule.cron, "? -")) : part if part == "?"]) == 1])
    error_message = "schedules has a cron without a ? in just one of day of month and day of week: ${join(", ", [for name, schedule in var.schedules : "${name} = ${coalesce(schedule.cron, "-")}" if !(schedule.cron == null || length([for part in split(" ", coalesce(schedule.cron, "? -")) : part if part == "?"]) == 1)])}. Put ? where the other decides: 0 3 * * ? * or 0 3 ? * MON *."
  }

  validation {
    condition     = alltrue([for schedule in values(var.schedules) : schedule.rate == null || can(regex("^(1 (minute|hour|day)|([2-9]|[1-9][0-9]{1,5}) (minutes|hours|days))$", schedule.rate))])
    error_message = "schedules has a rate that is refused: ${join(", ", [for name, schedule in var.schedules : "${name} = ${coalesce(schedule.rate, "-")}" if !(schedule.rate == null || can(regex("^(1 (minute|hour|day)|([2-9]|[1-9][0-9]{1,5}) (minutes|hours|days))$", schedule.rate)))])}. It looks like 1 hour or 30 minutes: a number, and minutes, hours or days."
  }

  validation {
    condition     = alltrue([for schedule in values(var.schedules) : can(regex("^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$", schedule.timezone))])
    error_message = "schedules has a timezone that is no IANA name: ${join(", ", [for name, schedule in var.schedules : "${name} = ${schedule.timezone}" if !(can(regex("^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$", schedule.timezone)))])}. Give one like Asia/Tokyo or UTC."
  }

  validation {
    condition     = alltrue([for schedule in values(var.schedules) : can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$", schedule.queue_name)) && can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$", schedule.job_definition_name))])
    error_message = "schedules has a queue or a definition that is not named by its name alone: ${join(", ", [for name, schedule in var.schedules : "${name} = ${schedule.job_definition_name} on ${schedule.queue_name}" if !(can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$", schedule.queue_name)) && can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$", schedule.job_definition_name)))])}. Give no ARN and no revision: a schedule submits the newest."
  }

  # AWS Batch API reference, ArrayProperties.
  validation {
    condition     = alltrue([for schedule in values(var.schedules) : schedule.array == null || try(schedule.array >= 2 && schedule.array <= 10000 && floor(schedule.array) == schedule.array, false)])
    error_message = "schedules has an array out of range: ${join(", ", [for name, schedule in var.schedules : "${name} = ${coalesce(schedule.array, 0)}" if !(schedule.array == null || try(schedule.array >= 2 && schedule.array <= 10000 && floor(schedule.array) == schedule.array, false))])}. Give 2 to 10000 children, or leave it out for one job."
  }

  validation {
    condition     = alltrue([for schedule in values(var.schedules) : schedule.share_identifier == null || can(regex("^[A-Za-z0-9]{1,255}$", schedule.share_identifier))])
    error_message = "schedules has a share identifier that AWS Batch refuses: ${join(", ", [for name, schedule in var.schedules : "${name} = ${coalesce(schedule.share_identifier, "-")}" if !(schedule.share_identifier == null || can(regex("^[A-Za-z0-9]{1,255}$", schedule.share_identifier)))])}. Use 1 to 255 letters and digits."
  }

  validation {
    condition     = alltrue([for schedule in values(var.schedules) : !contains(try([for word in schedule.command : word], []), "")])
    error_message = "schedules has a command with an empty string: ${join(", ", [for name, schedule in var.schedules : "${name}" if !(!contains(try([for word in schedule.command : word], []), ""))])}. AWS Batch does not take one: leave the word out."
  }
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags on the role, the group and the dead-letter queue. Default none. Changes apply in place."
  nullable    = false

  validation {
    condition     = length(var.tags) <= 40
    error_message = "${length(var.tags)} tags. Keep to 40, so that those that are added still fit into AWS's 50."
  }

  # Each pair as one text: the characters are those of the pattern of IAM's and ECS's TagKey and TagValue.
  validation {
    condition     = length([for key, value in var.tags : key if startswith(lower(key), "aws:") || !can(regex("^.{1,128}\\n.{0,256}$", "${key}\n${value}")) || can(regex("[^\\p{L}\\p{Z}\\p{N}_.:/=+\\-@\\n]", "${key}\n${value}"))]) == 0
    error_message = "tags that AWS refuses: ${join(", ", [for key, value in var.tags : key if startswith(lower(key), "aws:") || !can(regex("^.{1,128}\\n.{0,256}$", "${key}\n${value}")) || can(regex("[^\\p{L}\\p{Z}\\p{N}_.:/=+\\-@\\n]", "${key}\n${value}"))])}. A key has 1 to 128 characters and a value up to 256, letters, digits, blanks and + - = . _ : / @ alone; no key begins with aws:."
  }
}
