output "bucket" {
  value = {
    name = aws_s3_bucket.data.bucket
    arn  = aws_s3_bucket.data.arn
  }
  description = "Name and ARN of the data bucket."
}
