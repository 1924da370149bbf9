# The values of this environment. All that can be set stands in modules/platform/variables.tf, and the modules' READMEs say
# what each setting does; what is left out here has its default.
module "platform" {
  source = "../../modules/platform"

  project     = "awa-batch" # first part of every name: a change replaces everything
  environment = "local"     # second part of every name: a change replaces everything
  release     = var.release # what runs: see release.auto.tfvars.json
  disposable  = true        # destroy takes objects and images with it; on ENV=local only
}
