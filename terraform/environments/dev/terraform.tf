terraform {
  required_version = ">= 1.10.0, < 2.0.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # The bucket comes from terraform/bootstrap and is given at init, as it differs by account:
  # terraform init -backend-config=backend.hcl
  backend "s3" {
    key          = "awa-batch/dev/terraform.tfstate"
    use_lockfile = true
    encrypt      = true
  }
}
