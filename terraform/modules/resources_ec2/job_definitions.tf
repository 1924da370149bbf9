module "job_definition" {
  for_each = var.jobs
  source   = "../job_definition"

  name               = "${var.name}-ec2-${each.key}"
  platform           = "EC2"
  image              = each.value.image
  execution_role_arn = var.execution_role_arn
  job_role_arn       = each.value.job_role_arn
  log_group          = var.log_group

  container = {
    vcpu                   = local.sizes[each.key].vcpu
    memory                 = local.sizes[each.key].memory
    command                = each.value.command
    user                   = each.value.user
    environment            = each.value.environment
    secrets                = each.value.secrets
    read_only_root         = each.value.read_only_root
    gpus                   = each.value.gpus
    tmp                    = each.value.tmp
    host_volumes           = each.value.host_volumes
    linux_parameters       = each.value.linux_parameters
    privileged             = each.value.privileged
    ulimits                = each.value.ulimits
    enable_execute_command = each.value.enable_execute_command
    repository_credentials = each.value.repository_credentials
    scratch_volumes        = each.value.scratch_volumes
    sidecars               = each.value.sidecars
    depends_on             = each.value.depends_on
    firelens_options       = each.value.firelens_options
    efs_volumes            = each.value.efs_volumes
  }

  parameters          = each.value.parameters
  retry               = { for key, value in each.value.retry : key => value if value != null }
  scheduling_priority = each.value.scheduling_priority
  timeout             = each.value.timeout

  tags = var.tags
}
