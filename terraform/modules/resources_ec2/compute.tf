data "aws_ssm_parameter" "ami" {
  for_each = var.ami_refresh ? toset([for pool in values(local.pools) : pool.image_parameter]) : []

  name = "/aws/service/ecs/optimized-ami/${each.key}/recommended/image_id"
}

# The provider updates SPOT_PRICE_CAPACITY_OPTIMIZED environments in place for scaling only; anything else it replaces. It cannot
# see that a new launch template version is coming until the apply, and fails there: so the replacement is planned here.
# Environments that are updated in place have a constant, which never triggers.
resource "terraform_data" "replacement" {
  for_each = local.environments

  input = each.value.allocation_strategy == "SPOT_PRICE_CAPACITY_OPTIMIZED" ? try(each.value.launch_template.content, local.launch_template_hashes[each.value.template]) : "in place"
}

# Asked of retired generations alone: what is still on their instances would be ended with them.
data "aws_ecs_cluster" "retired" {
  for_each = { for key, environment in local.environments : key => environment if environment.state == "retired" }

  cluster_name = aws_batch_compute_environment.this[each.key].ecs_cluster_arn

  lifecycle {
    postcondition {
      condition     = self.running_tasks_count + self.pending_tasks_count == 0
      error_message = "${each.key} cannot be retired: ${self.running_tasks_count + self.pending_tasks_count} tasks of jobs are on its cluster. Leave it draining until they are done."
    }
  }
}

# A queue must never point at an environment that is gone: the new one is made first, and since two cannot have one name
# at the same time, AWS gets a prefix to complete.
resource "aws_batch_compute_environment" "this" {
  for_each = local.environments

  compute_environment_name_prefix = "${var.name}-${each.value.label}-"
  type                            = "MANAGED"

  # Never DISABLED, also where it takes no more jobs: one that has to be replaced could not be made again, as AWS Batch
  # answers "Compute Environment must be created in ENABLED state". Off every queue and with no minimum it runs nothing.
  state = "ENABLED"

  # No service_role: only with the service-linked role do infrastructure changes apply in place.

  compute_resources {
    type                = each.value.type
    allocation_strategy = each.value.allocation_strategy
    bid_percentage      = each.value.bid_percentage
    instance_role       = var.instance_profile_arn
    instance_type       = each.value.instance_types
    min_vcpus           = each.value.min_vcpus
    max_vcpus           = each.value.max_vcpus
    placement_group     = each.value.placement_group
    security_group_ids  = each.value.security_group_ids
    subnets             = var.subnet_ids
    tags                = merge(each.value.tags, { Name = "${var.name}-${each.value.label}" })

    ec2_configuration {
      image_type        = each.value.image_type
      image_id_override = try(coalesce(each.value.image_id, try(data.aws_ssm_parameter.ami[each.value.image_parameter].insecure_value, null)), null)
    }

    # A number, never $Latest: AWS Batch reads that once, when the environment is made, and then stays with it. A generation that
    # is rolled over keeps its own, so that a change of the pool is the new one's alone.
    launch_template {
      launch_template_id = try(each.value.launch_template.id, aws_launch_template.this[each.value.template].id)
      version            = tostring(try(each.value.launch_template.version, aws_launch_template.this[each.value.template].latest_version))
    }
  }

  update_policy {
    job_execution_timeout_minutes = each.value.update_policy.job_timeout_minutes
    terminate_jobs_on_update      = each.value.update_policy.terminate_jobs
  }

  tags = merge(var.tags, { Name = "${var.name}-${each.value.label}", Generation = each.value.generation })

  lifecycle {
    create_before_destroy = true
    replace_triggered_by  = [terraform_data.replacement[each.key]]

    # AWS Batch moves it with the queue.
    ignore_changes = [compute_resources[0].desired_vcpus]

    precondition {
      condition     = length(local.type_faults[each.key]) == 0
      error_message = "${each.key}: ${join("; ", local.type_faults[each.key])}. Correct its instance_types, architecture or gpu."
    }

    precondition {
      condition     = each.value.min_vcpus <= each.value.max_vcpus
      error_message = "${each.key}: min_vcpus is ${each.value.min_vcpus}, above max_vcpus ${each.value.max_vcpus} of its profile. Set the pool's max_vcpus too."
    }
  }
}
