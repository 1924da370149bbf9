# They are the account's: the toolkit's bootstrap makes what is missing, and no environment's end takes it from the others.
removed {
  from = aws_iam_service_linked_role.this

  lifecycle {
    destroy = false
  }
}
