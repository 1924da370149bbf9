variable "bucket_arn" {
  type        = string
  description = "ARN of the data bucket. Job roles get access to their prefixes of it. Changes apply in place."
  nullable    = false
}

variable "bucket_kms_key_arn" {
  type        = string
  default     = null
  description = "KMS key of the data bucket, if it has its own: job roles may then use it, through S3 only. Default null: the bucket uses S3's own keys. Changes apply in place."

  validation {
    condition     = var.bucket_kms_key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", var.bucket_kms_key_arn))
    error_message = "bucket_kms_key_arn is no ARN of a KMS key. It looks like arn:aws:kms:ap-northeast-1:123456789012:key/…"
  }
}

variable "create_service_linked_roles" {
  type        = set(string)
  default     = []
  description = <<-EOT
    No more: service-linked roles are the account's, and `awa-batch bootstrap` (or `aws iam create-service-linked-role`) makes those that are missing, once. Default
    none; anything else is refused. Roles that an environment has made stay when this is taken out: no change deletes them.
  EOT
  nullable    = false

  validation {
    condition     = length(var.create_service_linked_roles) == 0
    error_message = "create_service_linked_roles has ${join(", ", var.create_service_linked_roles)}: no environment makes them any more, since its end would take them from all others. Take it out, and run: awa-batch bootstrap."
  }
}

variable "execute_command_jobs" {
  type        = set(string)
  default     = []
  description = "Job profiles whose containers ECS Exec may open a shell in: their roles get its channels. Default none. Changes apply in place."
  nullable    = false
}

