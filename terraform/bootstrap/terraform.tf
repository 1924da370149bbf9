terraform {
  required_version = ">= 1.10.0, < 2.0.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # This root makes the bucket that all other states lie in, so its own state stays on disk. It holds no secret; should it
  # get lost, `terraform import` brings the bucket back.
  backend "local" {}
}
