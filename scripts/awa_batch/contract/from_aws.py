"""Read from AWS what a contract would say of one queue and one job definition, where no Terraform is at hand."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from awa_batch.contract.model import Bucket, Contract, JobDefinition, Queue
from awa_batch.errors import UsageError

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient


def contract_from_aws(
    batch: BatchClient, *, queue: str, definition: str, region: str, queue_flag: str, definition_flag: str
) -> Contract:
    """Return a contract that offers ``queue`` (a name or an ARN) and ``definition`` (a name, name:revision or ARN).

    A bare name means its newest ACTIVE revision, as in SubmitJob. The data bucket is ``AWA_BATCH_BUCKET``, or unknown
    (""): then a configuration above the overrides' limit is refused. Makes four calls that read. Raises UsageError for
    what is not there, and botocore's errors.
    """
    found = batch.describe_job_queues(jobQueues=[queue])["jobQueues"]
    if not found:
        raise UsageError(
            f"{queue_flag} {queue}: there is no such job queue in {region}.", fix="Check name and --region."
        )
    detail: Any = found[0]
    defined: Any = _definition(batch, definition, definition_flag, region)
    environments: list[Any] = _environments(batch, detail)
    account = detail["jobQueueArn"].split(":")[4]
    name = detail["jobQueueName"]
    bucket = os.environ.get("AWA_BATCH_BUCKET", "")
    platform = _platform(environments)
    return Contract(
        schema_version=1,
        project="",
        environment=f"{account}-{region}",
        region=region,
        account_id=account,
        prefix="",
        queues={
            name: Queue(
                name=name,
                arn=detail["jobQueueArn"],
                platform=platform,
                priority=detail["priority"],
                scheduling="FAIR_SHARE" if detail.get("schedulingPolicyArn") else "FIFO",
                max_vcpus=sum(entry["computeResources"]["maxvCpus"] for entry in environments),
                capacity=_capacity(environments),
            )
        },
        job_definitions={defined["jobDefinitionName"]: job_definition_of(defined)},
        repositories={},
        data_bucket=Bucket(name=bucket, arn=f"arn:aws:s3:::{bucket}" if bucket else ""),
    )


def _definition(batch: BatchClient, name: str, flag: str, region: str) -> Any:
    exact = name.startswith("arn:") or ":" in name
    if exact:
        entries: list[Any] = list(batch.describe_job_definitions(jobDefinitions=[name])["jobDefinitions"])
    else:
        pages = batch.get_paginator("describe_job_definitions").paginate(jobDefinitionName=name, status="ACTIVE")
        entries = [entry for page in pages for entry in page["jobDefinitions"]]
    if not entries:
        raise UsageError(
            f"{flag} {name}: there is no such {'revision' if exact else 'ACTIVE job definition'} in {region}.",
            fix="Check name and --region.",
        )
    newest = max(entries, key=lambda entry: int(entry["revision"]))
    if newest.get("type") != "container" or "containerProperties" not in newest:
        raise UsageError(f"{flag} {name} is no definition of a single-container job.", fix="Name another one.")
    return newest


def _environments(batch: BatchClient, queue: Any) -> list[Any]:
    arns = [entry["computeEnvironment"] for entry in queue["computeEnvironmentOrder"]]
    answer = batch.describe_compute_environments(computeEnvironments=arns)["computeEnvironments"] if arns else []
    return [entry for entry in answer if "computeResources" in entry]


def _platform(environments: list[Any]) -> Any:
    kinds = {entry["computeResources"]["type"] for entry in environments}
    return "FARGATE" if any(kind.startswith("FARGATE") for kind in kinds) else "EC2"


def _capacity(environments: list[Any]) -> Any:
    spot = ["SPOT" in entry["computeResources"]["type"] for entry in environments]
    return "SPOT" if spot and all(spot) else "SPOT_THEN_ON_DEMAND" if any(spot) else "ON_DEMAND"


def job_definition_of(detail: Any) -> JobDefinition:
    """Return what a contract would say of an entry of DescribeJobDefinitions."""
    container = detail["containerProperties"]
    resources = {entry["type"]: entry["value"] for entry in container.get("resourceRequirements", ())}
    options = (container.get("logConfiguration") or {}).get("options") or {}
    return JobDefinition(
        name=detail["jobDefinitionName"],
        arn=detail["jobDefinitionArn"],
        platform="FARGATE" if "FARGATE" in detail.get("platformCapabilities", ()) else "EC2",
        image=container["image"],
        slot="blue",
        vcpu=float(resources.get("VCPU", container.get("vcpus", 1))),
        memory=int(resources.get("MEMORY", container.get("memory", 4))),
        log_group=options.get("awslogs-group", "/aws/batch/job"),
    )