variable "extra_repository_arns" {
  type        = set(string)
  default     = []
  description = <<-EOT
    ECR repositories beside this platform's, by ARN, that jobs may pull images from: of another project, account or region. One of another account must let this
    account pull in its own policy too. Default none. Changes apply in place.
  EOT
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.extra_repository_arns : can(regex("^arn:[^:]+:ecr:[a-z0-9-]+:[0-9]{12}:repository/[a-z0-9._/*-]+$", arn))])
    error_message = "extra_repository_arns has a value that is no ARN of an ECR repository: ${join(", ", [for arn in var.extra_repository_arns : arn if !can(regex("^arn:[^:]+:ecr:[a-z0-9-]+:[0-9]{12}:repository/[a-z0-9._/*-]+$", arn))])}. It looks like arn:aws:ecr:ap-northeast-1:123456789012:repository/base/python."
  }
}

variable "github_deployer" {
  type = object({
    repository          = string
    subjects            = optional(list(string), ["ref:refs/heads/main"])
    create_provider     = optional(bool, false)
    policy_arns         = optional(set(string), [])
    permission_boundary = optional(string)
  })
  default     = null
  description = <<-EOT
    A role that GitHub Actions of one repository (`owner/name`) assumes through OIDC, without stored keys, to push images
    of this environment; `policy_arns` adds what else it may do (for Terraform: policies of yours). `subjects` are the
    allowed ends of the token's `sub` claim: a branch (default main), `environment:prod`, `pull_request`. An account has one
    GitHub OIDC provider: `create_provider = true` makes it. Default null: no such role. Another repository or subject changes the
    trust in place.
  EOT

  validation {
    condition     = var.github_deployer == null || length(var.repository_names) > 0
    error_message = "github_deployer is set but repository_names is empty: there is nothing to push to. Give the repositories."
  }

  validation {
    condition     = var.github_deployer == null || can(regex("^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$", var.github_deployer.repository))
    error_message = "github_deployer.repository must be owner/name, with no wildcard."
  }

  validation {
    condition     = var.github_deployer == null || (length(try(var.github_deployer.subjects, [])) > 0 && alltrue([for subject in try(var.github_deployer.subjects, []) : subject != "*" && subject != ""]))
    error_message = "github_deployer.subjects must name branches or environments, like ref:refs/heads/main; \"*\" would let any pull request deploy."
  }

  # GitHub guide, "OpenID Connect reference": the forms of the sub claim. Another one is trusted and never comes.
  validation {
    condition     = length([for subject in try(var.github_deployer.subjects, []) : subject if !can(regex("^(pull_request|ref:refs/.+|[a-z_]+:.+)$", subject)) || can(regex("^ref:(refs/)?[^/]*$|^ref:heads", subject))]) == 0
    error_message = "github_deployer.subjects has what GitHub never says of itself: ${join(", ", [for subject in try(var.github_deployer.subjects, []) : subject if !can(regex("^(pull_request|ref:refs/.+|[a-z_]+:.+)$", subject)) || can(regex("^ref:(refs/)?[^/]*$|^ref:heads", subject))])}. Write ref:refs/heads/main, ref:refs/tags/v1, environment:prod or pull_request."
  }

  validation {
    condition     = alltrue([for arn in concat(tolist(try(var.github_deployer.policy_arns, [])), compact([try(var.github_deployer.permission_boundary, null)])) : can(regex("^arn:[^:]+:iam::([0-9]{12}|aws):policy/.+$", arn))])
    error_message = "github_deployer.policy_arns or permission_boundary is no ARN of a managed policy. Give one like arn:aws:iam::123456789012:policy/deploy."
  }
}

variable "instance_policy_arns" {
  type        = set(string)
  default     = []
  description = "Managed policies beside what the ECS agent needs, for what user data does on container instances. Jobs can reach that role: keep it small. Default none. Changes apply in place."
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.instance_policy_arns : can(regex("^arn:[^:]+:iam::([0-9]{12}|aws):policy/.+$", arn))])
    error_message = "instance_policy_arns has a value that is no ARN of a managed policy: ${join(", ", [for arn in var.instance_policy_arns : arn if !can(regex("^arn:[^:]+:iam::([0-9]{12}|aws):policy/.+$", arn))])}."
  }
}

variable "job_definition_names" {
  type        = set(string)
  default     = []
  description = "Names (without revision) of the job definitions that the submitter may submit; those that begin with `name` and a platform are named by one pattern. Default none. Changes apply in place."
  nullable    = false
}

variable "job_log_group_arn" {
  type        = string
  description = "ARN of the log group of jobs, without `:*`: the execution role writes there, the submitter reads. Changes apply in place."
  nullable    = false
}

variable "job_roles" {
  type = map(object({
    read_prefixes  = optional(list(string), ["data/", "out/"])
    write_prefixes = optional(list(string), ["out/"])
    policy_arns    = optional(set(string), [])
    statements = optional(list(object({
      sid       = optional(string)
      effect    = optional(string, "Allow")
      actions   = list(string)
      resources = list(string)
      conditions = optional(list(object({
        test     = string
        variable = string
        values   = list(string)
      })), [])
    })), [])
  }))
  default     = { sample = {} }
  description = <<-EOT
    One role per job profile: what the job's own code may do. Each may read the data bucket below `read_prefixes` (default
    data/ and out/) and write and delete below `write_prefixes` (default out/); `statements` adds more, with actions and
    resources spelled out, `policy_arns` managed policies. Default: one, `sample`. Renaming a profile replaces its role; running jobs keep
    the old one's credentials until they expire.
  EOT
  nullable    = false

  validation {
    condition     = alltrue([for role in values(var.job_roles) : length(role.read_prefixes) + length(role.write_prefixes) + length(role.statements) > 0])
    error_message = "job_roles has a role that allows nothing, which IAM refuses: ${join(", ", [for name, role in var.job_roles : name if length(role.read_prefixes) + length(role.write_prefixes) + length(role.statements) == 0])}. Give it a prefix or a statement."
  }

  validation {
    condition     = alltrue([for name in keys(var.job_roles) : can(regex("^[a-z0-9][a-z0-9-]{0,17}$", name))])
    error_message = "job_roles has a name that is too long or has other than lower-case letters, digits and hyphens: ${join(", ", [for name in keys(var.job_roles) : name if !can(regex("^[a-z0-9][a-z0-9-]{0,17}$", name))])}. Use at most 18 characters."
  }

  validation {
    condition     = alltrue(flatten([for role in values(var.job_roles) : [for statement in role.statements : [for action in statement.actions : action != "*" && !endswith(action, ":*")]]]))
    error_message = "job_roles.statements has an action that ends in \":*\" or is \"*\" (${join(", ", distinct(flatten([for name, role in var.job_roles : [for statement in role.statements : [for action in statement.actions : "${name}: ${action}" if action == "*" || endswith(action, ":*")]]])))}). Name the actions the job needs."
  }

  validation {
    condition     = alltrue(flatten([for role in values(var.job_roles) : [for prefix in concat(role.read_prefixes, role.write_prefixes) : can(regex("^[^*/][^*]*/$", prefix))]]))
    error_message = "job_roles has a prefix that does not end in \"/\", starts with \"/\" or has a \"*\". Write prefixes like data/ or out/reports/."
  }

  validation {
    condition     = alltrue(flatten([for role in values(var.job_roles) : [for statement in role.statements : contains(["Allow", "Deny"], statement.effect)]]))
    error_message = "job_roles.statements has an effect other than Allow and Deny: ${join(", ", flatten([for name, role in var.job_roles : [for statement in role.statements : "${name}: ${statement.effect}" if !contains(["Allow", "Deny"], statement.effect)]]))}."
  }

  validation {
    condition     = alltrue([for role in values(var.job_roles) : length(distinct(concat([for statement in role.statements : statement.sid if statement.sid != null], ["ListPrefixes", "ReadObjects", "WriteObjects", "UseBucketKey", "ExecuteCommand"]))) == length([for statement in role.statements : statement if statement.sid != null]) + 5])
    error_message = "job_roles.statements has a sid twice, or one of the module's own (ListPrefixes, ReadObjects, WriteObjects, UseBucketKey, ExecuteCommand), in ${join(", ", [for name, role in var.job_roles : name if length(distinct(concat([for statement in role.statements : statement.sid if statement.sid != null], ["ListPrefixes", "ReadObjects", "WriteObjects", "UseBucketKey", "ExecuteCommand"]))) != length([for statement in role.statements : statement if statement.sid != null]) + 5])}. IAM takes each once: give another, or none."
  }

  validation {
    condition     = alltrue(flatten([for role in values(var.job_roles) : [for statement in role.statements : statement.sid == null || can(regex("^[A-Za-z0-9]+$", statement.sid))]]))
    error_message = "job_roles.statements has a sid with other than letters and digits: ${join(", ", flatten([for name, role in var.job_roles : [for statement in role.statements : "${name}: ${statement.sid}" if statement.sid != null && !can(regex("^[A-Za-z0-9]+$", statement.sid))]]))}."
  }

  validation {
    condition     = alltrue(flatten([for role in values(var.job_roles) : [for arn in role.policy_arns : can(regex("^arn:[^:]+:iam::([0-9]{12}|aws):policy/.+$", arn))]]))
    error_message = "job_roles.policy_arns has a value that is no ARN of a managed policy: ${join(", ", flatten([for name, role in var.job_roles : [for arn in role.policy_arns : "${name}: ${arn}" if !can(regex("^arn:[^:]+:iam::([0-9]{12}|aws):policy/.+$", arn))]]))}."
  }

  # IAM guide, "Grammar of the IAM JSON policy language": IAM refuses the whole policy (MalformedPolicyDocument) in the middle of an apply.
  validation {
    condition     = length(flatten([for name, role in var.job_roles : [for statement in role.statements : concat([for action in statement.actions : "${name}: action ${action}" if !can(regex("^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$", action))], [for resource in statement.resources : "${name}: resource ${resource}" if !can(regex("^([*]|arn:[^:]*:[^:]*:[^:]*:[^:]*:.+)$", resource))])]])) == 0
    error_message = "job_roles.statements has an action without its service or a resource that is no ARN: ${join(", ", flatten([for name, role in var.job_roles : [for statement in role.statements : concat([for action in statement.actions : "${name}: action ${action}" if !can(regex("^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$", action))], [for resource in statement.resources : "${name}: resource ${resource}" if !can(regex("^([*]|arn:[^:]*:[^:]*:[^:]*:[^:]*:.+)$", resource))])]]))}. They look like dynamodb:GetItem and arn:aws:dynamodb:ap-northeast-1:123456789012:table/name, or * for every resource."
  }

  # IAM guide, "IAM JSON policy elements: Condition operators".
  validation {
    condition     = length(flatten([for name, role in var.job_roles : [for statement in role.statements : [for condition in statement.conditions : "${name}: ${condition.test} ${condition.variable}" if !can(regex("^((For(Any|All)Values:)?(String(Not)?(Equals(IgnoreCase)?|Like)|(Numeric|Date)(Not)?Equals|(Numeric|Date)(Less|Greater)Than(Equals)?|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?|Null)$", condition.test)) || !can(regex("^[A-Za-z0-9-]+:.+$", condition.variable))]]])) == 0
    error_message = "job_roles.statements has a condition that IAM does not know: ${join(", ", flatten([for name, role in var.job_roles : [for statement in role.statements : [for condition in statement.conditions : "${name}: ${condition.test} ${condition.variable}" if !can(regex("^((For(Any|All)Values:)?(String(Not)?(Equals(IgnoreCase)?|Like)|(Numeric|Date)(Not)?Equals|(Numeric|Date)(Less|Greater)Than(Equals)?|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?|Null)$", condition.test)) || !can(regex("^[A-Za-z0-9-]+:.+$", condition.variable))]]]))}. Give a test like StringEquals and a variable like aws:SourceVpc."
  }
}

