"""Send a request, once: an unclear answer is resolved by looking the job's unique name up before sending again."""

from awa_batch.submission.single import Submitted, submit_request

__all__ = ["Submitted", "submit_request"]
