mock_provider "aws" {
  source = "../../testing/mocks"
}

variables {
  environment = "test"
}

run "before_the_first_image" {
  command = plan

  assert {
    condition     = length(module.schedules) == 0
    error_message = "Nothing is made for schedules that there are not."
  }

  assert {
    condition     = output.contract.job_definitions == {} && length(output.contract.queues) == 4
    error_message = "Without a digest there is a platform and no job definition."
  }

  assert {
    condition     = toset(keys(output.contract)) == toset(["schema_version", "project", "environment", "region", "account_id", "prefix", "queues", "job_definitions", "repositories", "data_bucket", "log_groups", "topic_arn"])
    error_message = "The contract's shape is what the toolkit reads."
  }

  assert {
    condition     = jsonencode({ for image, repository in output.contract.repositories : image => repository.architectures }) == jsonencode({ latest = ["X86_64"], test = [] })
    error_message = "The contract says what each image is to be built for."
  }

  assert {
    condition     = output.contract.data_bucket.name == "awa-batch-test-data-123456789012" && output.contract.log_groups.jobs == "/aws/batch/awa-batch-test"
    error_message = "Names follow the prefix."
  }
}

run "released" {
  command = plan

  variables {
    release = { images = { latest = { blue = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/awa-batch-test/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", green = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/awa-batch-test/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", share = 20 } } }
    jobs = {
      sample = { ec2 = { vcpu = 1, memory = 1024 }, fargate = { vcpu = 0.5, memory = 1024 } }
      check  = { image = "test", fargate = {} }
    }
  }

  assert {
    condition     = { for name, definition in output.contract.job_definitions : name => try(definition.share, 0) } == { "ec2-sample" = 0, "ec2-sample-green" = 20, "fargate-sample" = 0, "fargate-sample-green" = 20 }
    error_message = "The contract must say of the candidates alone how many of a hundred jobs go to them."
  }
  assert {
    condition     = { for name, definition in output.contract.job_definitions : name => definition.slot } == { "ec2-sample" = "blue", "ec2-sample-green" = "green", "fargate-sample" = "blue", "fargate-sample-green" = "green" }
    error_message = "Each job has a definition on each of its platforms and for each slot that has a digest, and an image without one has none."
  }

  assert {
    condition     = jsonencode({ for image, repository in output.contract.repositories : image => repository.architectures }) == jsonencode({ latest = ["X86_64"], test = ["X86_64"] })
    error_message = "An image is built for what the jobs that run it ask for, released or not."
  }

  assert {
    condition     = toset(local.definition_names) == toset(["awa-batch-test-ec2-sample", "awa-batch-test-ec2-sample-green", "awa-batch-test-fargate-sample", "awa-batch-test-fargate-sample-green", "awa-batch-test-fargate-check", "awa-batch-test-fargate-check-green"])
    error_message = "The submitter may submit what may exist, whatever is released."
  }
}

run "secrets_of_jobs_become_permissions" {
  command = plan

  variables {
    ec2     = { enabled = false }
    network = { extra_interface_endpoints = ["secretsmanager", "ssm"] }
    jobs = {
      sample = {
        fargate = {}
        secrets = {
          TOKEN    = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:api-AbCdEf:token::"
          PASSWORD = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:api-AbCdEf:password::"
          LEVEL    = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/app/level"
        }
      }
    }
  }

  assert {
    condition     = toset(local.secret_arns) == toset(["arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:api-AbCdEf", "arn:aws:ssm:ap-northeast-1:123456789012:parameter/app/level"])
    error_message = "The execution role may read each secret once, whatever keys of it are used."
  }
}

run "one_platform" {
  command = plan

  variables {
    ec2 = { enabled = false }
  }

  assert {
    condition     = toset(keys(output.contract.queues)) == toset(["fargate-high-priority", "fargate-low-priority"]) && length(output.compute_environments) == 2 && length(output.network.interface_endpoints) == 3
    error_message = "Without EC2 nothing of it is made, endpoints included."
  }
}

run "more_than_the_quota_is_told" {
  command = plan

  variables {
    quotas = { fargate_on_demand = 15, fargate_spot = 16, ec2_on_demand = 15, ec2_spot = 16 }
  }

  assert {
    condition     = local.over_quota == ["ec2_on_demand: ceiling 16, quota 15", "fargate_on_demand: ceiling 16, quota 15"]
    error_message = "What is within the quota must pass, what is beyond must be named."
  }

  expect_failures = [check.quota_headroom]
}

