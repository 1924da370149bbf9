module "codeartifact" {
  source = "../.."

  domain = "acme"
}
