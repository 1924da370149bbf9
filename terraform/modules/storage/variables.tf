variable "abort_uploads_after" {
  type        = number
  default     = 3
  description = "Days after which parts of an unfinished multipart upload are deleted: they cost and no listing shows them. Default 3. Changes apply in place."
  nullable    = false

  validation {
    condition     = var.abort_uploads_after >= 1
    error_message = "abort_uploads_after is ${var.abort_uploads_after}. Give 1 day or more; a job must be able to finish its upload."
  }
}

variable "bucket_name" {
  type        = string
  description = "Name of the data bucket, unique over all accounts. Changing it replaces the bucket: AWS refuses while it holds objects."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name is \"${var.bucket_name}\". Use 3 to 63 lower-case letters, digits and hyphens; no hyphen at either end."
  }

  # S3 guide, "General purpose bucket naming rules".
  validation {
    condition     = !can(regex("^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|--x-s3|--table-s3)$", var.bucket_name))
    error_message = "bucket_name is \"${var.bucket_name}\": S3 keeps names that begin with xn--, sthree- or amzn-s3-demo- or end in -s3alias, --ol-s3, --x-s3 or --table-s3 for itself. Use another one."
  }
}

variable "force_destroy" {
  type        = bool
  default     = false
  description = "Whether `terraform destroy` deletes the bucket with all objects and versions in it. Default false; true on ENV=local only. Changes apply in place."
  nullable    = false
}

variable "kms_key_arn" {
  type        = string
  default     = null
  description = "KMS key of yours for the bucket's objects. Default null: S3's own keys (SSE-S3). A change concerns new objects only."

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn is no ARN of a KMS key. It looks like arn:aws:kms:ap-northeast-1:123456789012:key/…"
  }
}

variable "lifecycle_enabled" {
  type        = bool
  default     = true
  description = "Whether the bucket has lifecycle rules. Default true. The provider waits about 55 s for them, so ENV=local, which lives for hours, does without. Changes apply in place."
  nullable    = false
}

variable "old_versions_after" {
  type        = number
  default     = 30
  description = "Days for which an overwritten or deleted object can still be fetched back. Default 30. Changes apply in place."
  nullable    = false

  validation {
    condition     = var.old_versions_after >= 1
    error_message = "old_versions_after is ${var.old_versions_after}. Give 1 day or more."
  }
}

variable "out_expires_after" {
  type        = number
  default     = null
  description = "Days after which results below `out/` are deleted. Default null: never. Changes apply in place, to objects already there too."

  validation {
    condition     = var.out_expires_after == null || try(var.out_expires_after >= 1, false)
    error_message = "out_expires_after must be 1 day or more, or null for never."
  }
}

variable "out_infrequent_after" {
  type        = number
  default     = 90
  description = "Days after which results below `out/` move to S3 Standard-IA: cheaper to keep, dearer to read. Default 90; null: never. S3 takes 30 or more. Changes apply in place."

  validation {
    condition     = var.out_infrequent_after == null || try(var.out_infrequent_after >= 30, false)
    error_message = "out_infrequent_after must be 30 days or more (S3's own limit), or null for never."
  }

  validation {
    condition     = var.out_infrequent_after == null || var.out_expires_after == null || try(var.out_infrequent_after < var.out_expires_after, false)
    error_message = "out_infrequent_after must be below out_expires_after. Raise out_expires_after, or set out_infrequent_after = null."
  }
}

