variable "domain" {
  type        = string
  description = "Name of the domain, which holds what all its repositories share. Changing it replaces everything, packages included."
  nullable    = false

  # DomainName of CodeArtifact's API.
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,48}[a-z0-9]$", var.domain))
    error_message = "domain is \"${var.domain}\". Use 2 to 50 lower-case letters, digits and hyphens, a letter first and no hyphen last."
  }
}

variable "kms_key_arn" {
  type        = string
  default     = null
  description = "KMS key that encrypts the packages, symmetric. Default null: AWS's own key for CodeArtifact. Changing it replaces everything, packages included."

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn is no ARN of a key: an alias may mean another key tomorrow. It looks like arn:aws:kms:ap-northeast-1:123456789012:key/11111111-2222-3333-4444-555555555555."
  }
}

variable "public_packages" {
  type        = bool
  default     = true
  description = "Whether packages of pypi.org come through this repository too, and are kept in it. Default true. Changes apply in place."
  nullable    = false
}

variable "publisher_arns" {
  type        = set(string)
  default     = []
  description = "Roles, users or accounts (`arn:aws:iam::123456789012:root`) that publish packages, and read. They also need `publish_policy_json`. Default none. Changes apply in place."
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.publisher_arns : can(regex("^arn:[^:]+:iam::[0-9]{12}:(root|(role|user)/.+)$", arn))])
    error_message = "publisher_arns has what is no principal: ${join(", ", [for arn in var.publisher_arns : arn if !can(regex("^arn:[^:]+:iam::[0-9]{12}:(root|(role|user)/.+)$", arn))])}. It looks like arn:aws:iam::123456789012:role/ci."
  }
}

variable "reader_arns" {
  type        = set(string)
  default     = []
  description = "Roles, users or accounts (`arn:aws:iam::123456789012:root`) that read packages. They also need `read_policy_json`. Default none: identities of this account with that policy. Changes apply in place."
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.reader_arns : can(regex("^arn:[^:]+:iam::[0-9]{12}:(root|(role|user)/.+)$", arn))])
    error_message = "reader_arns has what is no principal: ${join(", ", [for arn in var.reader_arns : arn if !can(regex("^arn:[^:]+:iam::[0-9]{12}:(root|(role|user)/.+)$", arn))])}. It looks like arn:aws:iam::123456789012:role/builder."
  }
}

variable "repository" {
  type        = string
  default     = "python"
  description = "Name of the repository. Default `python`; that of public packages has `-public` behind it. Changing it replaces both, packages included."
  nullable    = false

  # RepositoryName of CodeArtifact's API, less the ending.
  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._-]{1,92}$", var.repository))
    error_message = "repository is \"${var.repository}\". Use 2 to 93 letters, digits and . _ -, a letter or digit first."
  }
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags on domain and repositories. Default none. Changes apply in place."
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
