# What the inputs refuse, each with the value that just passes beside it. `make tf-test` makes a native test of each pair
# (tests/terraform/refusals.py); `given` is what every one of them sets besides.

given = {
  name               = "demo-fargate-sample"
  platform           = "FARGATE"
  image              = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  execution_role_arn = "arn:aws:iam::123456789012:role/demo-execution"
  job_role_arn       = "arn:aws:iam::123456789012:role/demo-job-sample"
  log_group          = "/aws/batch/demo"
  container          = { vcpu = 0.5, memory = 1024 }
}

refusals = {
  fargate_quarter_memory = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 0.25, memory = 3072 } }
    passes  = { platform = "FARGATE", container = { vcpu = 0.25, memory = 2048 } }
  }
  fargate_half_memory = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 0.5, memory = 5120 } }
    passes  = { platform = "FARGATE", container = { vcpu = 0.5, memory = 4096 } }
  }
  fargate_one_memory_step = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 1, memory = 2560 } }
    passes  = { platform = "FARGATE", container = { vcpu = 1, memory = 3072 } }
  }
  fargate_two_memory_low = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 2, memory = 3072 } }
    passes  = { platform = "FARGATE", container = { vcpu = 2, memory = 4096 } }
  }
  fargate_four_memory_high = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 4, memory = 31744 } }
    passes  = { platform = "FARGATE", container = { vcpu = 4, memory = 30720 } }
  }
  fargate_eight_memory_step = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 8, memory = 17408 } }
    passes  = { platform = "FARGATE", container = { vcpu = 8, memory = 20480 } }
  }
  fargate_sixteen_memory_step = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 16, memory = 36864 } }
    passes  = { platform = "FARGATE", container = { vcpu = 16, memory = 40960 } }
  }
  fargate_thirty_two_memory = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 32, memory = 131072 } }
    passes  = { platform = "FARGATE", container = { vcpu = 32, memory = 249856 } }
  }
  environment_empty_value = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, environment = { LEVEL = "" } } }
    passes  = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, environment = { LEVEL = " " } } }
  }
  fargate_vcpu_between = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 3, memory = 8192 } }
    passes  = { platform = "FARGATE", container = { vcpu = 4, memory = 8192 } }
  }
  fargate_vcpu_too_large = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 24, memory = 122880 } }
    passes  = { platform = "FARGATE", container = { vcpu = 16, memory = 122880 } }
  }
  ec2_part_of_a_vcpu = {
    input   = "container"
    refused = { platform = "EC2", container = { vcpu = 0.5, memory = 1024 } }
    passes  = { platform = "EC2", container = { vcpu = 1, memory = 1024 } }
  }
  ec2_memory_too_small = {
    input   = "container"
    refused = { platform = "EC2", container = { vcpu = 1, memory = 3 } }
    passes  = { platform = "EC2", container = { vcpu = 1, memory = 4 } }
  }
  fargate_gpu = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, gpus = 1 } }
    passes  = { platform = "EC2", container = { vcpu = 1, memory = 2048, gpus = 1 } }
  }
  root_user = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, user = "0:0" } }
    passes  = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, user = "1:1" } }
  }
  root_by_name = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, user = "root" } }
    passes  = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, user = "rooty" } }
  }
  reserved_environment = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, environment = { AWS_BATCH_X = "1" } } }
    passes  = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, environment = { AWS_BATC = "1" } } }
  }
  environment_name = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, environment = { "A-B" = "1" } } }
    passes  = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, environment = { A_B = "1" } } }
  }
  environment_and_secret = {
    input = "container"
    refused = {
      platform  = "FARGATE"
      container = { vcpu = 1, memory = 2048, environment = { A = "1" }, secrets = { A = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/a" } }
    }
    passes = {
      platform  = "FARGATE"
      container = { vcpu = 1, memory = 2048, environment = { A = "1" }, secrets = { B = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/a" } }
    }
  }
  secret_by_value = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, secrets = { A = "hunter2" } } }
    passes = {
      platform  = "FARGATE"
      container = { vcpu = 1, memory = 2048, secrets = { A = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:a-AbCdEf" } }
    }
  }
  fargate_tmp_in_memory = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, tmp = { medium = "memory" } } }
    passes  = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, tmp = { medium = "disk" } } }
  }
  tmp_as_large_as_memory = {
    input   = "container"
    refused = { platform = "EC2", container = { vcpu = 1, memory = 2048, tmp = { size = 2048 } } }
    passes  = { platform = "EC2", container = { vcpu = 1, memory = 2048, tmp = { size = 2047 } } }
  }
  fargate_host_volume = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, host_volumes = { a = { host_path = "/a", container_path = "/a" } } } }
    passes  = { platform = "EC2", container = { vcpu = 1, memory = 2048, host_volumes = { a = { host_path = "/a", container_path = "/a" } } } }
  }
  volume_named_tmp = {
    input   = "container"
    refused = { platform = "EC2", container = { vcpu = 1, memory = 2048, host_volumes = { tmp = { host_path = "/a", container_path = "/a" } } } }
    passes  = { platform = "EC2", container = { vcpu = 1, memory = 2048, host_volumes = { tmp2 = { host_path = "/a", container_path = "/a" } } } }
  }
  volume_over_root = {
    input   = "container"
    refused = { platform = "EC2", container = { vcpu = 1, memory = 2048, host_volumes = { a = { host_path = "/a", container_path = "/" } } } }
    passes  = { platform = "EC2", container = { vcpu = 1, memory = 2048, host_volumes = { a = { host_path = "/", container_path = "/a" } } } }
  }
  ephemeral_storage_low = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, ephemeral_storage = 20 } }
    passes  = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, ephemeral_storage = 21 } }
  }
  ephemeral_storage_high = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, ephemeral_storage = 201 } }
    passes  = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, ephemeral_storage = 200 } }
  }
  ephemeral_storage_on_ec2 = {
    input   = "container"
    refused = { platform = "EC2", container = { vcpu = 1, memory = 2048, ephemeral_storage = 21 } }
    passes  = { platform = "EC2", container = { vcpu = 1, memory = 2048, ephemeral_storage = null } }
  }
  platform_version = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, platform_version = "1.5.0" } }
    passes  = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, platform_version = "1.4.0" } }
  }
  old_platform_large_job = {
    input   = "container"
    refused = { container = { vcpu = 8, memory = 16384, platform_version = "1.3.0" } }
    passes  = { container = { vcpu = 4, memory = 16384, platform_version = "1.3.0" } }
  }
  architecture = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, cpu_architecture = "arm64" } }
    passes  = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, cpu_architecture = "ARM64" } }
  }
  image_by_tag = {
    input   = "image"
    refused = { image = "x/latest:1.0" }
    passes  = { image = "x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
  }
  image_short_digest = {
    input   = "image"
    refused = { image = "x/latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
    passes  = { image = "x/latest:1.0@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
  }
  one_role_for_both = {
    input   = "job_role_arn"
    refused = { job_role_arn = "arn:aws:iam::123456789012:role/demo-execution" }
    passes  = { job_role_arn = "arn:aws:iam::123456789012:role/demo-execution2" }
  }
  name_start = {
    input   = "name"
    refused = { name = "-demo" }
    passes  = { name = "0-demo" }
  }
  name_length = {
    input   = "name"
    refused = { name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
    passes  = { name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
  }
  platform = {
    input   = "platform"
    refused = { platform = "EKS" }
    passes  = { platform = "FARGATE" }
  }
  attempts_none = {
    input   = "retry"
    refused = { retry = { attempts = 0 } }
    passes  = { retry = { attempts = 1 } }
  }
  attempts_many = {
    input   = "retry"
    refused = { retry = { attempts = 11 } }
    passes  = { retry = { attempts = 10 } }
  }
  six_rules = {
    input = "retry"
    refused = {
      retry = { rules = [{ action = "RETRY", on_exit_code = "0" }, { action = "RETRY", on_exit_code = "1" }, { action = "RETRY", on_exit_code = "2" }, { action = "RETRY", on_exit_code = "3" }, { action = "RETRY", on_exit_code = "4" }, { action = "EXIT", on_reason = "*" }] }
    }
    passes = {
      retry = { rules = [{ action = "RETRY", on_exit_code = "0" }, { action = "RETRY", on_exit_code = "1" }, { action = "RETRY", on_exit_code = "2" }, { action = "RETRY", on_exit_code = "3" }, { action = "EXIT", on_reason = "*" }] }
    }
  }
  no_rules = {
    input   = "retry"
    refused = { retry = { rules = [] } }
    passes  = { retry = { rules = [{ action = "EXIT", on_reason = "*" }] } }
  }
  rules_do_not_end = {
    input   = "retry"
    refused = { retry = { rules = [{ action = "EXIT", on_reason = "Out*" }] } }
    passes  = { retry = { rules = [{ action = "EXIT", on_reason = "*" }] } }
  }
  rules_end_in_retry = {
    input   = "retry"
    refused = { retry = { rules = [{ action = "RETRY", on_reason = "*" }] } }
    passes  = { retry = { rules = [{ action = "RETRY", on_reason = "a*" }, { action = "EXIT", on_reason = "*" }] } }
  }
  rule_action = {
    input   = "retry"
    refused = { retry = { rules = [{ action = "STOP", on_reason = "a" }, { action = "EXIT", on_reason = "*" }] } }
    passes  = { retry = { rules = [{ action = "EXIT", on_reason = "a" }, { action = "EXIT", on_reason = "*" }] } }
  }
  rule_without_condition = {
    input   = "retry"
    refused = { retry = { rules = [{ action = "RETRY" }, { action = "EXIT", on_reason = "*" }] } }
    passes  = { retry = { rules = [{ action = "RETRY", on_exit_code = "1" }, { action = "EXIT", on_reason = "*" }] } }
  }
  rule_glob_in_the_middle = {
    input   = "retry"
    refused = { retry = { rules = [{ action = "RETRY", on_reason = "a*b" }, { action = "EXIT", on_reason = "*" }] } }
    passes  = { retry = { rules = [{ action = "RETRY", on_reason = "ab*" }, { action = "EXIT", on_reason = "*" }] } }
  }
  rule_exit_code = {
    input   = "retry"
    refused = { retry = { rules = [{ action = "RETRY", on_exit_code = "x" }, { action = "EXIT", on_reason = "*" }] } }
    passes  = { retry = { rules = [{ action = "RETRY", on_exit_code = "13*" }, { action = "EXIT", on_reason = "*" }] } }
  }
  scheduling_priority = {
    input   = "scheduling_priority"
    refused = { scheduling_priority = 10000 }
    passes  = { scheduling_priority = 9999 }
  }
  timeout_short = {
    input   = "timeout"
    refused = { timeout = 59 }
    passes  = { timeout = 60 }
  }
  too_many_tags = {
    input   = "tags"
    refused = { tags = { for n in range(41) : "t${n}" => "x" } }
    passes  = { tags = { for n in range(40) : "t${n}" => "x" } }
  }
  tag_key_of_aws = {
    input   = "tags"
    refused = { tags = { "AWS:x" = "1" } }
    passes  = { tags = { "awsx" = "1" } }
  }
  tag_key_characters = {
    input   = "tags"
    refused = { tags = { "a,b" = "1" } }
    passes  = { tags = { "Größe 料金_.:/=+-@" = "1" } }
  }
  tag_key_length = {
    input   = "tags"
    refused = { tags = { (join("", [for n in range(129) : "k"])) = "1" } }
    passes  = { tags = { (join("", [for n in range(128) : "k"])) = "1" } }
  }
  tag_value_characters = {
    input   = "tags"
    refused = { tags = { x = "50%" } }
    passes  = { tags = { x = "50 _.:/=+-@" } }
  }
  tag_value_length = {
    input   = "tags"
    refused = { tags = { x = join("", [for n in range(257) : "v"]) } }
    passes  = { tags = { x = join("", [for n in range(256) : "v"]) } }
  }
  empty_word = {
    input   = "container"
    refused = { container = { vcpu = 0.5, memory = 1024, command = ["echo", ""] } }
    passes  = { container = { vcpu = 0.5, memory = 1024, command = ["echo", " "] } }
  }
  nul_in_a_word = {
    input   = "container"
    refused = { container = { vcpu = 0.5, memory = 1024, command = ["echo", "a\u0000b"] } }
    passes  = { container = { vcpu = 0.5, memory = 1024, command = ["echo", "a\u0001b"] } }
  }
  nul_in_a_variable = {
    input   = "container"
    refused = { container = { vcpu = 0.5, memory = 1024, environment = { A = "\u0000" } } }
    passes  = { container = { vcpu = 0.5, memory = 1024, environment = { A = "x" } } }
  }
  nul_in_a_parameter = {
    input   = "parameters"
    refused = { parameters = { a = "\u0000" } }
    passes  = { parameters = { a = "" } }
  }
  fargate_privileged = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, privileged = true } }
    passes  = { platform = "EC2", container = { vcpu = 1, memory = 2048, privileged = true } }
  }
  fargate_ulimits = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, ulimits = { nofile = { soft = 1, hard = 2 } } } }
    passes  = { platform = "EC2", container = { vcpu = 1, memory = 2048, ulimits = { nofile = { soft = 2, hard = 2 } } } }
  }
  fargate_shared_memory = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, linux_parameters = { shared_memory_size = 64 } } }
    passes  = { platform = "EC2", container = { vcpu = 1, memory = 2048, linux_parameters = { shared_memory_size = 64 } } }
  }
  swappiness_without_swap = {
    input   = "container"
    refused = { platform = "EC2", container = { vcpu = 1, memory = 2048, linux_parameters = { swappiness = 10 } } }
    passes  = { platform = "EC2", container = { vcpu = 1, memory = 2048, linux_parameters = { swappiness = 10, max_swap = 0 } } }
  }
  swap_without_swappiness = {
    input   = "container"
    refused = { platform = "EC2", container = { vcpu = 1, memory = 2048, linux_parameters = { max_swap = 0 } } }
    passes  = { platform = "EC2", container = { vcpu = 1, memory = 2048, linux_parameters = { max_swap = 0, swappiness = 0 } } }
  }
  swappiness_high = {
    input   = "container"
    refused = { platform = "EC2", container = { vcpu = 1, memory = 2048, linux_parameters = { swappiness = 101, max_swap = 1 } } }
    passes  = { platform = "EC2", container = { vcpu = 1, memory = 2048, linux_parameters = { swappiness = 100, max_swap = 1 } } }
  }
  device = {
    input   = "container"
    refused = { platform = "EC2", container = { vcpu = 1, memory = 2048, linux_parameters = { devices = ["fuse"] } } }
    passes  = { platform = "EC2", container = { vcpu = 1, memory = 2048, linux_parameters = { devices = ["/dev/fuse"] } } }
  }
  ulimit_name = {
    input   = "container"
    refused = { platform = "EC2", container = { vcpu = 1, memory = 2048, ulimits = { files = { soft = 1, hard = 2 } } } }
    passes  = { platform = "EC2", container = { vcpu = 1, memory = 2048, ulimits = { memlock = { soft = 1, hard = 2 } } } }
  }
  ulimit_soft_above_hard = {
    input   = "container"
    refused = { platform = "EC2", container = { vcpu = 1, memory = 2048, ulimits = { nofile = { soft = 3, hard = 2 } } } }
    passes  = { platform = "EC2", container = { vcpu = 1, memory = 2048, ulimits = { nofile = { soft = 2, hard = 3 } } } }
  }
  shell_in_a_read_only_root = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, enable_execute_command = true } }
    passes  = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, enable_execute_command = true, read_only_root = false } }
  }
  registry_credentials_by_value = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, repository_credentials = "user:password" } }
    passes  = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, repository_credentials = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:x-AbCdEf" } }
  }
  efs_id = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, efs_volumes = { a = { file_system_id = "fsap-0a0a0a0a", container_path = "/a" } } } }
    passes  = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, efs_volumes = { a = { file_system_id = "fs-0a0a0a0a", container_path = "/a" } } } }
  }
  efs_access_point_id = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, efs_volumes = { a = { file_system_id = "fs-0a0a0a0a", access_point_id = "fs-0a0a0a0a", container_path = "/a" } } } }
    passes  = { platform = "FARGATE", container = { vcpu = 1, memory = 2048, efs_volumes = { a = { file_system_id = "fs-0a0a0a0a", access_point_id = "fsap-0a0a0a0a", container_path = "/a" } } } }
  }
  sidecar_image_by_tag = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 0.25, memory = 512, sidecars = { a = { image = "public.ecr.aws/x/y:1", vcpu = 0.25, memory = 512 } } } }
    passes  = { platform = "FARGATE", container = { vcpu = 0.25, memory = 512, sidecars = { a = { image = "public.ecr.aws/x/y@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", vcpu = 0.25, memory = 512 } } } }
  }
  sidecar_under_the_jobs_own_name = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 0.25, memory = 512, sidecars = { main = { image = "public.ecr.aws/x/y@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", vcpu = 0.25, memory = 512 } } } }
    passes  = { platform = "FARGATE", container = { vcpu = 0.25, memory = 512, sidecars = { main2 = { image = "public.ecr.aws/x/y@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", vcpu = 0.25, memory = 512 } } } }
  }
  sidecar_makes_a_size_that_fargate_has_not = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 0.25, memory = 512, sidecars = { a = { image = "public.ecr.aws/x/y@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", vcpu = 0.25, memory = 256 } } } }
    passes  = { platform = "FARGATE", container = { vcpu = 0.25, memory = 512, sidecars = { a = { image = "public.ecr.aws/x/y@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", vcpu = 0.25, memory = 512 } } } }
  }
  sidecar_with_half_a_vcpu_on_ec2 = {
    input   = "container"
    refused = { platform = "EC2", container = { vcpu = 1, memory = 512, sidecars = { a = { image = "public.ecr.aws/x/y@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", vcpu = 0.5, memory = 512 } } } }
    passes  = { platform = "EC2", container = { vcpu = 1, memory = 512, sidecars = { a = { image = "public.ecr.aws/x/y@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", memory = 512 } } } }
  }
  dependency_on_nobody = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 0.25, memory = 512, sidecars = { a = { image = "public.ecr.aws/x/y@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", vcpu = 0.25, memory = 512 } }, depends_on = { b = "START" } } }
    passes  = { platform = "FARGATE", container = { vcpu = 0.25, memory = 512, sidecars = { a = { image = "public.ecr.aws/x/y@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", vcpu = 0.25, memory = 512 } }, depends_on = { a = "START" } } }
  }
  dependency_on_the_end_of_an_essential_container = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 0.25, memory = 512, sidecars = { a = { image = "public.ecr.aws/x/y@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", vcpu = 0.25, memory = 512, essential = true } }, depends_on = { a = "COMPLETE" } } }
    passes  = { platform = "FARGATE", container = { vcpu = 0.25, memory = 512, sidecars = { a = { image = "public.ecr.aws/x/y@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", vcpu = 0.25, memory = 512 } }, depends_on = { a = "COMPLETE" } } }
  }
  dependency_with_a_condition_of_ecs_alone = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 0.25, memory = 512, sidecars = { a = { image = "public.ecr.aws/x/y@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", vcpu = 0.25, memory = 512 } }, depends_on = { a = "HEALTHY" } } }
    passes  = { platform = "FARGATE", container = { vcpu = 0.25, memory = 512, sidecars = { a = { image = "public.ecr.aws/x/y@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", vcpu = 0.25, memory = 512 } }, depends_on = { a = "SUCCESS" } } }
  }
  log_router_of_another_kind = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 0.25, memory = 512, sidecars = { a = { image = "public.ecr.aws/x/y@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", vcpu = 0.25, memory = 512, firelens = { type = "logstash" } } } } }
    passes  = { platform = "FARGATE", container = { vcpu = 0.25, memory = 512, sidecars = { a = { image = "public.ecr.aws/x/y@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", vcpu = 0.25, memory = 512, firelens = { type = "fluentd" } } } } }
  }
  firelens_without_a_router = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 0.25, memory = 512, sidecars = { a = { image = "public.ecr.aws/x/y@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", vcpu = 0.25, memory = 512 } }, firelens_options = { Name = "cloudwatch" } } }
    passes  = { platform = "FARGATE", container = { vcpu = 0.25, memory = 512, sidecars = { a = { image = "public.ecr.aws/x/y@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", vcpu = 0.25, memory = 512, firelens = {} } }, firelens_options = { Name = "cloudwatch" } } }
  }
  sidecar_mounts_a_volume_that_is_not_there = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 0.25, memory = 512, sidecars = { a = { image = "public.ecr.aws/x/y@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", vcpu = 0.25, memory = 512, mount_points = { work = { container_path = "/work" } } } } } }
    passes  = { platform = "FARGATE", container = { vcpu = 0.25, memory = 512, sidecars = { a = { image = "public.ecr.aws/x/y@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", vcpu = 0.25, memory = 512, mount_points = { work = { container_path = "/work" } } } }, scratch_volumes = { work = { container_path = "/work" } } } }
  }
  sidecar_with_a_secret_by_value = {
    input   = "container"
    refused = { platform = "FARGATE", container = { vcpu = 0.25, memory = 512, sidecars = { a = { image = "public.ecr.aws/x/y@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", vcpu = 0.25, memory = 512, secrets = { TOKEN = "abc" } } } } }
    passes  = { platform = "FARGATE", container = { vcpu = 0.25, memory = 512, sidecars = { a = { image = "public.ecr.aws/x/y@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", vcpu = 0.25, memory = 512, secrets = { TOKEN = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/token" } } } } }
  }
  access_point_with_a_directory = {
    input   = "container"
    refused = { container = { vcpu = 0.5, memory = 1024, efs_volumes = { a = { file_system_id = "fs-0a1b2c3d", access_point_id = "fsap-0a1b2c3d", root_directory = "/a", container_path = "/a" } } } }
    passes  = { container = { vcpu = 0.5, memory = 1024, efs_volumes = { a = { file_system_id = "fs-0a1b2c3d", access_point_id = "fsap-0a1b2c3d", container_path = "/a" } } } }
  }
  one_path_for_two_volumes = {
    input   = "container"
    refused = { container = { vcpu = 0.5, memory = 1024, efs_volumes = { a = { file_system_id = "fs-0a1b2c3d", container_path = "/a" }, b = { file_system_id = "fs-0a1b2c3d", container_path = "/a" } } } }
    passes  = { container = { vcpu = 0.5, memory = 1024, efs_volumes = { a = { file_system_id = "fs-0a1b2c3d", container_path = "/a" }, b = { file_system_id = "fs-0a1b2c3d", container_path = "/b" } } } }
  }
  volume_with_a_blank = {
    input   = "container"
    refused = { container = { vcpu = 0.5, memory = 1024, efs_volumes = { "a b" = { file_system_id = "fs-0a1b2c3d", container_path = "/a" } } } }
    passes  = { container = { vcpu = 0.5, memory = 1024, efs_volumes = { "a-b" = { file_system_id = "fs-0a1b2c3d", container_path = "/a" } } } }
  }
  relative_host_path = {
    input   = "container"
    refused = { platform = "EC2", container = { vcpu = 1, memory = 1024, host_volumes = { a = { host_path = "a", container_path = "/a" } } } }
    passes  = { platform = "EC2", container = { vcpu = 1, memory = 1024, host_volumes = { a = { host_path = "/a", container_path = "/a" } } } }
  }
  definition_above_24_kib = {
    input   = "container"
    refused = { container = { vcpu = 0.5, memory = 1024, environment = { A = join("", [for n in range(1000) : "0123456789012345678901234"]) } } }
    passes  = { container = { vcpu = 0.5, memory = 1024, environment = { A = join("", [for n in range(980) : "0123456789012345678901234"]) } } }
  }
  parts_of_a_gpu = {
    input   = "container"
    refused = { platform = "EC2", container = { vcpu = 1, memory = 1024, gpus = 0.5 } }
    passes  = { platform = "EC2", container = { vcpu = 1, memory = 1024, gpus = 1 } }
  }
}
