variable "bucket_name" {
  type        = string
  default     = null
  description = "Name of the bucket. Default null: `<project>-tfstate-<account id>-<region>`. Changing it replaces the bucket, which is refused."

  validation {
    condition     = var.bucket_name == null || can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name is \"${coalesce(var.bucket_name, "null")}\". Use 3 to 63 lower-case letters, digits and hyphens; no hyphen at either end."
  }
}

variable "deployers" {
  type = map(object({
    environment            = optional(string, "*")
    region                 = optional(string)
    create                 = optional(bool, true)
    alert_keys             = optional(bool, true)
    attachable_policy_arns = optional(set(string), [])
    deploy_principal_arns  = optional(set(string), [])
    github = optional(object({
      repository      = string
      deploy_subjects = optional(list(string), ["ref:refs/heads/main"])
      plan_subjects   = optional(list(string), ["pull_request"])
      create_provider = optional(bool, false)
    }))
    kms_key_arns             = optional(set(string), [])
    permissions_boundary_arn = optional(string)
    plan_principal_arns      = optional(set(string), [])
    role_path                = optional(string, "/")
    vpc_ids                  = optional(set(string), [])
  }))
  default     = { all = { create = false } }
  description = <<-EOT
    Policies and roles that plan and apply the project's environments, by a name of your choice, each as the inputs of the module deployer, which documents them; `region` is where those environments are
    (default that of the bucket). Default: the policies for all environments, given out as text (`deployer_policies`) and not made. Give it in terraform/bootstrap/deployers.auto.tfvars. Changes
    apply in place; an entry taken out is deleted.
  EOT
  nullable    = false

  validation {
    condition     = length(distinct(values(var.deployers)[*].environment)) == length(var.deployers)
    error_message = "deployers has an environment twice (${join(", ", values(var.deployers)[*].environment)}): its policies and roles would have the same names."
  }

  validation {
    condition     = alltrue([for name in keys(var.deployers) : can(regex("^[a-z][a-z0-9-]{0,30}$", name))])
    error_message = "deployers has a name that is refused: ${join(", ", [for name in keys(var.deployers) : name if !can(regex("^[a-z][a-z0-9-]{0,30}$", name))])}. Use up to 31 lower-case letters, digits and hyphens, a letter first: files are named after it."
  }
}

variable "kms_key_arn" {
  type        = string
  default     = null
  description = "KMS key of yours for the states. Default null: S3's own keys. Changes apply in place, to states written later."

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn is no ARN of a KMS key. It looks like arn:aws:kms:ap-northeast-1:123456789012:key/…"
  }
}

variable "old_versions_after" {
  type        = number
  default     = 180
  description = "Days for which an older version of a state can be fetched back, 30 or more. Default 180. Changes apply in place."
  nullable    = false

  validation {
    condition     = var.old_versions_after >= 30
    error_message = "old_versions_after is ${var.old_versions_after}. Give 30 days or more: a broken state is often noticed late."
  }
}

variable "project" {
  type        = string
  default     = "awa-batch"
  description = "Name of the project (default `awa-batch`), the first part of the bucket's name. Changing it replaces the bucket, which is refused."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,25}[a-z0-9]$", var.project))
    error_message = "project is \"${var.project}\". Use 2 to 27 lower-case letters, digits and hyphens, a letter first, no hyphen last."
  }
}

variable "region" {
  type        = string
  default     = "ap-northeast-1"
  description = "AWS region of the bucket (default ap-northeast-1); environments may live in others. Changing it replaces the bucket, which is refused."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region is \"${var.region}\". It looks like ap-northeast-1."
  }
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags on the bucket. Default none. Changes apply in place."
  nullable    = false
}
