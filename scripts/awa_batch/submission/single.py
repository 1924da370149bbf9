"""Submit one request exactly once."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from awa_batch.batch.failures import CallError
from awa_batch.batch.jobs import submit_job
from awa_batch.batch.listing import ids_by_name
from awa_batch.errors import AwsError
from awa_batch.request.model import JobRequest
from awa_batch.text import Command, Field, Text

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
    last: CallError | None = None
    unclear = False  # whether any try so far may have been accepted
    unreached = 0
    for attempt in range(MAX_TRIES):
        if attempt:
            _sleep(min(8.0, 0.25 * 2**attempt))
        try:
            return Submitted(submit_job(sender, request.submit_job), request.job_name)
        except CallError as error:
            last = error
            unreached += error.failure == "unreached"
            if error.failure == "refused" or unreached >= MAX_UNREACHED:
                if unclear:
                    break
                raise
        lost = last.failure == "lost"
        unclear = unclear or lost
        # Once a try was lost, look before every further one, even after a throttle: the lost one may show up late.
        if unclear and (found := _wait_for_name(reader, request, LOOKUP_WAITS if lost else LOOKUP_WAITS[:1])):
            return Submitted(found, request.job_name, found=True)
    said = last.said if last else ""
    if not unclear:
        raise AwsError(
            f"AWS throttled job {request.job_name} {MAX_TRIES} times; it was not submitted: {said}",
            fix=("Wait a little and submit again; many submissions at once are one job with ", Field("array"), "."),
        ) from last
    raise AwsError(
        f"It stays unclear whether job {request.job_name} was accepted: {said}", fix=_look_yourself(request)
    ) from last


def _sleep(seconds: float) -> None:
    time.sleep(seconds * random.uniform(0.5, 1.0))  # noqa: S311 - jitter


def _wait_for_name(reader: BatchClient, request: JobRequest, waits: Sequence[float]) -> str | None:
    """Look the request's unique name up after each wait (seconds), until the job shows; None where it does not.

    Where the name is there twice after all, the older job is meant. Raises AwsError when that cannot be told.
    """
    for wait in waits:
        time.sleep(wait)
        try:
            ids = ids_by_name(reader, request.job_queue, request.job_name)
        except CallError as error:
            raise AwsError(
                f"It is unclear whether job {request.job_name} was accepted, and it cannot be looked up: {error.said}",
                fix=_look_yourself(request),
            ) from error
        if found := ids.get(request.job_name):
            return found
    return None


def _look_yourself(request: JobRequest) -> Text:
    return ("Look for it with ", Command("status", Field("name", request.job_name)), " before you submit again.")
