"""Send a request with all that belongs to it: first what the job reads, then the job, then the note of it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from awa_batch.batch.failures import calling
from awa_batch.batch.patience import Outage, patiently
from awa_batch.history import Submission, record
from awa_batch.request.model import JobRequest
from awa_batch.submission.care import Care
from awa_batch.submission.single import Submitted, submit_request
from awa_batch.text import Command, Field, Say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from awa_batch.batch.clients import Clients
    from awa_batch.request.upload import Upload


def put_uploads(clients: Clients, uploads: Iterable[Upload], outage: Outage | None = None) -> None:
    """Put objects into S3, a few at a time, through an ``outage``. Raises AwsError; nothing was submitted then."""
    wanted = list(uploads)
    if not wanted:
        return
    client = clients.s3  # made here: making one is not safe in threads, using it is
    done: set[str] = set()

    def put(upload: Upload) -> None:
        with calling(f"writing {upload.uri}"):
            client.put_object(Bucket=upload.bucket, Key=upload.key, Body=upload.body)
        done.add(upload.uri)

    def put_the_rest() -> None:
        with ThreadPoolExecutor(max_workers=min(8, len(wanted))) as pool:
            for _ in pool.map(put, [upload for upload in wanted if upload.uri not in done]):
                pass

    patiently(put_the_rest, outage)


def outage_of(clients: Clients, care: Care, tell: Say) -> Outage:
    """Return what waits through outages of an environment as ``care`` says."""
    bound = clients.contract.target.watch_intervals.outage_bound
    return Outage(bound if care.patience is None else care.patience, tell)


def send_request(
    clients: Clients,
    request: JobRequest,
    *,
    origin: str = "submit",
    care: Care | None = None,
    leaving: Callable[[JobRequest], None] = lambda _: None,
    accepted: Callable[[Submitted], None] = lambda _: None,
    tell: Say = lambda _: None,
) -> Submitted:
    """Put the request's uploads, submit it exactly once and write it into the history; return the job.

    ``leaving`` is called just before the request may leave, ``accepted`` as soon as AWS Batch has the job, so that the
    caller knows both whatever interrupts this. ``tell`` gets what people should know though all went well.
    Raises AwsError (see `submit_request`), and nothing once the job is accepted.
    """
    care = care or Care()
    put_uploads(clients, request.uploads, outage_of(clients, care, tell))
    sender, reader = clients.batch_submit, clients.batch  # made here: what fails by then, has sent nothing
    leaving(request)
    submitted = submit_request(sender, reader, request, care, outage_of(clients, care, tell))
    accepted(submitted)
    if submitted.resent:
        tell(
            (
                f"Job {submitted.job_name} was sent again after no answer to its first request could be found; check "
                "that it is there only once: ",
                Command("status", Field("name", submitted.job_name)),
            )
        )
    problem = record(
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
    if problem:
        tell(f"Job {submitted.job_id} was accepted; the history of this clone could not take it: {problem}")
    return submitted