variable "keeps_events" {
  type        = bool
  default     = false
  description = "Whether the log group `/aws/events/<name>` keeps the events of jobs, which the submitter may then read. Default false. Changes apply in place."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Name prefix of everything here. Role names are unique in an account whatever their path and region, so a second region needs another prefix. Changing it replaces every role."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,39}$", var.name))
    error_message = "name is \"${var.name}\". Use 2 to 40 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "permissions_boundary_arn" {
  type        = string
  default     = null
  description = "Managed policy that bounds what every role made here may ever do, where an organisation asks for one. Default null: none. Changes apply in place."

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:[^:]+:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn is no ARN of a managed policy. It looks like arn:aws:iam::123456789012:policy/boundary."
  }
}

variable "platforms" {
  type        = set(string)
  default     = ["EC2", "FARGATE"]
  description = "Batch platforms in use, `EC2`, `FARGATE` or both (default). Without EC2 no instance role is made; taking it out deletes the role."
  nullable    = false

  validation {
    condition     = length(var.platforms) > 0 && length(setsubtract(var.platforms, ["EC2", "FARGATE"])) == 0
    error_message = "platforms is [${join(", ", var.platforms)}]. Use EC2, FARGATE or both."
  }
}

variable "queue_names" {
  type        = set(string)
  default     = []
  description = "Queues that the submitter may submit to. Default none. Changes apply in place."
  nullable    = false
}