variable "policy_statements" {
  type = list(object({
    sid        = string
    effect     = optional(string, "Allow")
    actions    = list(string)
    resources  = list(string)
    principals = map(list(string))
    conditions = optional(list(object({
      test     = string
      variable = string
      values   = list(string)
    })), [])
  }))
  default     = []
  description = <<-EOT
    Statements of your own in the bucket's policy, beside the one that denies plain HTTP: for another account that reads results, say. `principals` by kind,
    `{ AWS = ["arn:aws:iam::210987654321:root"] }`; `resources` are ARNs of this bucket and of what is in it. Default none. Changes apply in place.
  EOT
  nullable    = false

  validation {
    condition     = length(distinct(concat(var.policy_statements[*].sid, ["DenyPlainHttp"]))) == length(var.policy_statements) + 1 && alltrue([for statement in var.policy_statements : can(regex("^[A-Za-z0-9]+$", statement.sid)) && contains(["Allow", "Deny"], statement.effect)])
    error_message = "policy_statements has a sid twice, DenyPlainHttp, one with other than letters and digits, or an effect other than Allow and Deny: ${join(", ", [for statement in var.policy_statements : "${statement.sid} ${statement.effect}"])}."
  }

  validation {
    condition     = alltrue(flatten([for statement in var.policy_statements : concat([for action in statement.actions : startswith(action, "s3:")], [for resource in statement.resources : can(regex("^arn:[^:]+:s3:::${var.bucket_name}(/.*)?$", resource))], [for principal in flatten(values(statement.principals)) : statement.effect == "Deny" || principal != "*" || length(statement.conditions) > 0])]))
    error_message = "policy_statements has an action that is not S3's, a resource outside of ${var.bucket_name}, or lets anybody in (the principal * without a condition). S3 refuses the first two, and block_public_policy the last."
  }

  # S3 refuses such a policy in the middle of an apply ("Invalid principal in policy").
  validation {
    condition     = length(flatten([for statement in var.policy_statements : [for kind, names in statement.principals : [for name in names : "${kind} ${name}" if !contains(["AWS", "CanonicalUser", "Federated", "Service", "*"], kind) || kind == "AWS" && !can(regex("^([*]|[0-9]{12}|arn:[^:]+:(iam|sts)::[0-9]{12}:.+)$", name))]]])) == 0
    error_message = "policy_statements.principals has what S3 does not know: ${join(", ", flatten([for statement in var.policy_statements : [for kind, names in statement.principals : [for name in names : "${kind} ${name}" if !contains(["AWS", "CanonicalUser", "Federated", "Service", "*"], kind) || kind == "AWS" && !can(regex("^([*]|[0-9]{12}|arn:[^:]+:(iam|sts)::[0-9]{12}:.+)$", name))]]]))}. The kinds are AWS, CanonicalUser, Federated and Service; of AWS give an account's id or the ARN of a user or a role."
  }

  # IAM guide, "IAM JSON policy elements: Condition operators".
  validation {
    condition     = length(flatten([for statement in var.policy_statements : [for condition in statement.conditions : "${condition.test} ${condition.variable}" if !can(regex("^((For(Any|All)Values:)?(String(Not)?(Equals(IgnoreCase)?|Like)|(Numeric|Date)(Not)?Equals|(Numeric|Date)(Less|Greater)Than(Equals)?|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?|Null)$", condition.test)) || !can(regex("^[A-Za-z0-9-]+:.+$", condition.variable))]])) == 0
    error_message = "policy_statements has a condition that S3 does not know: ${join(", ", flatten([for statement in var.policy_statements : [for condition in statement.conditions : "${condition.test} ${condition.variable}" if !can(regex("^((For(Any|All)Values:)?(String(Not)?(Equals(IgnoreCase)?|Like)|(Numeric|Date)(Not)?Equals|(Numeric|Date)(Less|Greater)Than(Equals)?|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?|Null)$", condition.test)) || !can(regex("^[A-Za-z0-9-]+:.+$", condition.variable))]]))}. Give a test like StringEquals and a variable like aws:SourceVpc."
  }
}

variable "submit_expires_after" {
  type        = number
  default     = 60
  description = "Days after which what `awa-batch submit` put below `submit/` (large configurations, manifests) is deleted; submitting the same again starts anew. Default 60; null: never. Keep it above the longest time that a job may wait and run: its attempts read it when they start. Changes apply in place, to objects already there too."

  validation {
    condition     = var.submit_expires_after == null || try(var.submit_expires_after >= 14, false)
    error_message = "submit_expires_after must be 14 days or more (a Fargate task or a waiting array may need it that long), or null for never."
  }
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags on the bucket. Default none. Changes apply in place."
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
