"""ENV=local's AWS: moto for every service but AWS Batch, and our own AWS Batch in front of it, in one process."""
