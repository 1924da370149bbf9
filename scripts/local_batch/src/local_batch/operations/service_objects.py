"""Service environments, service jobs and quota shares (SageMaker training): there are none, and none can be made.

Lists are empty in the model's form, one that is named is not found, and what would make one is refused in words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_batch.json_object import Json
from local_batch.operations import find
from local_batch.operations.paging import page
from local_batch.operations.stop_jobs import check_job_ids, reason_of
from local_batch.refusals import Refusal, refuse
from local_batch.rules import calls as rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_batch.scheduler.objects import Region
    from local_batch.scheduler.scheduler import Scheduler

    Operation = Callable[[Scheduler, Region, Json], Json]


def describe_environments(_scheduler: Scheduler, _region: Region, asked: Json) -> Json:
    """DescribeServiceEnvironments: none, whatever is named, as of compute environments. Raises Refusal."""
    if len(asked.get("serviceEnvironments") or ()) > rules.DESCRIBED_OBJECTS:
        raise refuse(f"Maximum number of serviceEnvironments supported is {rules.DESCRIBED_OBJECTS}")
    return _empty("serviceEnvironments", asked)


def list_jobs(_scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """ListServiceJobs: none, on a queue that is there. Raises Refusal."""
    _check_queue(region, asked)
    return _empty("jobSummaryList", asked)


def list_quota_shares(_scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """ListQuotaShares: none, on a queue that is there. Raises Refusal."""
    _check_queue(region, asked)
    return _empty("quotaShares", asked)


def _empty(member: str, asked: Json) -> Json:
    none: list[Json] = []
    found, token = page(none, asked)
    return {member: list(found), "nextToken": token}


def _check_queue(region: Region, asked: Json) -> None:
    named = asked.get("jobQueue")
    if named and find.by_name(region.queues, named, lambda found: found.arn) is None:
        raise Refusal(f"Job Queue {named} not found.")


def terminate(_scheduler: Scheduler, _region: Region, asked: Json) -> Json:
    """TerminateServiceJob: as TerminateJob, it succeeds whether or not there is anything to stop. Raises Refusal."""
    reason_of(asked)
    if not asked["jobId"].strip():
        raise refuse("jobId must not be empty")
    return {}


def terminate_many(_scheduler: Scheduler, _region: Region, asked: Json) -> Json:
    """TerminateServiceJobs: TerminateServiceJob for many, with an answer for each. Raises Refusal."""
    reason_of(asked)
    check_job_ids(asked["jobs"])
    return {"successful": list(asked["jobs"]), "errors": []}


def not_found(what: str, member: str) -> Operation:
    """Return the operation on one object, named by ``member`` of its request, that is not there."""

    def answer(_scheduler: Scheduler, _region: Region, asked: Json) -> Json:
        raise refuse(f"{what} {asked[member]} not found")

    return answer


def not_made(what: str) -> Operation:
    """Return the operation that would make an object of a kind that is not there."""

    def answer(_scheduler: Scheduler, _region: Region, _asked: Json) -> Json:
        raise refuse(
            f"{what} are not there in the local AWS Batch, which runs containers and has no SageMaker training "
            "(its list of conformance says what is there)"
        )

    return answer
