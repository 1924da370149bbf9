"""Read from AWS what a contract would say of one queue and one job definition, where no Terraform is at hand."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

from awa_batch.batch.definitions import describe_definitions, newest_definition
from awa_batch.batch.queues import compute_environment_names, describe_environments, describe_queues
from awa_batch.batch.resources import memory_of, vcpu_of
from awa_batch.batch.several import beside_main, main_container
from awa_batch.contract.model import Bucket, Contract, JobDefinition, Queue
from awa_batch.errors import UsageError
from awa_batch.text import Field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_batch import BatchClient
    from mypy_boto3_batch.type_defs import ComputeResourceOutputTypeDef, JobDefinitionTypeDef, JobQueueDetailTypeDef

    from awa_batch.contract.model import Capacity


def contract_from_aws(batch: BatchClient, *, queue: str, definition: str, region: str) -> Contract:
    """Return a contract that offers ``queue`` (a name or an ARN) and ``definition`` (a name, name:revision or ARN).

    A bare name means its newest ACTIVE revision, as in SubmitJob. The data bucket is ``AWA_BATCH_BUCKET``, or unknown
    (""): then a configuration above the overrides' limit is refused. Makes four calls that read. Raises UsageError for
    what is not there, and CallError.
    """
    found = list(describe_queues(batch, [queue]).values())
    if not found:
        raise UsageError(
            Field("queue", queue),
            f": there is no such job queue in {region}.",
            fix=("Check name and ", Field("region"), "."),
        )
    detail = found[0]
    defined = _definition(batch, definition, region)
    account = detail["jobQueueArn"].split(":")[4]
    bucket = os.environ.get("AWA_BATCH_BUCKET", "")
    return Contract(
        schema_version=1,
        project="",
        environment=f"{account}-{region}",
        region=region,
        account_id=account,
        prefix="",
        queues={detail["jobQueueName"]: _queue_of(batch, detail)},
        job_definitions={defined["jobDefinitionName"]: job_definition_of(defined)},
        repositories={},
        data_bucket=Bucket(name=bucket, arn=f"arn:aws:s3:::{bucket}" if bucket else ""),
    )


def job_definition_of(detail: JobDefinitionTypeDef) -> JobDefinition:
    """Return what a contract would say of an entry of DescribeJobDefinitions that has ``containerProperties``."""
    container = detail["containerProperties"]
    beside = beside_main(detail)
    logging = container.get("logConfiguration")
    options = (logging.get("options") if logging else None) or {}
    return JobDefinition(
        name=detail["jobDefinitionName"],
        arn=detail["jobDefinitionArn"],
        platform="FARGATE" if "FARGATE" in detail.get("platformCapabilities", ()) else "EC2",
        image=container.get("image", ""),
        slot="blue",
        vcpu=vcpu_of(container) or 1.0,
        memory=memory_of(container) or 4,
        log_group=options.get("awslogs-group", "/aws/batch/job"),
        container=main_container(detail),
        sidecar_vcpu=beside.vcpu,
        sidecar_memory=beside.memory,
    )


def _queue_of(batch: BatchClient, detail: JobQueueDetailTypeDef) -> Queue:
    known = describe_environments(batch, [detail])
    environments = [known[name] for name in compute_environment_names(detail) if name in known]
    resources = [entry["computeResources"] for entry in environments if "computeResources" in entry]
    return Queue(
        name=detail["jobQueueName"],
        arn=detail["jobQueueArn"],
        platform="FARGATE" if any(entry["type"].startswith("FARGATE") for entry in resources) else "EC2",
        priority=detail["priority"],
        scheduling="FAIR_SHARE" if detail.get("schedulingPolicyArn") else "FIFO",
        max_vcpus=sum(entry["maxvCpus"] for entry in resources),
        capacity=_capacity(resources),
    )


def _definition(batch: BatchClient, name: str, region: str) -> JobDefinitionTypeDef:
    exact = name.startswith("arn:") or ":" in name
    revisions = describe_definitions(batch, [name]).values() if exact else ()
    found = next(iter(revisions), None) if exact else newest_definition(batch, name)
    if found is None:
        raise UsageError(
            Field("definition", name),
            f": there is no such {'revision' if exact else 'ACTIVE job definition'} in {region}.",
            fix=("Check name and ", Field("region"), "."),
        )
    if found.get("type") != "container" or "containerProperties" not in found:
        raise UsageError(
            Field("definition", name),
            " is not the definition of a job in containers (it is of a multi-node or EKS job).",
            fix="Name another one.",
        )
    return found


def _capacity(resources: Sequence[ComputeResourceOutputTypeDef]) -> Capacity:
    """Return what a queue's environments are, in the order in which capacity is tried."""
    kinds = list(dict.fromkeys("SPOT" if "SPOT" in entry["type"] else "ON_DEMAND" for entry in resources))
    return cast("Capacity", "_THEN_".join(kinds) or "ON_DEMAND")
