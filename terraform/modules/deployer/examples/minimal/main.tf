module "deployer" {
  source = "../.."

  deploy_principal_arns = ["arn:aws:iam::123456789012:role/platform-team"]
}
