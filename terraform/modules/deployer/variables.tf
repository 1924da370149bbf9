variable "account_id" {
  type        = string
  default     = null
  description = "Account that the policies are for. Default null: the one that the provider works in. Another one changes every ARN in place; policies and roles are made where the provider works all the same."

  validation {
    condition     = var.account_id == null || can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id is \"${coalesce(var.account_id, "null")}\". An account's id has 12 digits."
  }
}

variable "alert_keys" {
  type        = bool
  default     = true
  description = <<-EOT
    Whether environments may make and delete the KMS key of their alerts. Default true. Who may can also take over a key that has no tag `Project` and whose policy leaves it to IAM, since AWS
    knows a key that is being made by its tags alone: false where there are such keys, and then alerts name one of yours (`observability.alerts.kms_key_arn`). Changes apply in place.
  EOT
  nullable    = false
}

variable "attachable_policy_arns" {
  type        = set(string)
  default     = []
  description = <<-EOT
    Managed policies that an environment's roles may be given beside AWS's two for container instances: those that
    `iam.instance_policy_arns`, `iam.github_deployer.policy_arns` and the roles of jobs name. Default none. Changes apply in place.
  EOT
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.attachable_policy_arns : can(regex("^arn:[^:]+:iam::([0-9]{12}|aws):policy/[^*]+$", arn)) && !can(regex("/(AdministratorAccess|IAMFullAccess|PowerUserAccess)$", arn))])
    error_message = "attachable_policy_arns has a value that is no ARN of a managed policy, has a * or would make administrators of jobs: ${join(", ", [for arn in var.attachable_policy_arns : arn if !can(regex("^arn:[^:]+:iam::([0-9]{12}|aws):policy/[^*]+$", arn)) || can(regex("/(AdministratorAccess|IAMFullAccess|PowerUserAccess)$", arn))])}. Name the policies that roles need."
  }
}

variable "create" {
  type        = bool
  default     = true
  description = "Whether the managed policies, and the roles where somebody is named who may assume them, are made. Default true; false gives their text out alone (`policies`), and a change to it deletes them."
  nullable    = false
}

variable "deploy_principal_arns" {
  type        = set(string)
  default     = []
  description = "Roles and users that may assume the role that plans, applies and destroys, beside `github`. Default none. Changes apply in place; without anybody the role is deleted."
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.deploy_principal_arns : can(regex("^arn:[^:]+:(iam|sts)::[0-9]{12}:(root|(user|role|assumed-role)/[^*]+)$", arn))])
    error_message = "deploy_principal_arns has a value that is no ARN of a role, a user or an account: ${join(", ", [for arn in var.deploy_principal_arns : arn if !can(regex("^arn:[^:]+:(iam|sts)::[0-9]{12}:(root|(user|role|assumed-role)/[^*]+)$", arn))])}. It looks like arn:aws:iam::123456789012:role/team."
  }
}

variable "environment" {
  type        = string
  default     = "*"
  description = "Environment that may be worked on, like `dev`. Default `*`: all environments of the project. Changes apply to the policies in place and replace them under another name."
  nullable    = false

  validation {
    condition     = var.environment == "*" || can(regex("^[a-z][a-z0-9-]{0,10}[a-z0-9]$", var.environment))
    error_message = "environment is \"${var.environment}\". Use * for all, or the name of one: 2 to 12 lower-case letters, digits and hyphens, a letter first, no hyphen last."
  }
}

variable "github" {
  type = object({
    repository      = string
    deploy_subjects = optional(list(string), ["ref:refs/heads/main"])
    plan_subjects   = optional(list(string), ["pull_request"])
    create_provider = optional(bool, false)
  })
  default     = null
  description = <<-EOT
    The repository (`owner/name`) whose GitHub Actions assume the two roles through OIDC, without stored keys: the one that applies for the ends of the token's `sub` claim in
    `deploy_subjects` (default the branch main; better `environment:prod` with reviewers), the one that plans for those in `plan_subjects` (default pull requests). An account has one
    GitHub OIDC provider: `create_provider = true` makes it. Default null: GitHub may assume neither. Changes apply in place.
  EOT

  validation {
    condition     = var.github == null || can(regex("^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$", var.github.repository))
    error_message = "github.repository must be owner/name, with no wildcard."
  }

  validation {
    condition     = var.github == null || length([for subject in try(concat(var.github.deploy_subjects, var.github.plan_subjects), []) : subject if subject == "*" || subject == ""]) == 0
    error_message = "github.deploy_subjects and plan_subjects name branches or environments, like ref:refs/heads/main; \"*\" would let any pull request in."
  }

  validation {
    condition     = var.github == null || !contains(try(var.github.deploy_subjects, []), "pull_request")
    error_message = "github.deploy_subjects has pull_request: whoever opens one would apply what it says. Put it into plan_subjects."
  }

  # GitHub guide, "OpenID Connect reference": the forms of the sub claim. Another one is trusted and never comes.
  validation {
    condition     = length([for subject in concat(try(var.github.deploy_subjects, []), try(var.github.plan_subjects, [])) : subject if !can(regex("^(pull_request|ref:refs/.+|[a-z_]+:.+)$", subject)) || can(regex("^ref:(refs/)?[^/]*$|^ref:heads", subject))]) == 0
    error_message = "github has subjects that GitHub never says of itself: ${join(", ", [for subject in concat(try(var.github.deploy_subjects, []), try(var.github.plan_subjects, [])) : subject if !can(regex("^(pull_request|ref:refs/.+|[a-z_]+:.+)$", subject)) || can(regex("^ref:(refs/)?[^/]*$|^ref:heads", subject))])}. Write ref:refs/heads/main, ref:refs/tags/v1, environment:prod or pull_request."
  }
}

