"""Describe job queues and compute environments, and take a queue's snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from awa_batch.batch.failures import CallError, calling
from awa_batch.batch.parts import in_parts

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient
    from mypy_boto3_batch.type_defs import (
        ComputeEnvironmentDetailTypeDef,
        GetJobQueueSnapshotResponseTypeDef,
        JobQueueDetailTypeDef,
    )


def describe_queues(batch: BatchClient, queues: Iterable[str]) -> dict[str, JobQueueDetailTypeDef]:
    """Return ARN → the entry of DescribeJobQueues, for those of ``queues`` (names or ARNs) that there are.

    One call per 100. Raises CallError.
    """
    found: dict[str, JobQueueDetailTypeDef] = {}
    with calling("describing job queues"):
        for some in in_parts(queues):
            for entry in batch.describe_job_queues(jobQueues=some)["jobQueues"]:
                found[entry["jobQueueArn"]] = entry
    return found


def describe_environments(
    batch: BatchClient, queues: Iterable[JobQueueDetailTypeDef]
) -> dict[str, ComputeEnvironmentDetailTypeDef]:
    """Return the compute environments of ``queues``, each under its ARN and under its name.

    One call per 100. Raises CallError.
    """
    wanted = {name for queue in queues for name in compute_environment_names(queue)}
    found: dict[str, ComputeEnvironmentDetailTypeDef] = {}
    for name, entry in named_environments(batch, sorted(wanted)).items():
        found[entry["computeEnvironmentArn"]] = found[name] = entry
    return found


def named_environments(batch: BatchClient, names: Iterable[str]) -> dict[str, ComputeEnvironmentDetailTypeDef]:
    """Return name → compute environment, for those of ``names`` (names or ARNs) that there are.

    One call per 100. Raises CallError.
    """
    found: dict[str, ComputeEnvironmentDetailTypeDef] = {}
    with calling("describing compute environments"):
        for some in in_parts(names):
            for entry in batch.describe_compute_environments(computeEnvironments=some)["computeEnvironments"]:
                found[entry["computeEnvironmentName"]] = entry
    return found


def all_environments(batch: BatchClient) -> list[ComputeEnvironmentDetailTypeDef]:
    """Return all compute environments of the region, those that no queue has any more too. Raises CallError."""
    with calling("describing compute environments"):
        pages = batch.get_paginator("describe_compute_environments").paginate()
        return [entry for page in pages for entry in page["computeEnvironments"]]


def compute_environment_names(queue: JobQueueDetailTypeDef) -> list[str]:
    """Return a queue's compute environments (ARNs, or names) in the order in which they are tried."""
    order = sorted(queue.get("computeEnvironmentOrder") or (), key=lambda entry: entry["order"])
    return [entry["computeEnvironment"] for entry in order]


def queue_snapshot(batch: BatchClient, queue: str) -> GetJobQueueSnapshotResponseTypeDef | None:
    """Return what is at the front of a queue and how full it is; None where AWS does not tell.

    An older SDK, an older endpoint and a policy without GetJobQueueSnapshot do not. Raises CallError where AWS does
    not answer at all.
    """
    call: Callable[..., GetJobQueueSnapshotResponseTypeDef] | None = getattr(batch, "get_job_queue_snapshot", None)
    if call is None:
        return None
    try:
        with calling(f"looking at the front of {queue.rsplit('/', 1)[-1]}"):
            return call(jobQueue=queue)
    except CallError as error:
        if error.code:
            return None
        raise
