# The values of this environment. All that can be set stands in modules/platform/variables.tf, and the modules' READMEs say
# what each setting does; what is left out here has its default.
module "platform" {
  source = "../../modules/platform"

  # The first two parts of every name: a change replaces everything.
  project     = "awa-batch"
  environment = "dev"

  # What runs: written into release.auto.tfvars.json by the toolkit. A change registers new revisions.
  release = var.release

  # Which compute environments there are: written into generations.auto.tfvars.json by the toolkit (`awa-batch compute roll`).
  generations = var.generations

  network = {
    # One NAT gateway costs less by the hour than six interface endpoints in two zones. A change replaces no subnet.
    nat      = "single"
    vpc_cidr = "10.64.0.0/16" # a change replaces the VPC and all in it
  }
}
