# What the inputs refuse, each with the value that just passes beside it. The runs load the variables alone, through
# tests/variables: no provider, so that the whole table takes a second.

variables {
  name               = "demo-fargate-sample"
  platform           = "FARGATE"
  image              = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  execution_role_arn = "arn:aws:iam::123456789012:role/demo-execution"
  job_role_arn       = "arn:aws:iam::123456789012:role/demo-job-sample"
  log_group          = "/aws/batch/demo"
  container          = { vcpu = 0.5, memory = 1024 }
}

run "fargate_quarter_memory_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 0.25, memory = 3072 }
  }

  expect_failures = [var.container]
}

run "fargate_quarter_memory_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 0.25, memory = 2048 }
  }
}

run "fargate_half_memory_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 0.5, memory = 5120 }
  }

  expect_failures = [var.container]
}

run "fargate_half_memory_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 0.5, memory = 4096 }
  }
}

run "fargate_one_memory_step_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2560 }
  }

  expect_failures = [var.container]
}

run "fargate_one_memory_step_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 3072 }
  }
}

run "fargate_two_memory_low_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 2, memory = 3072 }
  }

  expect_failures = [var.container]
}

run "fargate_two_memory_low_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 2, memory = 4096 }
  }
}

run "fargate_four_memory_high_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 4, memory = 31744 }
  }

  expect_failures = [var.container]
}

run "fargate_four_memory_high_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 4, memory = 30720 }
  }
}

run "fargate_eight_memory_step_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 8, memory = 17408 }
  }

  expect_failures = [var.container]
}

run "fargate_eight_memory_step_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 8, memory = 20480 }
  }
}

run "fargate_sixteen_memory_step_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 16, memory = 36864 }
  }

  expect_failures = [var.container]
}

run "fargate_sixteen_memory_step_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 16, memory = 40960 }
  }
}

run "fargate_vcpu_between_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 3, memory = 8192 }
  }

  expect_failures = [var.container]
}

run "fargate_vcpu_between_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 4, memory = 8192 }
  }
}

run "fargate_vcpu_too_large_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 24, memory = 122880 }
  }

  expect_failures = [var.container]
}

run "fargate_vcpu_too_large_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 16, memory = 122880 }
  }
}

run "ec2_part_of_a_vcpu_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "EC2"
    container = { vcpu = 0.5, memory = 1024 }
  }

  expect_failures = [var.container]
}

run "ec2_part_of_a_vcpu_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "EC2"
    container = { vcpu = 1, memory = 1024 }
  }
}

run "ec2_memory_too_small_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "EC2"
    container = { vcpu = 1, memory = 3 }
  }

  expect_failures = [var.container]
}

run "ec2_memory_too_small_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "EC2"
    container = { vcpu = 1, memory = 4 }
  }
}

run "fargate_gpu_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, gpus = 1 }
  }

  expect_failures = [var.container]
}

run "fargate_gpu_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "EC2"
    container = { vcpu = 1, memory = 2048, gpus = 1 }
  }
}

run "root_user_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, user = "0:0" }
  }

  expect_failures = [var.container]
}

run "root_user_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, user = "1:1" }
  }
}

run "root_by_name_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, user = "root" }
  }

  expect_failures = [var.container]
}

run "root_by_name_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, user = "rooty" }
  }
}

run "reserved_environment_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, environment = { AWS_BATCH_X = "1" } }
  }

  expect_failures = [var.container]
}

run "reserved_environment_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, environment = { AWS_BATC = "1" } }
  }
}

run "environment_name_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, environment = { "A-B" = "1" } }
  }

  expect_failures = [var.container]
}

run "environment_name_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, environment = { A_B = "1" } }
  }
}

run "environment_and_secret_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, environment = { A = "1" }, secrets = { A = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/a" } }
  }

  expect_failures = [var.container]
}

run "environment_and_secret_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, environment = { A = "1" }, secrets = { B = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/a" } }
  }
}

run "secret_by_value_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, secrets = { A = "hunter2" } }
  }

  expect_failures = [var.container]
}

run "secret_by_value_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, secrets = { A = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:a-AbCdEf" } }
  }
}

