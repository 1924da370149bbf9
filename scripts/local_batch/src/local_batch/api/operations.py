"""Which function answers which operation of the Batch API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_batch.api import consumables, definitions, environments, jobs, policies, queues, submit, tags

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_batch.engine import Engine
    from local_batch.model import Region

Json = dict[str, Any]

OPERATIONS: dict[str, Callable[[Engine, Region, Json], Json]] = {
    "CancelJob": jobs.cancel,
    "CancelJobs": jobs.cancel_many,
    "CreateComputeEnvironment": environments.create,
    "CreateConsumableResource": consumables.create,
    "CreateJobQueue": queues.create,
    "CreateSchedulingPolicy": policies.create,
    "DeleteComputeEnvironment": environments.delete,
    "DeleteConsumableResource": consumables.delete,
    "DeleteJobQueue": queues.delete,
    "DeleteSchedulingPolicy": policies.delete,
    "DeregisterJobDefinition": definitions.deregister,
    "DescribeComputeEnvironments": environments.describe,
    "DescribeConsumableResource": consumables.describe,
    "DescribeJobDefinitions": definitions.describe,
    "DescribeJobQueues": queues.describe,
    "DescribeJobs": jobs.describe,
    "DescribeSchedulingPolicies": policies.describe,
    "GetJobQueueSnapshot": jobs.snapshot,
    "ListConsumableResources": consumables.list_all,
    "ListJobs": jobs.list_jobs,
    "ListJobsByConsumableResource": consumables.list_jobs,
    "ListSchedulingPolicies": policies.list_all,
    "ListTagsForResource": tags.list_for,
    "RegisterJobDefinition": definitions.register,
    "SubmitJob": submit.submit,
    "TagResource": tags.tag,
    "TerminateJob": jobs.terminate,
    "TerminateJobs": jobs.terminate_many,
    "UntagResource": tags.untag,
    "UpdateComputeEnvironment": environments.update,
    "UpdateConsumableResource": consumables.update,
    "UpdateJobQueue": queues.update,
    "UpdateSchedulingPolicy": policies.update,
}
