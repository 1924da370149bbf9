variable "alerts" {
  type = object({
    enabled          = optional(bool, false)
    emails           = optional(set(string), [])
    https_endpoints  = optional(set(string), [])
    kms_key_arn      = optional(string)
    failed_threshold = optional(number, 1)
  })
  default     = {}
  description = <<-EOT
    Messages about failed jobs and blocked queues.
    - `enabled` (default false): makes an encrypted SNS topic, the EventBridge rules that write to it, a dead-letter queue for what cannot be delivered, and alarms.
    - `emails`, `https_endpoints`: who gets them; every e-mail address has to confirm once. Default none.
    - `kms_key_arn`: key for the topic; its policy must let events.amazonaws.com and cloudwatch.amazonaws.com use it. Default null: one is made here
      (AWS's own SNS key cannot be used by EventBridge).
    - `failed_threshold`: failed jobs in five minutes that raise the alarm, 1 or more, default 1.
    Switching off deletes topic, subscriptions and key; switching `kms_key_arn` changes the topic in place.
  EOT
  nullable    = false

  validation {
    condition     = alltrue([for address in var.alerts.emails : can(regex("^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+$", address))])
    error_message = "alerts.emails has a value that is not an address: ${join(", ", [for address in var.alerts.emails : address if !can(regex("^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+$", address))])}."
  }

  validation {
    condition     = alltrue([for url in var.alerts.https_endpoints : can(regex("^https://([^/@\\s]+@)?[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+(:[0-9]+)?([/?]\\S*)?$", url))])
    error_message = "alerts.https_endpoints has a value that is no address of a host by https: ${join(", ", [for url in var.alerts.https_endpoints : url if !can(regex("^https://([^/@\\s]+@)?[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+(:[0-9]+)?([/?]\\S*)?$", url))])}. It looks like https://hooks.example.com/batch."
  }

  validation {
    condition     = var.alerts.failed_threshold >= 1 && floor(var.alerts.failed_threshold) == var.alerts.failed_threshold
    error_message = "alerts.failed_threshold is ${var.alerts.failed_threshold}. Give a whole number of 1 or more."
  }

  validation {
    condition     = var.alerts.enabled || length(var.alerts.emails) + length(var.alerts.https_endpoints) == 0
    error_message = "alerts names receivers but is not enabled. Set alerts.enabled = true, or take them out."
  }

  validation {
    condition     = var.alerts.kms_key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", var.alerts.kms_key_arn))
    error_message = "alerts.kms_key_arn is no ARN of a KMS key. It looks like arn:aws:kms:ap-northeast-1:123456789012:key/…"
  }
}

variable "dashboard" {
  type        = bool
  default     = false
  description = <<-EOT
    Whether to keep every job event in a log group and show a CloudWatch dashboard of it: jobs by state, waiting time, failures and their reasons, vCPUs in use
    against the ceiling, Spot reclaims. Default false: a dashboard costs by the month from the fourth on, its log by the GB (about 1 KB an event, five events a job).
    Changes nothing else.
  EOT
  nullable    = false
}

variable "history" {
  type = object({
    enabled        = optional(bool, false)
    retention_days = optional(number, 365)
  })
  default     = {}
  description = <<-EOT
    Whether to keep every job event (Batch Job State Change) of these queues, so that `awa-batch status`, `why`, `logs`, `usage`, `cost`, `report`, `retry` and
    `history --everybody` know a job after AWS Batch has forgotten it, from any machine.
    - `enabled` (default false): keeps them in the log group `/aws/events/<name>`, which the dashboard has too.
    - `retention_days`: days for which they are kept, default 365; those of the dashboard alone are kept for `log_retention_days`.
    A million jobs are about six million events of 2 to 4 KB, 12 to 24 GB: docs/operations.md has what that costs. Changes apply in place, to events already there too;
    switching it off deletes them, unless the dashboard is on.
  EOT
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.history.retention_days)
    error_message = "history.retention_days is ${var.history.retention_days}. CloudWatch Logs knows 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "kms_key_arn" {
  type        = string
  default     = null
  description = "KMS key for the log groups; its policy must let CloudWatch Logs use it. Default null: CloudWatch's own encryption. Changes apply in place, to new events."

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn is no ARN of a KMS key. It looks like arn:aws:kms:ap-northeast-1:123456789012:key/…"
  }
}

variable "log_retention_days" {
  type        = number
  default     = 30
  description = "Days for which logs of jobs and job events are kept. Default 30. Changes apply in place, to logs already there too."
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days is ${var.log_retention_days}. CloudWatch Logs knows 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "name" {
  type        = string
  description = "Name prefix, `<project>-<environment>`. Changing it replaces the log groups, and with them the logs."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,39}$", var.name))
    error_message = "name is \"${var.name}\". Use 2 to 40 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "queues" {
  type        = map(number)
  default     = {}
  description = "Names of the queues to watch, each with its ceiling of vCPUs. Default none. Changes apply in place."
  nullable    = false
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags on everything here. Default none. Changes apply in place."
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
