"""What can be said of a job: one statement, from which flags, the job file's fields and the documentation are made."""

from awa_batch.job.spec import JobSpec

__all__ = ["JobSpec"]
