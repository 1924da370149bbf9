variable "generations" {
  type = object({
    ec2 = optional(map(map(object({
      state          = optional(string, "active")
      instance_types = optional(list(string))
      image_id       = optional(string)
      launch_template = optional(object({
        id      = string
        version = number
        content = string
      }))
      replaces = optional(list(string), [])
    }))), {})
    fargate = optional(map(map(object({
      state    = optional(string, "active")
      replaces = optional(list(string), [])
    }))), {})
  })
  default     = {}
  description = "Generations of compute environments, as the input of modules/platform. Written by the toolkit into generations.auto.tfvars.json. Default: those of main.tf. Changes add and delete environments and put them on queues or take them off."
  nullable    = false
}

variable "release" {
  type = object({
    images = optional(map(object({
      blue  = optional(string)
      green = optional(string)
      share = optional(number)
    })), {})
  })
  default     = {}
  description = "What runs, as the input of modules/platform. Written by the toolkit into release.auto.tfvars.json. Default: nothing is released. Changes register new revisions."
  nullable    = false
}
