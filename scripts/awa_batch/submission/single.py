"""Submit one request exactly once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from awa_batch.batch.failures import CallError
from awa_batch.batch.jobs import submit_job
from awa_batch.batch.listing import ids_by_name
from awa_batch.batch.patience import Outage, patiently
from awa_batch.duration import duration_text
from awa_batch.errors import AwsError
from awa_batch.request.model import JobRequest
from awa_batch.submission.care import Care
from awa_batch.target import ACCOUNT_INTERVALS
from awa_batch.text import Command, Field, Text

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient

_CAREFUL = Care()
MAX_TRIES = 6
"""Tries of one job whose answer was lost and that was not found afterwards."""


@dataclass(frozen=True)
class Submitted:
    """The accepted job. ``found`` tells that the answer was lost and the job was found again by its name.

    ``resent`` tells that an answer was lost, no job of the name was found, and the request was sent again: should the
    first one show up later after all, there are two.
    """

    job_id: str
    job_name: str
    found: bool = False
    resent: bool = False


def submit_request(
    sender: BatchClient,
    reader: BatchClient,
    request: JobRequest,
    care: Care = _CAREFUL,
    outage: Outage | None = None,
) -> Submitted:
    """Send ``request`` and return the job.

    ``sender`` must not retry by itself (Clients.batch_submit); ``reader`` may. A throttle or a connection that was
    never made means that nothing was accepted: it is sent again, until the patience of ``outage`` ends. A timeout, a
    dropped connection, a 5xx or an answer that cannot be read leaves it open: the request's name, which is unique, is
    looked up over the time that ``care`` says before anything is sent again, if it may be at all. Raises AwsError when
    AWS refuses, cannot be reached, throttles to the end, or when it stays unclear after six tries; in the last case the
    error names the job to look for.
    """
    outage = outage or Outage(ACCOUNT_INTERVALS.outage_bound)
    lost = 0  # tries that may have been accepted
    resent = False
    while True:
        try:
            job_id = submit_job(sender, request.submit_job)
        except CallError as error:
            last = error
        else:
            outage.ended()
            return Submitted(job_id, request.job_name, resent=lost > 0)
        go_on = outage.goes_on(last)
        if last.failure == "refused":
            break
        if last.failure == "lost":
            resent = lost > 0
            lost += 1
        # Once a try was lost, look before every further one, even after a throttle: the lost one may show up late.
        waits = care.lookup_waits if last.failure == "lost" else care.lookup_waits[:1]
        if lost and (found := _wait_for_name(reader, request, waits, Outage(outage.patience, outage.tell))):
            return Submitted(found, request.job_name, found=True, resent=resent)
        if lost and care.never_double:
            raise AwsError(
                f"It is unclear whether job {request.job_name} was accepted: no job of that name was found in "
                f"{sum(care.lookup_waits):g} s, and it is not sent again: {last.said}",
                fix=_look_yourself(request),
            ) from last
        if lost >= MAX_TRIES or not go_on:
            break
        outage.wait()
    if lost:
        raise AwsError(
            f"It stays unclear whether job {request.job_name} was accepted: {last.said}", fix=_look_yourself(request)
        ) from last
    if last.failure == "throttled":
        raise AwsError(
            f"AWS throttled job {request.job_name} for {duration_text(outage.patience)}; it was not submitted: "
            f"{last.said}",
            fix=(
                "Wait a little and submit again, or have more ",
                Field("patience"),
                "; many submissions at once are one job with ",
                Field("array"),
                ".",
            ),
        ) from last
    raise last


def _wait_for_name(reader: BatchClient, request: JobRequest, waits: Sequence[float], outage: Outage) -> str | None:
    """Look the request's unique name up after each wait (seconds), until the job shows; None where it does not.

    Where the name is there twice after all, the older job is meant. Raises AwsError when that cannot be told.
    """
    for wait in waits:
        time.sleep(wait)
        try:
            ids = patiently(lambda: ids_by_name(reader, request.job_queue, request.job_name), outage)
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
