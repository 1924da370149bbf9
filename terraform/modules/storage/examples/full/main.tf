module "storage" {
  source = "../.."

  bucket_name          = "awa-batch-prod-data-123456789012"
  kms_key_arn          = "arn:aws:kms:ap-northeast-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  out_infrequent_after = 30
  out_expires_after    = 365
  old_versions_after   = 90
  abort_uploads_after  = 7

  tags = { Project = "awa-batch" }
}
