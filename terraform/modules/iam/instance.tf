data "aws_iam_policy_document" "instance_trust" {
  count = local.ec2 ? 1 : 0

  statement {
    effect  = "Allow"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "instance" {
  count = local.ec2 ? 1 : 0

  name               = "${var.name}-instance"
  description        = "The ECS agent of container instances of ${var.name} runs with it; jobs do not"
  assume_role_policy = data.aws_iam_policy_document.instance_trust[0].json

  tags = var.tags
}

# AWS keeps this policy in step with what the ECS agent needs.
resource "aws_iam_role_policy_attachment" "instance_ecs" {
  count = local.ec2 ? 1 : 0

  role       = aws_iam_role.instance[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
}

resource "aws_iam_instance_profile" "instance" {
  count = local.ec2 ? 1 : 0

  name = "${var.name}-instance"
  role = aws_iam_role.instance[0].name

  tags = var.tags
}
