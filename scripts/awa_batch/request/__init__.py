"""One typed SubmitJob request: a dry run prints it, a submission sends the same object."""

from awa_batch.request.build import JobOptions, build_request
from awa_batch.request.model import JobRequest

__all__ = ["JobOptions", "JobRequest", "build_request"]
