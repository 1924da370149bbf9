variable "access_key" {
  type        = string
  description = "The access key id that the local AWS takes, drawn at each of its starts. Written by the toolkit into local.auto.tfvars.json. It changes with the server only."
  nullable    = false
}

variable "endpoint_url" {
  type        = string
  description = "Where the local AWS answers, like http://127.0.0.1:5000. Written by the toolkit into local.auto.tfvars.json. Another server has none of the resources: the toolkit then replaces the state."
  nullable    = false

  validation {
    condition     = can(regex("^https?://[^/\\s]+$", var.endpoint_url))
    error_message = "endpoint_url is \"${var.endpoint_url}\". It looks like http://127.0.0.1:5000, with no path."
  }
}

variable "release" {
  type = object({
    images = optional(map(object({
      blue  = optional(string)
      green = optional(string)
    })), {})
  })
  default     = {}
  description = "What runs, as the input of modules/platform. Written by the toolkit into release.auto.tfvars.json. Default: nothing is released. Changes register new revisions."
  nullable    = false
}

variable "secret_key" {
  type        = string
  description = "The secret of the access key. Written by the toolkit into local.auto.tfvars.json. It changes with the server only."
  nullable    = false
  sensitive   = true
}
