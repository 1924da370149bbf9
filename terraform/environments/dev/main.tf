# The values of this environment. All that can be set stands in modules/platform/variables.tf, and the modules' READMEs say
# what each setting does; what is left out here has its default.
module "platform" {
  source = "../../modules/platform"

  project     = "awa-batch" # first part of every name: a change replaces everything
  environment = "dev"       # second part of every name: a change replaces everything
  release     = var.release # what runs: see release.auto.tfvars.json

  network = {
    # One NAT gateway costs less by the hour than six interface endpoints in two zones. A change replaces no subnet.
    nat      = "single"
    vpc_cidr = "10.64.0.0/16" # a change replaces the VPC and all in it
  }
}