run "fargate_tmp_in_memory_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, tmp = { medium = "memory" } }
  }

  expect_failures = [var.container]
}

run "fargate_tmp_in_memory_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, tmp = { medium = "disk" } }
  }
}

run "tmp_as_large_as_memory_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "EC2"
    container = { vcpu = 1, memory = 2048, tmp = { size = 2048 } }
  }

  expect_failures = [var.container]
}

run "tmp_as_large_as_memory_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "EC2"
    container = { vcpu = 1, memory = 2048, tmp = { size = 2047 } }
  }
}

run "fargate_host_volume_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, host_volumes = { a = { host_path = "/a", container_path = "/a" } } }
  }

  expect_failures = [var.container]
}

run "fargate_host_volume_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "EC2"
    container = { vcpu = 1, memory = 2048, host_volumes = { a = { host_path = "/a", container_path = "/a" } } }
  }
}

run "volume_named_tmp_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "EC2"
    container = { vcpu = 1, memory = 2048, host_volumes = { tmp = { host_path = "/a", container_path = "/a" } } }
  }

  expect_failures = [var.container]
}

run "volume_named_tmp_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "EC2"
    container = { vcpu = 1, memory = 2048, host_volumes = { tmp2 = { host_path = "/a", container_path = "/a" } } }
  }
}

run "volume_over_root_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "EC2"
    container = { vcpu = 1, memory = 2048, host_volumes = { a = { host_path = "/a", container_path = "/" } } }
  }

  expect_failures = [var.container]
}

run "volume_over_root_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "EC2"
    container = { vcpu = 1, memory = 2048, host_volumes = { a = { host_path = "/", container_path = "/a" } } }
  }
}

run "ephemeral_storage_low_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, ephemeral_storage = 20 }
  }

  expect_failures = [var.container]
}

run "ephemeral_storage_low_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, ephemeral_storage = 21 }
  }
}

run "ephemeral_storage_high_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, ephemeral_storage = 201 }
  }

  expect_failures = [var.container]
}

run "ephemeral_storage_high_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, ephemeral_storage = 200 }
  }
}

run "ephemeral_storage_on_ec2_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "EC2"
    container = { vcpu = 1, memory = 2048, ephemeral_storage = 21 }
  }

  expect_failures = [var.container]
}

run "ephemeral_storage_on_ec2_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "EC2"
    container = { vcpu = 1, memory = 2048, ephemeral_storage = null }
  }
}

run "platform_version_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, platform_version = "1.5.0" }
  }

  expect_failures = [var.container]
}

run "platform_version_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, platform_version = "1.4.0" }
  }
}

run "old_platform_large_job_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    container = { vcpu = 8, memory = 16384, platform_version = "1.3.0" }
  }

  expect_failures = [var.container]
}

run "old_platform_large_job_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    container = { vcpu = 4, memory = 16384, platform_version = "1.3.0" }
  }
}

run "architecture_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, cpu_architecture = "arm64" }
  }

  expect_failures = [var.container]
}

run "architecture_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform  = "FARGATE"
    container = { vcpu = 1, memory = 2048, cpu_architecture = "ARM64" }
  }
}

run "image_by_tag_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    image = "x/latest:1.0"
  }

  expect_failures = [var.image]
}

run "image_by_tag_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    image = "x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }
}

run "image_short_digest_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    image = "x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }

  expect_failures = [var.image]
}

run "image_short_digest_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    image = "x/latest:1.0@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }
}

run "one_role_for_both_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    job_role_arn = "arn:aws:iam::123456789012:role/demo-execution"
  }

  expect_failures = [var.job_role_arn]
}

run "one_role_for_both_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    job_role_arn = "arn:aws:iam::123456789012:role/demo-execution2"
  }
}

run "name_start_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    name = "-demo"
  }

  expect_failures = [var.name]
}

run "name_start_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    name = "0-demo"
  }
}

run "name_length_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }

  expect_failures = [var.name]
}

run "name_length_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }
}

run "platform_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = "EKS"
  }

  expect_failures = [var.platform]
}

