locals {
  service_linked_names = {
    batch = "batch.amazonaws.com"
    ecs   = "ecs.amazonaws.com"
    spot  = "spot.amazonaws.com"
  }
}

resource "aws_iam_service_linked_role" "this" {
  for_each = var.create_service_linked_roles

  aws_service_name = local.service_linked_names[each.key]

  tags = var.tags
}
