locals {
  # AWS Batch merges its own user data in, which needs MIME multipart: plain shell makes the environment INVALID.
  user_data = <<-EOT
    MIME-Version: 1.0
    Content-Type: multipart/mixed; boundary="==AWABATCH=="

    --==AWABATCH==
    Content-Type: text/x-shellscript; charset="us-ascii"

    #!/bin/sh
    # SIGTERM reaches jobs two minutes before Spot takes the instance back, so that they can save their work.
    echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config
    # Images are named by digest: what lies on the disk is right.
    echo ECS_IMAGE_PULL_BEHAVIOR=prefer-cached >> /etc/ecs/ecs.config

    --==AWABATCH==--
  EOT

  launch_template_hash = sha256(jsonencode([local.user_data, var.disk, var.tags]))
}

resource "aws_launch_template" "this" {
  name_prefix   = "${var.name}-ec2-"
  description   = "Container instances of ${var.name}"
  user_data     = base64encode(local.user_data)
  ebs_optimized = true

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      delete_on_termination = true
      encrypted             = true
      kms_key_id            = var.disk.kms_key_arn
      volume_type           = "gp3"
      volume_size           = var.disk.size
      iops                  = var.disk.iops
      throughput            = var.disk.throughput
    }
  }

  # Jobs run in the instance's network; one hop keeps containers on a bridge away from the instance's credentials.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
    instance_metadata_tags      = "disabled"
  }

  monitoring {
    enabled = false
  }

  # No network_interfaces: the compute environment names subnets and security groups, and AWS Batch refuses one that does
  # with a template that has interfaces as well. Whether an instance gets a public address is the subnet's.
  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume", "network-interface"])

    content {
      resource_type = tag_specifications.key
      tags          = merge(var.tags, { Name = "${var.name}-ec2" })
    }
  }

  tags = merge(var.tags, { Name = "${var.name}-ec2" })

  lifecycle {
    create_before_destroy = true
  }
}