run "platform_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    platform = "FARGATE"
  }
}

run "attempts_none_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    retry = { attempts = 0 }
  }

  expect_failures = [var.retry]
}

run "attempts_none_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    retry = { attempts = 1 }
  }
}

run "attempts_many_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    retry = { attempts = 11 }
  }

  expect_failures = [var.retry]
}

run "attempts_many_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    retry = { attempts = 10 }
  }
}

run "six_rules_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    retry = { rules = [{ action = "RETRY", on_exit_code = "0" }, { action = "RETRY", on_exit_code = "1" }, { action = "RETRY", on_exit_code = "2" }, { action = "RETRY", on_exit_code = "3" }, { action = "RETRY", on_exit_code = "4" }, { action = "EXIT", on_reason = "*" }] }
  }

  expect_failures = [var.retry]
}

run "six_rules_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    retry = { rules = [{ action = "RETRY", on_exit_code = "0" }, { action = "RETRY", on_exit_code = "1" }, { action = "RETRY", on_exit_code = "2" }, { action = "RETRY", on_exit_code = "3" }, { action = "EXIT", on_reason = "*" }] }
  }
}

run "no_rules_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    retry = { rules = [] }
  }

  expect_failures = [var.retry]
}

run "no_rules_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    retry = { rules = [{ action = "EXIT", on_reason = "*" }] }
  }
}

run "rules_do_not_end_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    retry = { rules = [{ action = "EXIT", on_reason = "Out*" }] }
  }

  expect_failures = [var.retry]
}

run "rules_do_not_end_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    retry = { rules = [{ action = "EXIT", on_reason = "*" }] }
  }
}

run "rules_end_in_retry_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    retry = { rules = [{ action = "RETRY", on_reason = "*" }] }
  }

  expect_failures = [var.retry]
}

run "rules_end_in_retry_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    retry = { rules = [{ action = "RETRY", on_reason = "a*" }, { action = "EXIT", on_reason = "*" }] }
  }
}

run "rule_action_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    retry = { rules = [{ action = "STOP", on_reason = "a" }, { action = "EXIT", on_reason = "*" }] }
  }

  expect_failures = [var.retry]
}

run "rule_action_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    retry = { rules = [{ action = "EXIT", on_reason = "a" }, { action = "EXIT", on_reason = "*" }] }
  }
}

run "rule_without_condition_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    retry = { rules = [{ action = "RETRY" }, { action = "EXIT", on_reason = "*" }] }
  }

  expect_failures = [var.retry]
}

run "rule_without_condition_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    retry = { rules = [{ action = "RETRY", on_exit_code = "1" }, { action = "EXIT", on_reason = "*" }] }
  }
}

run "rule_glob_in_the_middle_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    retry = { rules = [{ action = "RETRY", on_reason = "a*b" }, { action = "EXIT", on_reason = "*" }] }
  }

  expect_failures = [var.retry]
}

run "rule_glob_in_the_middle_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    retry = { rules = [{ action = "RETRY", on_reason = "ab*" }, { action = "EXIT", on_reason = "*" }] }
  }
}

run "rule_exit_code_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    retry = { rules = [{ action = "RETRY", on_exit_code = "x" }, { action = "EXIT", on_reason = "*" }] }
  }

  expect_failures = [var.retry]
}

run "rule_exit_code_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    retry = { rules = [{ action = "RETRY", on_exit_code = "13*" }, { action = "EXIT", on_reason = "*" }] }
  }
}

run "scheduling_priority_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    scheduling_priority = 10000
  }

  expect_failures = [var.scheduling_priority]
}

run "scheduling_priority_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    scheduling_priority = 9999
  }
}

run "timeout_short_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    timeout = 59
  }

  expect_failures = [var.timeout]
}

run "timeout_short_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    timeout = 60
  }
}

run "too_many_tags_refused" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    tags = { for n in range(41) : "t${n}" => "x" }
  }

  expect_failures = [var.tags]
}

run "too_many_tags_passes" {
  command = plan

  module {
    source = "./tests/variables"
  }

  variables {
    tags = { for n in range(40) : "t${n}" => "x" }
  }
}
