"""Submit one request exactly once."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from awa_batch.batch.clients import refused
from awa_batch.errors import AwsError
from awa_batch.request.model import JobRequest
from awa_batch.submission.outcome import failure

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient

MAX_TRIES = 6
MAX_UNREACHED = 3
"""Tries that may end without a connection before the endpoint is taken as unreachable."""

LOOKUP_WAITS = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each look for the job after an unclear answer.

AWS documents no time after which an accepted job is listed, and a request whose connection broke may still be on its
way to being accepted. One look at once would often miss the job and the next try would double it; so nothing is sent
again before several looks over some seconds have found nothing. What is left is a job that shows up later still: no
client can rule that out without an idempotency token, which SubmitJob does not have.
"""


@dataclass(frozen=True)
class Submitted:
    """The accepted job. ``found`` tells that the answer was lost and the job was found again by its name."""

    job_id: str
    job_name: str
    found: bool = False


def submit_request(sender: BatchClient, reader: BatchClient, request: JobRequest) -> Submitted:
    """Send ``request`` and return the job.

    ``sender`` must not retry by itself (Clients.batch_submit); ``reader`` may. A throttle or a connection that was
    never made means that nothing was accepted: it is sent again after a wait. A timeout, a dropped connection, a 5xx
    or an answer without a job id leaves it open: the request's name, which is unique, is looked up (`LOOKUP_WAITS`)
    before anything is sent again. Raises AwsError when AWS refuses, cannot be reached, throttles to the end, or when
    it stays unclear after six tries; in the last case the error names the job to look for.
    """
    last: Exception | None = None
    unclear = False  # whether any try so far may have been accepted
    unreached = 0
    for attempt in range(MAX_TRIES):
        if attempt:
            _sleep(min(8.0, 0.25 * 2**attempt))
        try:
            answer = sender.submit_job(**request.to_submit_job())
            if job_id := answer.get("jobId"):
                return Submitted(job_id, request.job_name)
            last, lost = AwsError("the answer has no job id"), True
        except (BotoCoreError, ClientError) as error:
            last, outcome = error, failure(error)
            unreached += outcome == "unreached"
            if outcome == "refused" or unreached >= MAX_UNREACHED:
                if unclear:
                    break
                raise refused(error, f"submitting {request.job_name}") from error
            lost = outcome == "lost"
        unclear = unclear or lost
        # Once a try was lost, look before every further one, even after a throttle: the lost one may show up late.
        if unclear and (found := _look(reader, request, LOOKUP_WAITS if lost else LOOKUP_WAITS[:1])):
            return Submitted(found, request.job_name, found=True)
    if not unclear:
        raise AwsError(
            f"AWS throttled job {request.job_name} {MAX_TRIES} times; it was not submitted: {last}",
            fix="Wait a little and submit again; many submissions at once are one job with --array.",
        ) from last
    raise AwsError(
        f"It stays unclear whether job {request.job_name} was accepted: {last}", fix=_look_yourself(request)
    ) from last


def _sleep(seconds: float) -> None:
    time.sleep(seconds * random.uniform(0.5, 1.0))  # noqa: S311 - jitter


def _look(reader: BatchClient, request: JobRequest, waits: Sequence[float]) -> str | None:
    for wait in waits:
        time.sleep(wait)
        if found := find_by_name(reader, request):
            return found
    return None


def _look_yourself(request: JobRequest) -> str:
    return f"Look for it with `awa-batch status --name {request.job_name}` before you submit again."


def find_by_name(reader: BatchClient, request: JobRequest) -> str | None:
    """Return the id of the job with the request's unique name, or None. Raises AwsError when that cannot be told.

    Where the name is there twice after all, the older job is meant.
    """
    found: list[tuple[int, str]] = []
    try:
        pages = reader.get_paginator("list_jobs").paginate(
            jobQueue=request.job_queue, filters=[{"name": "JOB_NAME", "values": [request.job_name]}]
        )
        for page in pages:
            found += [
                (job.get("createdAt", 0), job["jobId"])
                for job in page["jobSummaryList"]
                if job["jobName"] == request.job_name
            ]
    except (BotoCoreError, ClientError) as error:
        raise AwsError(
            f"It is unclear whether job {request.job_name} was accepted, and it cannot be looked up: {error}",
            fix=_look_yourself(request),
        ) from error
    return min(found)[1] if found else None
