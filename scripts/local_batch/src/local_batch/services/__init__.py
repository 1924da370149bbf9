"""Every service but AWS Batch, by moto, and what Batch needs of them: log streams and secrets."""
