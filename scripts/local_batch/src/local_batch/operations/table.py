"""Which function answers which operation of the Batch API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_batch.json_object import Json
from local_batch.operations import (
    compute_environments,
    consumable_resources,
    describe_jobs,
    job_definitions,
    job_queues,
    list_jobs,
    queue_snapshot,
    scheduling_policies,
    service_objects,
    stop_jobs,
    submit_job,
    tags,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_batch.scheduler.objects import Region
    from local_batch.scheduler.scheduler import Scheduler

OPERATIONS: dict[str, Callable[[Scheduler, Region, Json], Json]] = {
    "CancelJob": stop_jobs.cancel,
    "CancelJobs": stop_jobs.cancel_many,
    "CreateComputeEnvironment": compute_environments.create,
    "CreateConsumableResource": consumable_resources.create,
    "CreateJobQueue": job_queues.create,
    "CreateQuotaShare": service_objects.not_made("Quota shares"),
    "CreateSchedulingPolicy": scheduling_policies.create,
    "CreateServiceEnvironment": service_objects.not_made("Service environments"),
    "DeleteComputeEnvironment": compute_environments.delete,
    "DeleteConsumableResource": consumable_resources.delete,
    "DeleteJobQueue": job_queues.delete,
    "DeleteQuotaShare": service_objects.not_found("QuotaShare", "quotaShareArn"),
    "DeleteSchedulingPolicy": scheduling_policies.delete,
    "DeleteServiceEnvironment": service_objects.not_found("ServiceEnvironment", "serviceEnvironment"),
    "DeregisterJobDefinition": job_definitions.deregister,
    "DescribeComputeEnvironments": compute_environments.describe,
    "DescribeConsumableResource": consumable_resources.describe,
    "DescribeJobDefinitions": job_definitions.describe,
    "DescribeJobQueues": job_queues.describe,
    "DescribeJobs": describe_jobs.describe,
    "DescribeQuotaShare": service_objects.not_found("QuotaShare", "quotaShareArn"),
    "DescribeSchedulingPolicies": scheduling_policies.describe,
    "DescribeServiceEnvironments": service_objects.describe_environments,
    "DescribeServiceJob": service_objects.not_found("Service job", "jobId"),
    "GetJobQueueSnapshot": queue_snapshot.snapshot,
    "ListConsumableResources": consumable_resources.list_all,
    "ListJobs": list_jobs.list_jobs,
    "ListJobsByConsumableResource": consumable_resources.list_jobs,
    "ListQuotaShares": service_objects.list_quota_shares,
    "ListSchedulingPolicies": scheduling_policies.list_all,
    "ListServiceJobs": service_objects.list_jobs,
    "ListTagsForResource": tags.list_for,
    "RegisterJobDefinition": job_definitions.register,
    "SubmitJob": submit_job.submit,
    "SubmitServiceJob": service_objects.not_made("Service jobs"),
    "TagResource": tags.tag,
    "TerminateJob": stop_jobs.terminate,
    "TerminateJobs": stop_jobs.terminate_many,
    "TerminateServiceJob": service_objects.terminate,
    "TerminateServiceJobs": service_objects.terminate_many,
    "UntagResource": tags.untag,
    "UpdateComputeEnvironment": compute_environments.update,
    "UpdateConsumableResource": consumable_resources.update,
    "UpdateJobQueue": job_queues.update,
    "UpdateQuotaShare": service_objects.not_found("QuotaShare", "quotaShareArn"),
    "UpdateSchedulingPolicy": scheduling_policies.update,
    "UpdateServiceEnvironment": service_objects.not_found("ServiceEnvironment", "serviceEnvironment"),
    "UpdateServiceJob": service_objects.not_found("Service job", "jobId"),
}
