module "storage" {
  source = "../.."

  bucket_name = "awa-batch-dev-data-123456789012"
}
