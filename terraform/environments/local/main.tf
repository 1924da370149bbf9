# The values of this environment. All that can be set stands in modules/platform/variables.tf, and the modules' READMEs say
# what each setting does; what is left out here has its default.
module "platform" {
  source = "../../modules/platform"

  # The first two parts of every name: a change replaces everything.
  project     = "awa-batch"
  environment = "local"

  # What runs: written into release.auto.tfvars.json by the toolkit. A change registers new revisions.
  release = var.release

  # Which compute environments there are: written into generations.auto.tfvars.json by the toolkit (`awa-batch compute roll`).
  generations = var.generations

  # Destroying takes objects and images with it; on ENV=local only.
  disposable = true
}
