output "repositories" {
  value = {
    for image, repository in aws_ecr_repository.this : image => {
      name = repository.name
      url  = repository.repository_url
      arn  = repository.arn
    }
  }
  description = "Image name → name, URL (without tag) and ARN of its repository."
}
