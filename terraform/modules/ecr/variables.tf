variable "encryption" {
  type = object({
    type        = optional(string, "AES256")
    kms_key_arn = optional(string)
  })
  default     = {}
  description = <<-EOT
    How images lie at rest: `AES256` (default, no cost) or `KMS` with a key of yours (or ECR's own when `kms_key_arn` is
    null). Changing it replaces every repository, with the images in it.
  EOT
  nullable    = false

  validation {
    condition     = contains(["AES256", "KMS"], var.encryption.type)
    error_message = "encryption.type is \"${var.encryption.type}\". Use AES256 or KMS."
  }

  validation {
    condition     = var.encryption.type == "KMS" || var.encryption.kms_key_arn == null
    error_message = "encryption.kms_key_arn is set but encryption.type is AES256. Set encryption.type = \"KMS\", or leave the key out."
  }

  validation {
    condition     = var.encryption.kms_key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", var.encryption.kms_key_arn))
    error_message = "encryption.kms_key_arn is no ARN of a KMS key. It looks like arn:aws:kms:ap-northeast-1:123456789012:key/…"
  }
}

variable "force_delete" {
  type        = bool
  default     = false
  description = "Whether `terraform destroy` deletes repositories that still hold images. Default false; true on ENV=local only. Changes apply in place."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Name prefix: repositories are called `<name>/<image>`. Changing it replaces every repository."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,39}$", var.name))
    error_message = "name is \"${var.name}\". Use 2 to 40 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "pull_account_ids" {
  type        = set(string)
  default     = []
  description = "Other AWS accounts whose principals may pull these images (each still needs its own IAM permission). Default none. Changes apply in place."
  nullable    = false

  validation {
    condition     = alltrue([for id in var.pull_account_ids : can(regex("^[0-9]{12}$", id))])
    error_message = "pull_account_ids has a value that is not an account id: ${join(", ", [for id in var.pull_account_ids : id if !can(regex("^[0-9]{12}$", id))])}. An account id is 12 digits, in quotes."
  }
}

variable "replicate_to" {
  type = list(object({
    region     = string
    account_id = optional(string)
  }))
  default     = []
  description = <<-EOT
    Regions (and accounts; default this one) to which images of these repositories are copied. The replication
    configuration belongs to the whole registry: at most one environment of an account and region may set it. Default none. A change
    concerns images pushed later.
  EOT
  nullable    = false

  validation {
    condition     = length(var.replicate_to) <= 25
    error_message = "replicate_to has ${length(var.replicate_to)} destinations. ECR takes at most 25."
  }
}

variable "repositories" {
  type = map(object({
    keep_releases         = optional(number, 30)
    delete_untagged_after = optional(number, 14)
  }))
  default     = { latest = {}, test = {} }
  description = <<-EOT
    One repository per image, by image name. `keep_releases` (default 30): the newest so many tagged images stay; keep more
    than you may want to roll back to. `delete_untagged_after` (default 14): days until an image without a tag is deleted.
    A name taken out deletes its repository (refused by AWS while it holds images, unless `force_delete`).
  EOT
  nullable    = false

  validation {
    condition     = length(var.repositories) > 0 && alltrue([for name in keys(var.repositories) : can(regex("^[a-z0-9]+(?:[._-][a-z0-9]+)*$", name))])
    error_message = "repositories needs at least one name, of lower-case letters and digits with single . _ or - between."
  }

  validation {
    condition     = alltrue([for repository in values(var.repositories) : repository.keep_releases >= 1 && repository.delete_untagged_after >= 1])
    error_message = "repositories.keep_releases and delete_untagged_after must be 1 or more: 0 would delete the image that runs."
  }
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags on every repository. Default none. Changes apply in place."
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
