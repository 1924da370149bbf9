data "aws_iam_policy_document" "instance_trust" {
  count = local.ec2 ? 1 : 0

  statement {
    effect  = "Allow"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.${local.dns_suffix}"]
    }
  }
}

# AWS Batch runs jobs in the instance's own network unless they are multi-container ones, and from there the instance's
# metadata and this role's credentials can be fetched, whatever the hop limit. So it is given no more than the agent needs.
resource "aws_iam_role" "instance" {
  count = local.ec2 ? 1 : 0

  name                 = "${var.name}-instance"
  path                 = var.role_path
  description          = "The ECS agent of container instances of ${var.name} runs with it; jobs share the network of the instance and can reach it"
  assume_role_policy   = data.aws_iam_policy_document.instance_trust[0].json
  permissions_boundary = var.permissions_boundary_arn

  tags = var.tags
}

# AWS keeps this policy in step with what the ECS agent needs.
resource "aws_iam_role_policy_attachment" "instance_ecs" {
  count = local.ec2 ? 1 : 0

  role       = aws_iam_role.instance[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
}

resource "aws_iam_role_policy_attachment" "instance" {
  for_each = local.ec2 ? setunion(var.instance_policy_arns, var.session_manager ? ["arn:${local.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"] : []) : []

  role       = aws_iam_role.instance[0].name
  policy_arn = each.key
}

resource "aws_iam_instance_profile" "instance" {
  count = local.ec2 ? 1 : 0

  name = "${var.name}-instance"
  path = var.role_path
  role = aws_iam_role.instance[0].name

  tags = var.tags
}
