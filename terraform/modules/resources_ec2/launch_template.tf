moved {
  from = aws_launch_template.this
  to   = aws_launch_template.this["default"]
}

locals {
  # AWS Batch merges its own user data in, which needs MIME multipart: plain shell makes the environment INVALID.
  user_data_head = <<-EOT
    MIME-Version: 1.0
    Content-Type: multipart/mixed; boundary="==AWABATCH=="

    --==AWABATCH==
    Content-Type: text/x-shellscript; charset="us-ascii"

    #!/bin/sh
    # SIGTERM reaches jobs two minutes before Spot takes the instance back, so that they can save their work.
    echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config
    # Images are named by digest: what lies on the disk is right.
    echo ECS_IMAGE_PULL_BEHAVIOR=prefer-cached >> /etc/ecs/ecs.config

  EOT

  # Pools without settings of their own share one template.
  own_templates = {
    for name, pool in var.pools : name => {
      user_data            = pool.user_data
      disk                 = pool.disk == null ? var.disk : pool.disk
      tags                 = merge(var.tags, pool.tags)
      instance             = pool.instance
      capacity_reservation = pool.capacity_reservation
    } if pool.user_data != null || pool.disk != null || length(pool.tags) > 0 || pool.instance.detailed_monitoring || pool.instance.metadata_hop_limit != 1 || pool.capacity_reservation != null
  }
  shared_template = {
    user_data            = null
    disk                 = var.disk
    tags                 = var.tags
    instance             = { detailed_monitoring = false, metadata_hop_limit = 1 }
    capacity_reservation = null
  }
  templates = merge(
    { for name in ["default"] : name => local.shared_template if length(local.own_templates) < length(var.pools) },
    local.own_templates,
  )

  user_data = { for name, template in local.templates : name => join("", [
    local.user_data_head,
    template.user_data == null ? "" : "--==AWABATCH==\nContent-Type: text/x-shellscript; charset=\"utf-8\"\n\n${trimspace(template.user_data)}\n\n",
    "--==AWABATCH==--\n",
  ]) }

  launch_template_hashes = { for name, template in local.templates : name => sha256(jsonencode(concat(
    [local.user_data[name], template.disk, template.tags],
    [for own in [[template.instance, template.capacity_reservation]] : own if name != "default"],
  ))) }
}

resource "aws_launch_template" "this" {
  # checkov:skip=CKV_AWS_341: one hop by default; more is a pool's own choice (instance.metadata_hop_limit)

  for_each = local.templates

  name_prefix   = each.key == "default" ? "${var.name}-ec2-" : "${var.name}-ec2-${replace(each.key, "_", "-")}-"
  description   = each.key == "default" ? "Container instances of ${var.name}" : "Container instances of ${var.name}, pool ${each.key}"
  user_data     = base64encode(local.user_data[each.key])
  ebs_optimized = true

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      delete_on_termination = true
      encrypted             = true
      kms_key_id            = each.value.disk.kms_key_arn
      volume_type           = "gp3"
      volume_size           = each.value.disk.size
      iops                  = each.value.disk.iops
      throughput            = each.value.disk.throughput
    }
  }

  # Jobs run in the instance's network; one hop keeps containers on a bridge away from the instance's credentials.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = each.value.instance.metadata_hop_limit
    instance_metadata_tags      = "disabled"
  }

  monitoring {
    enabled = each.value.instance.detailed_monitoring
  }

  dynamic "capacity_reservation_specification" {
    for_each = each.value.capacity_reservation == null ? [] : [each.value.capacity_reservation]

    content {
      capacity_reservation_target {
        capacity_reservation_id                 = capacity_reservation_specification.value.id
        capacity_reservation_resource_group_arn = capacity_reservation_specification.value.resource_group_arn
      }
    }
  }

  # No network_interfaces: the compute environment names subnets and security groups, and AWS Batch refuses one that does
  # with a template that has interfaces as well. Whether an instance gets a public address is the subnet's.
  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume", "network-interface"])

    content {
      resource_type = tag_specifications.key
      tags          = merge(each.value.tags, { Name = "${var.name}-ec2" })
    }
  }

  tags = merge(var.tags, { Name = "${var.name}-ec2" })

  lifecycle {
    create_before_destroy = true
  }
}