run "pools_and_queues_are_added_to_the_defaults" {
  command = plan

  variables {
    ec2 = {
      pools  = { gpu = { gpu = true, max_vcpus = 96 }, spot = { max_vcpus = 32 } }
      queues = { gpu = { priority = 50, pools = ["gpu"] }, low = { pools = ["spot", "on_demand"] } }
    }
    fargate = {
      pools  = { spot = null }
      queues = { low = null, wide = { priority = 20, pools = ["on_demand"] } }
    }
    quotas = { ec2_gpu_on_demand = 96, ec2_spot = 32, ec2_on_demand = 16, fargate_on_demand = 16, fargate_spot = 1 }
  }

  assert {
    condition     = { for name, queue in output.contract.queues : name => [queue.max_vcpus, queue.capacity] } == { "ec2-high-priority" = [16, "ON_DEMAND"], "ec2-low-priority" = [48, "SPOT_THEN_ON_DEMAND"], "ec2-gpu" = [96, "ON_DEMAND"], "fargate-high-priority" = [16, "ON_DEMAND"], "fargate-wide" = [16, "ON_DEMAND"] }
    error_message = "What is named is added or changed, null takes a default out, and the rest stays."
  }

  assert {
    condition     = toset(local.queue_names) == toset([for queue in values(output.contract.queues) : queue.name])
    error_message = "The submitter may submit to exactly the queues that there are."
  }

  assert {
    condition     = toset(keys(output.compute_environments)) == toset(["ec2/on_demand/a", "ec2/spot/a", "ec2/gpu/a", "fargate/on_demand"])
    error_message = "A pool that is taken out is not made."
  }
}

run "without_sample" {
  command = plan

  variables {
    ec2     = { enabled = false }
    jobs    = { sample = null, mine = { fargate = {} } }
    release = { images = { latest = { blue = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/awa-batch-test/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } } }
  }

  assert {
    condition     = keys(output.contract.job_definitions) == ["fargate-mine"] && keys(output.roles.jobs) == ["mine"]
    error_message = "Nothing is made of a job that is null."
  }
}

