module "ecr" {
  source = "../.."

  name = "awa-batch-dev"
}
