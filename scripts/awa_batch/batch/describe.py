"""DescribeJobs for any number of jobs, as AWS answers it: what every stage that looks at jobs reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient

PER_CALL = 100
"""DescribeJobs takes at most 100 ids a call."""


def describe_details(batch: BatchClient, ids: Iterable[str]) -> dict[str, Any]:
    """Return id → the entry of DescribeJobs' ``jobs``, for those that AWS still knows, in the order of ``ids``.

    One call per 100. Raises botocore's errors.
    """
    wanted = list(dict.fromkeys(ids))
    found: dict[str, Any] = {}
    for start in range(0, len(wanted), PER_CALL):
        for detail in batch.describe_jobs(jobs=wanted[start : start + PER_CALL])["jobs"]:
            found[detail["jobId"]] = detail
    return {job_id: found[job_id] for job_id in wanted if job_id in found}
