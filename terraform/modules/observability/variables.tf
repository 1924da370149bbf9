variable "kms_key_arn" {
  type        = string
  default     = null
  description = "KMS key for the log group of jobs; its policy must let CloudWatch Logs use it. Default null: CloudWatch's own encryption. Changes apply in place, to new events."
}

variable "log_retention_days" {
  type        = number
  default     = 30
  description = "Days for which logs of jobs are kept. Default 30. Changes apply in place, to logs already there too."
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days is ${var.log_retention_days}. CloudWatch Logs knows 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "name" {
  type        = string
  description = "Name prefix, `<project>-<environment>`. Changing it replaces the log group, and with it the logs."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,39}$", var.name))
    error_message = "name is \"${var.name}\". Use 2 to 40 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags on everything here. Default none. Changes apply in place."
  nullable    = false
}
