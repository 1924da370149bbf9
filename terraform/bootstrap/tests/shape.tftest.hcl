mock_provider "aws" {
  source = "../testing/mocks"
}

run "defaults" {
  command = plan

  assert {
    condition     = output.bucket == "awa-batch-tfstate-123456789012-ap-northeast-1" && strcontains(output.backend_config, "bucket = \"awa-batch-tfstate-123456789012-ap-northeast-1\"") && strcontains(output.backend_config, "allowed_account_ids = [\"123456789012\"]")
    error_message = "The bucket's name must be unique by project, account and region, and the backend must get it."
  }

  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled" && aws_s3_bucket_public_access_block.state.restrict_public_buckets
    error_message = "States must be private, and older ones must be there to go back to."
  }
}

run "no_role_is_made_unasked" {
  command = plan

  assert {
    condition     = join(",", keys(output.deployer_policies)) == "all-deploy-batch,all-deploy-data,all-deploy-network,all-deploy-roles,all-read,all-state"
    error_message = "By default the policies of all environments are given out as text."
  }

  assert {
    condition     = output.deployer_role_arns["all"].deploy == null && output.deployer_role_arns["all"].plan == null
    error_message = "Nobody is named who may assume a role."
  }
}

run "deployers" {
  command = plan

  variables {
    deployers = {
      dev  = { environment = "dev", deploy_principal_arns = ["arn:aws:iam::123456789012:role/team"] }
      prod = { environment = "prod", region = "us-east-1", github = { repository = "example/batch", deploy_subjects = ["environment:prod"] } }
    }
  }

  assert {
    condition     = length(output.deployer_policies) == 12 && contains(keys(output.deployer_policies), "prod-deploy-roles")
    error_message = "Each has its own policies."
  }
}

run "a_key_of_ones_own" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/a"
  }

  assert {
    condition     = strcontains(output.backend_config, "region = \"ap-northeast-1\"\n\n# Without") && strcontains(output.backend_config, "kms_key_id = \"arn:aws:kms:ap-northeast-1:123456789012:key/a\"\n\n# Terraform refuses") && !strcontains(run.defaults.backend_config, "kms")
    error_message = "The backend encrypts by the bucket's key only where it is told to."
  }
}

run "longest_bucket_name" {
  command = plan

  variables {
    project = "abcdefghijklmnopqrstuvwxyz0"
    region  = "ap-southeast-1"
  }

  assert {
    condition     = length(output.bucket) <= 63
    error_message = "S3 takes 63 characters."
  }
}
