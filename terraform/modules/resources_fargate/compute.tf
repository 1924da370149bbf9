# Asked of retired generations alone: AWS refuses to delete one with jobs, and it becomes INVALID.
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

# AWS updates ceiling, subnets and security groups of an environment on Fargate and nothing else (Batch user guide, "Updating
# compute environments"); the provider would try to change its capacity in place all the same, so the replacement is planned here.
resource "terraform_data" "capacity" {
  for_each = local.environments

  input = each.value.capacity
}

# A queue must never point at an environment that is gone: the new one is made first, and since two cannot have one name
# at the same time, AWS gets a prefix to complete.
resource "aws_batch_compute_environment" "this" {
  for_each = local.environments

  compute_environment_name_prefix = "${var.name}-${each.value.label}-"
  type                            = "MANAGED"
  state                           = "ENABLED"

  # No service_role: with the service-linked role changes apply in place.

  compute_resources {
    type               = each.value.capacity == "SPOT" ? "FARGATE_SPOT" : "FARGATE"
    max_vcpus          = each.value.max_vcpus
    subnets            = var.subnet_ids
    security_group_ids = concat(var.security_group_ids, each.value.security_group_ids)
  }

  # The first generation has no tag: an environment from before there were generations stays as it is.
  tags = merge(var.tags, { Name = "${var.name}-${each.value.label}" }, each.value.generation == "a" ? {} : { Generation = each.value.generation })

  lifecycle {
    create_before_destroy = true
    replace_triggered_by  = [terraform_data.capacity[each.key]]
  }
}
