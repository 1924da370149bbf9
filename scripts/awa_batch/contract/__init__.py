"""What one environment offers: Terraform's ``contract`` output, typed."""

from awa_batch.contract.model import Contract, JobDefinition, Queue, Repository

__all__ = ["Contract", "JobDefinition", "Queue", "Repository"]
