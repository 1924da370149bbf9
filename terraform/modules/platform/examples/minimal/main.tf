module "platform" {
  source = "../.."

  environment = "dev"
}
