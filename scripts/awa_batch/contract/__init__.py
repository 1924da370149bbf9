"""What one environment offers: Terraform's ``contract`` output, typed."""

from awa_batch.contract.lookup import find_job_definition, find_queue, find_schedule
from awa_batch.contract.model import Contract, JobDefinition, Queue, Repository, Schedule

__all__ = [
    "Contract",
    "JobDefinition",
    "Queue",
    "Repository",
    "Schedule",
    "find_job_definition",
    "find_queue",
    "find_schedule",
]
