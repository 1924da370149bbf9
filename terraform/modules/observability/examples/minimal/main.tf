module "observability" {
  source = "../.."

  name = "awa-batch-dev"
}
