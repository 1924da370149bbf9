"""Submit one request exactly once."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from awa_batch.aws import refused
from awa_batch.errors import AwsError
from awa_batch.request.model import JobRequest

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient

MAX_TRIES = 6
_THROTTLES = {"TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"}


@dataclass(frozen=True)
class Submitted:
    """The accepted job. ``found`` tells that the answer was lost and the job was found again by its name."""

    job_id: str
    job_name: str
    found: bool = False


def submit_request(sender: BatchClient, reader: BatchClient, request: JobRequest) -> Submitted:
    """Send ``request`` and return the job.

    ``sender`` must not retry by itself (Clients.batch_submit); ``reader`` may. A throttle means that nothing was
    accepted: it is sent again after a wait. A timeout, a dropped connection or a 5xx leaves it open: the request's
    name, which is unique, is looked up before anything is sent again. Raises AwsError when AWS refuses or when it
    stays unclear after six tries; then the error names the job to look for.
    """
    last: Exception | None = None
    for attempt in range(MAX_TRIES):
        if attempt:
            time.sleep(min(8.0, 0.25 * 2**attempt) * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
        try:
            answer = sender.submit_job(**request.to_submit_job())
            return Submitted(answer["jobId"], answer["jobName"])
        except ClientError as error:
            last = error
            code = error.response.get("Error", {}).get("Code", "")
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            if code in _THROTTLES or status == 429:
                continue
            if status < 500:
                raise refused(error, f"job {request.job_name}") from error
        except HTTPClientError as error:
            last = error
        except BotoCoreError as error:
            raise refused(error, f"submitting {request.job_name}") from error
        if found := find_by_name(reader, request):
            return Submitted(found, request.job_name, found=True)
    raise AwsError(
        f"It stays unclear whether job {request.job_name} was accepted: {last}",
        fix=f"Look for it with `awa-batch status --name {request.job_name}` before you submit again.",
    ) from last


def find_by_name(reader: BatchClient, request: JobRequest) -> str | None:
    """Return the id of the job with the request's unique name, or None. Raises AwsError when that cannot be told."""
    try:
        pages = reader.get_paginator("list_jobs").paginate(
            jobQueue=request.job_queue, filters=[{"name": "JOB_NAME", "values": [request.job_name]}]
        )
        for page in pages:
            for job in page["jobSummaryList"]:
                if job["jobName"] == request.job_name:
                    return job["jobId"]
    except (BotoCoreError, ClientError) as error:
        raise AwsError(
            f"It is unclear whether job {request.job_name} was accepted, and it cannot be looked up: {error}",
            fix=f"Look for it with `awa-batch status --name {request.job_name}` before you submit again.",
        ) from error
    return None
