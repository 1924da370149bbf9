# A queue must never point at an environment that is gone: the new one is made first, and since two cannot have one name
# at the same time, AWS gets a prefix to complete.
resource "aws_batch_compute_environment" "this" {
  for_each = local.pools

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

  tags = merge(var.tags, { Name = "${var.name}-${each.value.label}" })

  lifecycle {
    create_before_destroy = true
  }
}
