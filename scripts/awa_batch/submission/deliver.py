"""Send a request with all that belongs to it: first what the job reads, then the job, then the note of it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from awa_batch.batch.failures import calling
from awa_batch.history import Submission, record
from awa_batch.request.model import JobRequest
from awa_batch.submission.single import Submitted, submit_request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from awa_batch.batch.clients import Clients
    from awa_batch.request.upload import Upload


def put_uploads(clients: Clients, uploads: Iterable[Upload]) -> None:
    """Put objects into S3, a few at a time. Raises AwsError; nothing was submitted then."""
    wanted = list(uploads)
    if not wanted:
        return
    client = clients.s3  # made here: making one is not safe in threads, using it is

    def put(upload: Upload) -> None:
        with calling(f"writing {upload.uri}"):
            client.put_object(Bucket=upload.bucket, Key=upload.key, Body=upload.body)

    with ThreadPoolExecutor(max_workers=min(8, len(wanted))) as pool:
        for _ in pool.map(put, wanted):
            pass


def send_request(clients: Clients, request: JobRequest, *, origin: str = "submit") -> Submitted:
    """Put the request's uploads, submit it exactly once and write it into the history; return the job.

    Raises AwsError (see `submit_request`).
    """
    put_uploads(clients, request.uploads)
    submitted = submit_request(clients.batch_submit, clients.batch, request)
    record(
        clients.contract.environment,
        Submission(
            job_id=submitted.job_id,
            job_name=submitted.job_name,
            queue=request.job_queue.rsplit("/", 1)[-1],
            definition=request.job_definition.rsplit("/", 1)[-1],
            submitted_at=int(time.time() * 1000),
            origin=origin,
            array_size=request.array_size,
        ),
    )
    return submitted
