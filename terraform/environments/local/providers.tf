# Everything goes to the local AWS; nothing of a real account is read or needed.
provider "aws" {
  region     = "ap-northeast-1"
  access_key = var.access_key
  secret_key = var.secret_key

  # The address of the local AWS, written by the toolkit. In a file because the provider works two seconds, whenever
  # it is started, on a block `endpoints`. Without the file nothing is planned.
  profile             = "awa-batch-local"
  shared_config_files = ["${path.module}/local.awsconfig"]

  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
}
