"""awa-batch: submit, watch, explain, retry and release AWS Batch jobs of a platform that Terraform built."""

__version__ = "0.1.0"
