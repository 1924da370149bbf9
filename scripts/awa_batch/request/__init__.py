"""One typed SubmitJob request: a dry run prints it, a submission sends the same object."""

from awa_batch.request.build import build_request
from awa_batch.request.each import Items, build_each, read_items
from awa_batch.request.model import JobRequest
from awa_batch.request.upload import Upload

__all__ = ["Items", "JobRequest", "Upload", "build_each", "build_request", "read_items"]
