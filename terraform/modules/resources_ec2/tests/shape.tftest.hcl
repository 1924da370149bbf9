mock_provider "aws" {
  source = "../../testing/mocks"
}

variables {
  name                 = "demo"
  subnet_ids           = ["subnet-1", "subnet-2"]
  security_group_ids   = ["sg-1"]
  instance_profile_arn = "arn:aws:iam::123456789012:instance-profile/demo-instance"
  execution_role_arn   = "arn:aws:iam::123456789012:role/demo-execution"
  log_group            = "/aws/batch/demo"
}

run "defaults" {
  command = plan

  assert {
    condition     = { for key, environment in aws_batch_compute_environment.this : key => [environment.compute_resources[0].type, environment.compute_resources[0].allocation_strategy, environment.state] } == { "on_demand/a" = ["EC2", "BEST_FIT_PROGRESSIVE", "ENABLED"], "spot/a" = ["SPOT", "SPOT_PRICE_CAPACITY_OPTIMIZED", "ENABLED"] }
    error_message = "One on-demand and one Spot environment are made."
  }

  assert {
    condition     = alltrue([for environment in aws_batch_compute_environment.this : environment.compute_resources[0].min_vcpus == 0 && environment.compute_resources[0].max_vcpus == 16])
    error_message = "Nothing may run while idle, and the small profile ends at 16 vCPUs."
  }

  assert {
    condition     = alltrue([for environment in aws_batch_compute_environment.this : environment.compute_resources[0].ec2_configuration[0].image_type == "ECS_AL2023"])
    error_message = "Amazon Linux 2023 is the image type to use."
  }

  assert {
    condition     = alltrue([for environment in aws_batch_compute_environment.this : startswith(environment.compute_environment_name_prefix, "demo-ec2-")])
    error_message = "A prefix lets a replacement live beside what it replaces."
  }

  assert {
    condition     = aws_launch_template.this.metadata_options[0].http_tokens == "required" && length(aws_launch_template.this.network_interfaces) == 0 && one(one(aws_launch_template.this.block_device_mappings).ebs).encrypted == "true"
    error_message = "Instances take IMDSv2 only, have no public address and encrypted disks."
  }

  assert {
    condition     = startswith(base64decode(aws_launch_template.this.user_data), "MIME-Version: 1.0\nContent-Type: multipart/mixed;") && strcontains(base64decode(aws_launch_template.this.user_data), "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true") && endswith(trimspace(base64decode(aws_launch_template.this.user_data)), "--==AWABATCH==--")
    error_message = "User data must be MIME multipart and switch Spot draining on."
  }

  assert {
    condition     = output.queues["ec2-low-priority"].capacity == "SPOT" && output.queues["ec2-high-priority"].capacity == "ON_DEMAND" && output.queues["ec2-low-priority"].max_vcpus == 16
    error_message = "High priority runs on demand, low on Spot."
  }
}

run "fair_share_on_ec2" {
  command = plan

  variables {
    queues = { high = { scheduling = "FAIR_SHARE", fair_share = { default_share_identifier = "team" } } }
  }

  assert {
    condition     = output.queues["ec2-high-priority"].scheduling == "FAIR_SHARE" && output.queues["ec2-high-priority"].default_share_identifier == "team"
    error_message = "Each queue may be fair-share."
  }
}

run "generations_in_order" {
  command = plan

  variables {
    on_demand = {
      min_vcpus = 4
      generations = {
        a = { state = "retired" }
        b = { state = "draining" }
        c = {}
        d = { instance_types = ["c7i"], image_id = "ami-0123456789abcdef0" }
      }
    }
  }

  assert {
    condition     = { for key, environment in aws_batch_compute_environment.this : key => "${environment.state} ${environment.compute_resources[0].min_vcpus}" } == { "on_demand/a" = "DISABLED 0", "on_demand/b" = "ENABLED 0", "on_demand/c" = "ENABLED 4", "on_demand/d" = "ENABLED 4", "spot/a" = "ENABLED 0" }
    error_message = "Draining generations finish their jobs, retired ones are disabled; neither keeps a minimum running."
  }

  assert {
    condition     = local.queue_environments.high == ["on_demand/d", "on_demand/c"]
    error_message = "Only active generations take jobs, the newest first."
  }

  assert {
    condition     = output.queues["ec2-high-priority"].max_vcpus == 32
    error_message = "A queue's ceiling is the sum over its active environments."
  }

  assert {
    condition     = aws_batch_compute_environment.this["on_demand/d"].compute_resources[0].instance_type == toset(["c7i"]) && aws_batch_compute_environment.this["on_demand/d"].compute_resources[0].ec2_configuration[0].image_id_override == "ami-0123456789abcdef0"
    error_message = "A generation's own instance types and image win."
  }
}

run "fallback" {
  command = plan

  variables {
    cpu_architecture = "ARM64"
    ami_refresh      = true
    profile          = "memory_bound"
    spot             = { max_vcpus = 100 }
    queues           = { low = { fallback_to_on_demand = true } }
  }

  assert {
    condition     = local.queue_environments.low == ["spot/a", "on_demand/a"] && output.queues["ec2-low-priority"].capacity == "SPOT_THEN_ON_DEMAND" && output.queues["ec2-low-priority"].max_vcpus == 356
    error_message = "Spot is tried first, on demand after it."
  }

  assert {
    condition     = aws_batch_compute_environment.this["spot/a"].compute_resources[0].instance_type == toset(["r7g", "r6g"]) && aws_batch_compute_environment.this["spot/a"].compute_resources[0].ec2_configuration[0].image_id_override == "ami-0123456789abcdef0"
    error_message = "The profile chooses the families of the architecture, the parameter the image."
  }
}
