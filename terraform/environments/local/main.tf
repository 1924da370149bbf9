module "platform" {
  source = "../../modules/platform"

  project     = var.project
  environment = var.environment

  disposable    = var.disposable
  ec2           = var.ec2
  fargate       = var.fargate
  iam           = var.iam
  images        = var.images
  jobs          = var.jobs
  network       = var.network
  observability = var.observability
  quotas        = var.quotas
  release       = var.release
  storage       = var.storage
  tags          = var.tags
}
