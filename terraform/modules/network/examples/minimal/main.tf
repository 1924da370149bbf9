module "network" {
  source = "../.."

  name = "awa-batch-dev"
  nat  = "single"
}