variable "repository_names" {
  type        = set(string)
  default     = []
  description = "ECR repositories of this account that the execution role may pull from and the deployer may push to. Default none. Changes apply in place."
  nullable    = false
}

variable "role_path" {
  type        = string
  default     = "/"
  description = "IAM path of the roles and the instance profile, `/batch/` for example. Default `/`. Changing it replaces them all."
  nullable    = false

  validation {
    condition     = can(regex("^/([A-Za-z0-9._+=,@-]+/)*$", var.role_path)) && length(var.role_path) <= 512
    error_message = "role_path is \"${var.role_path}\". It begins and ends with a /, like /batch/."
  }
}

variable "secret_arns" {
  type        = set(string)
  default     = []
  description = <<-EOT
    Secrets Manager secrets and SSM parameters, by ARN, that definitions name in `secrets`: the execution role may read
    exactly these. Default none. Changes apply in place.
  EOT
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.secret_arns : can(regex("^arn:[^:]+:(secretsmanager:[^:]+:[0-9]{12}:secret:|ssm:[^:]+:[0-9]{12}:parameter/).+", arn))])
    error_message = "secret_arns has a value that is neither a Secrets Manager nor an SSM parameter ARN: ${join(", ", [for arn in var.secret_arns : arn if !can(regex("^arn:[^:]+:(secretsmanager:[^:]+:[0-9]{12}:secret:|ssm:[^:]+:[0-9]{12}:parameter/).+", arn))])}."
  }
}

variable "secrets_kms_key_arns" {
  type        = set(string)
  default     = []
  description = "KMS keys of those secrets when they have their own. Default none: AWS-managed keys need no grant. Changes apply in place."
  nullable    = false

  # A policy knows keys by their own ARN alone (KMS guide, "Specifying KMS keys in IAM policy statements").
  validation {
    condition     = length([for arn in var.secrets_kms_key_arns : arn if !can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", arn))]) == 0
    error_message = "secrets_kms_key_arns has a value that is no ARN of a KMS key: ${join(", ", [for arn in var.secrets_kms_key_arns : arn if !can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", arn))])}. Give the key that an alias stands for, like arn:aws:kms:ap-northeast-1:123456789012:key/…"
  }
}

variable "session_manager" {
  type        = bool
  default     = false
  description = "Whether one may open a shell on container instances through Systems Manager (AmazonSSMManagedInstanceCore on the instance role). Default false. Without NAT it needs the endpoints ssm, ssmmessages and ec2messages. Changes apply in place."
  nullable    = false
}

variable "submitter_principal_arns" {
  type        = set(string)
  default     = []
  description = <<-EOT
    Who may assume the submitter role. Default none: this account, which leaves the choice to IAM policies of the
    account's users and roles. Changes apply in place.
  EOT
  nullable    = false

  # IAM guide, "AWS JSON policy elements: Principal": a group or a part of a name is none.
  validation {
    condition     = length([for principal in var.submitter_principal_arns : principal if !can(regex("^([0-9]{12}|arn:[^:]+:(iam::[0-9]{12}:(root|(user|role)/[^*]+)|sts::[0-9]{12}:(assumed-role|federated-user)/[^*]+))$", principal))]) == 0
    error_message = "submitter_principal_arns has what cannot assume a role, or is everybody: ${join(", ", [for principal in var.submitter_principal_arns : principal if !can(regex("^([0-9]{12}|arn:[^:]+:(iam::[0-9]{12}:(root|(user|role)/[^*]+)|sts::[0-9]{12}:(assumed-role|federated-user)/[^*]+))$", principal))])}. Give an account's id or the ARN of a user or a role, like arn:aws:iam::123456789012:role/scientists."
  }
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags on every role, profile and policy. Default none. Changes apply in place."
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

variable "unreleased_code" {
  type        = bool
  default     = true
  description = <<-EOT
    Whether the submitter may register job definitions that are a released one with another image (`awa-batch submit --image`), and so pass
    the execution role and the roles of jobs to them. Default true. Changes apply in place.
  EOT
  nullable    = false
}
