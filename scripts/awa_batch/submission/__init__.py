"""Send a request, once: an unclear answer is resolved by looking the job's unique name up before sending again.

Per-job scripts in ``jobs/`` are written on ``awa_batch.script.run``, which does all of it.
"""

from awa_batch.submission.send import put_uploads, send_request
from awa_batch.submission.single import Submitted, submit_request

__all__ = ["Submitted", "put_uploads", "send_request", "submit_request"]
