# The values of this environment. All that can be set stands in modules/platform/variables.tf, and the modules' READMEs say
# what each setting does; what is left out here has its default.
module "platform" {
  source = "../../modules/platform"

  # The first two parts of every name: a change replaces everything.
  project     = "awa-batch"
  environment = "prod"

  # What runs: written into release.auto.tfvars.json by the toolkit. A change registers new revisions.
  release = var.release

  # Which compute environments there are: written into generations.auto.tfvars.json by the toolkit (`awa-batch compute roll`).
  generations = var.generations

  # Jobs run what was released and nothing else: submit --code is refused.
  unreleased_code = false

  network = {
    # Jobs reach AWS through endpoints and nothing else. A job that needs the internet needs nat = "per_az".
    nat                     = "none"
    availability_zone_count = 3              # a zone more at the end replaces nothing
    vpc_cidr                = "10.65.0.0/16" # a change replaces the VPC and all in it
    flow_logs               = { enabled = true, retention_days = 90 }
  }

  ec2 = {
    profile = "large" # sizes of instances and ceilings of vCPUs; changes in place, on Spot by replacement
  }

  fargate = {
    pools = { on_demand = { max_vcpus = 64 }, spot = { max_vcpus = 64 } } # changes in place
  }

  # Changes in place.
  observability = {
    # Name who is to be told: emails = ["team@example.com"].
    alerts             = { enabled = true }
    dashboard          = true
    log_retention_days = 90
  }
}
