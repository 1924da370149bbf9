variable "job_definition_arns" {
  type        = set(string)
  description = "Job definitions that the state machine may submit, by ARN: with a revision, without one (any of it), or ending in a *. Changes apply in place."
  nullable    = false

  validation {
    condition     = length(var.job_definition_arns) > 0 && alltrue([for arn in var.job_definition_arns : can(regex("^arn:[^:]+:batch:[^:]+:[0-9]{12}:job-definition/[A-Za-z0-9_-]+([*]|:([0-9]+|[*]))?$", arn))])
    error_message = "job_definition_arns must name at least one job definition by ARN: ${join(", ", [for arn in var.job_definition_arns : arn if !can(regex("^arn:[^:]+:batch:[^:]+:[0-9]{12}:job-definition/[A-Za-z0-9_-]+([*]|:([0-9]+|[*]))?$", arn))])}. It looks like arn:aws:batch:ap-northeast-1:123456789012:job-definition/awa-batch-dev-fargate-sample."
  }
}

variable "name" {
  type        = string
  description = "Name prefix of the role, `<project>-<environment>` or another. Changing it replaces the role."
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

variable "queue_arns" {
  type        = set(string)
  description = "Queues that the state machine may submit to, by ARN. Changes apply in place."
  nullable    = false

  validation {
    condition     = length(var.queue_arns) > 0 && alltrue([for arn in var.queue_arns : can(regex("^arn:[^:]+:batch:[^:]+:[0-9]{12}:job-queue/.+$", arn))])
    error_message = "queue_arns must name at least one queue by ARN: ${join(", ", [for arn in var.queue_arns : arn if !can(regex("^arn:[^:]+:batch:[^:]+:[0-9]{12}:job-queue/.+$", arn))])}. It looks like arn:aws:batch:ap-northeast-1:123456789012:job-queue/awa-batch-dev-fargate-high-priority."
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

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags on the role. Default none. Changes apply in place."
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
