# AWS Batch, images, schedules and state machines. All of it has a name to be known by.
data "aws_iam_policy_document" "deploy_batch" {
  # checkov:skip=CKV_AWS_356: the actions with * are for a whole registry, or submit nothing without what they belong to

  statement {
    sid    = "Batch"
    effect = "Allow"
    actions = [
      "batch:CreateComputeEnvironment",
      "batch:CreateJobQueue",
      "batch:CreateSchedulingPolicy",
      "batch:DeleteComputeEnvironment",
      "batch:DeleteJobQueue",
      "batch:DeleteSchedulingPolicy",
      "batch:DeregisterJobDefinition",
      "batch:RegisterJobDefinition",
      "batch:TagResource",
      "batch:UntagResource",
      "batch:UpdateComputeEnvironment",
      "batch:UpdateJobQueue",
      "batch:UpdateSchedulingPolicy",
    ]
    resources = [local.environments, local.definitions, local.queues, local.shares]
  }

  # Jobs on the queue of a roll's own alone, which has nothing but a new environment in it (`awa-batch compute roll`).
  statement {
    sid       = "Probe"
    effect    = "Allow"
    actions   = ["batch:SubmitJob"]
    resources = [local.probe_queues, local.definitions, "${local.arns["batch"]}:job/*"] # of which each call needs all three
  }

  statement {
    sid       = "Registry"
    effect    = "Allow"
    actions   = ["ecr:GetAuthorizationToken", "ecr:PutReplicationConfiguration"]
    resources = ["*"]
  }

  # Pushing too, so that the same role brings an environment up as a whole; and deleting, for `destroy --empty`.
  statement {
    sid    = "Images"
    effect = "Allow"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchDeleteImage",
      "ecr:CompleteLayerUpload",
      "ecr:CreateRepository",
      "ecr:DeleteLifecyclePolicy",
      "ecr:DeleteRepository",
      "ecr:DeleteRepositoryPolicy",
      "ecr:DescribeImageScanFindings",
      "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:PutImageScanningConfiguration",
      "ecr:PutImageTagMutability",
      "ecr:PutLifecyclePolicy",
      "ecr:SetRepositoryPolicy",
      "ecr:TagResource",
      "ecr:UntagResource",
      "ecr:UploadLayerPart",
    ]
    resources = [local.repositories]
  }

  statement {
    sid    = "Schedules"
    effect = "Allow"
    actions = [
      "scheduler:CreateSchedule",
      "scheduler:CreateScheduleGroup",
      "scheduler:DeleteSchedule",
      "scheduler:DeleteScheduleGroup",
      "scheduler:TagResource",
      "scheduler:UntagResource",
      "scheduler:UpdateSchedule",
    ]
    resources = [local.schedules, local.groups]
  }

  statement {
    sid    = "StateMachines"
    effect = "Allow"
    actions = [
      "states:CreateStateMachine",
      "states:DeleteStateMachine",
      "states:PublishStateMachineVersion",
      "states:TagResource",
      "states:UntagResource",
      "states:UpdateStateMachine",
    ]
    resources = [local.machines]
  }
}
