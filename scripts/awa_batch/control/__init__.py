"""Change what runs: cancel and retry."""

from awa_batch.control.cancel import Cancellation, cancel_jobs, cancel_reason
from awa_batch.control.retry import RetryOptions, build_retry

__all__ = ["Cancellation", "RetryOptions", "build_retry", "cancel_jobs", "cancel_reason"]
