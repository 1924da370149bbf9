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
