"""What this clone has submitted: one line a submission, so that ``@last`` and ``awa-batch history`` know it."""

from awa_batch.history.file import Submission, recent, record
from awa_batch.history.reference import resolve

__all__ = ["Submission", "recent", "record", "resolve"]
