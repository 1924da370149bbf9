# Every example of every module, so that one plan proves them all.

module "codeartifact_full" {
  source = "../../modules/codeartifact/examples/full"
}

module "codeartifact_minimal" {
  source = "../../modules/codeartifact/examples/minimal"
}

module "deployer_full" {
  source = "../../modules/deployer/examples/full"
}

module "deployer_minimal" {
  source = "../../modules/deployer/examples/minimal"
}

module "ecr_full" {
  source = "../../modules/ecr/examples/full"
}

module "ecr_minimal" {
  source = "../../modules/ecr/examples/minimal"
}

module "iam_full" {
  source = "../../modules/iam/examples/full"
}

module "iam_minimal" {
  source = "../../modules/iam/examples/minimal"
}

module "job_definition_full" {
  source = "../../modules/job_definition/examples/full"
}

module "job_definition_minimal" {
  source = "../../modules/job_definition/examples/minimal"
}

module "job_queue_full" {
  source = "../../modules/job_queue/examples/full"
}

module "job_queue_minimal" {
  source = "../../modules/job_queue/examples/minimal"
}

module "network_full" {
  source = "../../modules/network/examples/full"
}

module "network_minimal" {
  source = "../../modules/network/examples/minimal"
}

module "observability_full" {
  source = "../../modules/observability/examples/full"
}

module "observability_minimal" {
  source = "../../modules/observability/examples/minimal"
}

module "platform_full" {
  source = "../../modules/platform/examples/full"
}

module "platform_minimal" {
  source = "../../modules/platform/examples/minimal"
}

module "resources_ec2_full" {
  source = "../../modules/resources_ec2/examples/full"
}

module "resources_ec2_minimal" {
  source = "../../modules/resources_ec2/examples/minimal"
}

module "resources_fargate_full" {
  source = "../../modules/resources_fargate/examples/full"
}

module "resources_fargate_minimal" {
  source = "../../modules/resources_fargate/examples/minimal"
}

module "schedules_full" {
  source = "../../modules/schedules/examples/full"
}

module "schedules_minimal" {
  source = "../../modules/schedules/examples/minimal"
}

module "step_functions_full" {
  source = "../../modules/step_functions/examples/full"
}

module "step_functions_minimal" {
  source = "../../modules/step_functions/examples/minimal"
}

module "storage_full" {
  source = "../../modules/storage/examples/full"
}

module "storage_minimal" {
  source = "../../modules/storage/examples/minimal"
}