# Of each there is a case that is refused in the module network: what is held here is that the jobs are asked.
run "what_jobs_need_of_the_network" {
  command = plan

  variables {
    ec2 = { enabled = false }
    network = {
      nat          = "single"
      egress_rules = { https = { description = "HTTPS", from_port = 443, to_port = 443 }, nfs = { description = "EFS", from_port = 2049, to_port = 2049 } }
    }
    jobs = {
      sample = {
        fargate     = {}
        efs_volumes = { data = { file_system_id = "fs-0123456789abcdef0", container_path = "/mnt/data" } }
        secrets     = { LEVEL = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/app/level" }
      }
    }
  }

  assert {
    condition     = join(" ", local.needed_endpoints) == "ssm" && join(" ", local.needed_ports) == "2049"
    error_message = "Secrets and file systems of jobs, also of those without an image, are asked of the network."
  }
}

run "images_that_no_job_could_pull" {
  command = plan

  variables {
    ec2  = { enabled = false }
    jobs = { sample = { fargate = {} }, check = { image = "test", fargate = {} }, base = { image = "base", fargate = {} }, other = { image = "other", fargate = {} } }
    images = {
      repositories          = { latest = {}, test = {}, base = {}, other = {} }
      extra_repository_arns = ["arn:aws:ecr:us-east-1:210987654321:repository/team/*"]
    }
    release = { images = {
      latest = { blue = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/awa-batch-dev/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
      test   = { blue = "docker.io/library/python@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
      base   = { blue = "210987654321.dkr.ecr.us-east-1.amazonaws.com/team/base@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
      other  = { blue = "210987654321.dkr.ecr.us-east-1.amazonaws.com/other@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
    } }
  }

  assert {
    condition     = length(local.image_faults) == 3 && startswith(local.image_faults[0], "check = docker.io") && startswith(local.image_faults[1], "other = 210987654321") && startswith(local.image_faults[2], "sample = 123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/awa-batch-dev/latest")
    error_message = "Images of repositories that the execution role may not pull from, and registries that there is no way to, must be named."
  }

  expect_failures = [output.contract]
}

run "keys_of_ones_own" {
  command = plan

  variables {
    ec2           = { enabled = false, disk = { kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/disk" }, pools = { gpu = { gpu = true, disk = { kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/gpu" } } } }
    observability = { kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/logs", alerts = { enabled = true, kms_key_arn = "arn:aws:kms:ap-northeast-1:123456789012:key/alerts" } }
  }

  assert {
    condition     = join(" ", data.aws_iam_policy_document.key.statement[*].sid) == "AutoScalingDisks AutoScalingGrants LogGroups AlertPublishers" && output.key_policy != null && length(local.keys) == 4
    error_message = "What a key must let AWS do is put out, for each thing that has one."
  }

  assert {
    condition     = contains(one(data.aws_iam_policy_document.key.statement[2].condition).values, "arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/batch/awa-batch-test") && one(data.aws_iam_policy_document.key.statement[1].condition).variable == "kms:GrantIsForAWSResource"
    error_message = "Each is bounded to what is encrypted."
  }
}

# Both are told by one output: what is held beside it is that each was seen.
run "a_key_and_a_secret_of_another_region" {
  command = plan

  variables {
    ec2     = { enabled = false }
    network = { extra_interface_endpoints = ["ssm"] }
    jobs    = { sample = { fargate = {}, secrets = { A = "arn:aws:ssm:us-east-1:123456789012:parameter/a" } } }
    storage = { kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/a" }
  }

  assert {
    condition     = length(local.foreign_keys) == 1 && length(local.foreign_secrets) == 1
    error_message = "Each must be seen."
  }

  expect_failures = [output.key_policy]
}

run "schedules" {
  command = plan

  variables {
    schedules = {
      nightly = { cron = "0 3 * * ? *", timezone = "Asia/Tokyo", job = "fargate-sample", queue = "fargate-high-priority" }
      hourly  = { rate = "1 hour", job = "ec2-sample", queue = "ec2-low-priority" }
    }
  }

  assert {
    condition     = module.schedules[0].requests["nightly"].JobDefinition == "awa-batch-test-fargate-sample" && module.schedules[0].requests["nightly"].JobQueue == "awa-batch-test-fargate-high-priority"
    error_message = "Logical names become those of AWS."
  }

  assert {
    condition     = module.schedules[0].requests["nightly"].ShareIdentifier == "default" && !can(module.schedules[0].requests["hourly"].ShareIdentifier)
    error_message = "On a fair-share queue a schedule has the queue's share identifier, on another it has none."
  }

  assert {
    condition     = output.contract.schedules == { nightly = { group = "awa-batch-test", queue = "fargate-high-priority", job_definition = "fargate-sample", enabled = true }, hourly = { group = "awa-batch-test", queue = "ec2-low-priority", job_definition = "ec2-sample", enabled = true } }
    error_message = "The contract tells by what the toolkit finds schedules."
  }
}

run "schedules_that_could_start_no_job" {
  command = plan

  variables {
    schedules = {
      across  = { rate = "1 hour", job = "ec2-sample", queue = "fargate-low-priority" }
      nightly = { rate = "1 hour", job = "fargate-sample", queue = "fargate-middle" }
      weekly  = { rate = "1 hour", job = "fargate-simple", queue = "fargate-low-priority" }
    }
  }

  assert {
    condition     = length(local.schedule_faults) == 3 && startswith(local.schedule_faults[0], "across") && strcontains(local.schedule_faults[1], "fargate-middle") && strcontains(local.schedule_faults[2], "fargate-simple")
    error_message = "A queue and a job that there are not, and a job of another platform than its queue, must be named."
  }

  expect_failures = [output.contract]
}

run "the_file_of_generations_stands_over_the_pools" {
  command = plan

  variables {
    ec2 = { pools = { on_demand = { max_vcpus = 8, generations = { a = { image_id = "ami-0123456789abcdef0" } } } } }
    generations = {
      ec2     = { on_demand = { a = { instance_types = ["m6i"] }, b = { state = "standby", replaces = ["a"] } } }
      fargate = { spot = { b = {} } }
    }
  }

  assert {
    condition     = { for key, environment in output.compute_environments : key => environment.state } == { "ec2/on_demand/a" = "active", "ec2/on_demand/b" = "standby", "ec2/spot/a" = "active", "fargate/on_demand" = "active", "fargate/spot/b" = "active" }
    error_message = "It says which generations a pool has; pools that it does not name keep theirs."
  }

  assert {
    condition     = local.ec2_generations.on_demand.generations.a.image_id == "ami-0123456789abcdef0" && local.ec2_generations.on_demand.generations.a.instance_types == tolist(["m6i"]) && output.compute_environments["ec2/on_demand/b"].max_vcpus == 8
    error_message = "What a generation of it does not say is the pool's."
  }
}