variable "kms_key_arns" {
  type        = set(string)
  default     = []
  description = "KMS keys of yours that environments name for the bucket, images, disks and logs. Default none. Changes apply in place."
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.kms_key_arns : can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/[^*]+$", arn))]) && length(var.kms_key_arns) <= 5
    error_message = "kms_key_arns has more than 5 keys, or a value that is no ARN of one: ${join(", ", [for arn in var.kms_key_arns : arn if !can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/[^*]+$", arn))])}. It looks like arn:aws:kms:ap-northeast-1:123456789012:key/…"
  }
}

variable "path" {
  type        = string
  default     = "/terraform/"
  description = "IAM path of the policies and the two roles, which the roles themselves may not change. Default `/terraform/`. Changing it replaces them all."
  nullable    = false

  validation {
    condition     = can(regex("^/([A-Za-z0-9._+=,@-]+/)+$", var.path)) && length(var.path) <= 128
    error_message = "path is \"${var.path}\". It begins and ends with a /, like /terraform/, and is not / alone."
  }

  validation {
    condition     = var.path != var.role_path
    error_message = "path and role_path are both \"${var.path}\": who deploys could change its own role. Give the environments' roles another path."
  }
}

variable "permissions_boundary_arn" {
  type        = string
  default     = null
  description = <<-EOT
    Managed policy that every role of an environment must have as its boundary (`iam.permissions_boundary_arn` of the platform). Default null: none, and then whoever
    deploys can give a role of the platform any permission by an inline policy. Changes apply in place; roles without it can then be read and deleted alone.
  EOT

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:[^:]+:iam::([0-9]{12}|aws):policy/[^*]+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn is no ARN of a managed policy. It looks like arn:aws:iam::123456789012:policy/boundary."
  }
}

variable "plan_principal_arns" {
  type        = set(string)
  default     = []
  description = "Roles and users that may assume the role that plans and changes nothing, beside `github`. Default none. Changes apply in place; without anybody the role is deleted."
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.plan_principal_arns : can(regex("^arn:[^:]+:(iam|sts)::[0-9]{12}:(root|(user|role|assumed-role)/[^*]+)$", arn))])
    error_message = "plan_principal_arns has a value that is no ARN of a role, a user or an account: ${join(", ", [for arn in var.plan_principal_arns : arn if !can(regex("^arn:[^:]+:(iam|sts)::[0-9]{12}:(root|(user|role|assumed-role)/[^*]+)$", arn))])}. It looks like arn:aws:iam::123456789012:role/team."
  }
}

variable "project" {
  type        = string
  default     = "awa-batch"
  description = "Name of the project (default `awa-batch`), the first part of all names. Another one changes the policies' resources and replaces them under another name."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,25}[a-z0-9]$", var.project))
    error_message = "project is \"${var.project}\". Use 2 to 27 lower-case letters, digits and hyphens, a letter first, no hyphen last."
  }
}

variable "region" {
  type        = string
  default     = null
  description = "AWS region of the environments. Default null: the provider's. A project in two regions takes the module twice, with an `environment` each. Changes apply in place."

  validation {
    condition     = var.region == null || can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region is \"${coalesce(var.region, "null")}\". It looks like ap-northeast-1."
  }
}

variable "role_path" {
  type        = string
  default     = "/"
  description = "IAM path of the environments' roles, as `iam.role_path` of the platform says it. Default `/`. Changes apply in place."
  nullable    = false

  validation {
    condition     = can(regex("^/([A-Za-z0-9._+=,@-]+/)*$", var.role_path)) && length(var.role_path) <= 128
    error_message = "role_path is \"${var.role_path}\". It begins and ends with a /, like /batch/, and has up to 128 characters."
  }
}

variable "state_bucket" {
  type        = string
  default     = null
  description = "Bucket of Terraform's states. Default null: `<project>-tfstate-<account id>-<region>`, as bootstrap names it. Changes apply in place."

  validation {
    condition     = var.state_bucket == null || can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.state_bucket))
    error_message = "state_bucket is \"${coalesce(var.state_bucket, "null")}\". Use 3 to 63 lower-case letters, digits and hyphens; no hyphen at either end."
  }
}

variable "state_key" {
  type        = string
  default     = null
  description = "Key of the states in that bucket, with `*` for what differs. Default null: `*/<environment>/terraform.tfstate`. Changes apply in place."

  validation {
    condition     = var.state_key == null || can(regex("^[^/].+/.+$", var.state_key))
    error_message = "state_key is \"${coalesce(var.state_key, "null")}\". It is the key of the backend, like awa-batch/dev/terraform.tfstate."
  }
}

variable "state_kms_key_arn" {
  type        = string
  default     = null
  description = "KMS key of the states where bootstrap was given one. Default null: S3's own keys. Changes apply in place."

  validation {
    condition     = var.state_kms_key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/[^*]+$", var.state_kms_key_arn))
    error_message = "state_kms_key_arn is no ARN of a KMS key. It looks like arn:aws:kms:ap-northeast-1:123456789012:key/…"
  }
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags on the policies and the roles. Default none. Changes apply in place."
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

variable "vpc_ids" {
  type        = set(string)
  default     = []
  description = "VPCs that exist already and in which environments make the security group of their jobs (`network.existing_vpc`). Default none. Changes apply in place."
  nullable    = false

  validation {
    condition     = alltrue([for id in var.vpc_ids : can(regex("^vpc-[0-9a-f]{8,17}$", id))]) && length(var.vpc_ids) <= 5
    error_message = "vpc_ids has more than 5, or a value that is no id of a VPC: ${join(", ", [for id in var.vpc_ids : id if !can(regex("^vpc-[0-9a-f]{8,17}$", id))])}. It looks like vpc-0123456789abcdef0."
  }
}
