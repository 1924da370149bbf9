"""Describe job definitions: exact revisions, and the newest one of a name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from awa_batch.batch.failures import calling
from awa_batch.batch.parts import in_parts
from awa_batch.batch.several import with_container_properties

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient
    from mypy_boto3_batch.type_defs import JobDefinitionTypeDef


def describe_definitions(batch: BatchClient, revisions: Iterable[str]) -> dict[str, JobDefinitionTypeDef]:
    """Return ARN → the entry of DescribeJobDefinitions, for those of ``revisions`` that AWS still shows.

    ``revisions`` are ARNs or ``name:revision``. A deregistered one is shown, as INACTIVE, for 180 days.
    ``containerProperties`` of one with several containers are its main one's. One call per 100. Raises CallError.
    """
    found: dict[str, JobDefinitionTypeDef] = {}
    with calling("describing job definitions"):
        for some in in_parts(revisions):
            for entry in batch.describe_job_definitions(jobDefinitions=some)["jobDefinitions"]:
                found[entry["jobDefinitionArn"]] = with_container_properties(entry)
    return found


def newest_definition(batch: BatchClient, name: str) -> JobDefinitionTypeDef | None:
    """Return the newest ACTIVE revision of a name, which is what SubmitJob takes for it, or None. Raises CallError."""
    return next(iter(active_definitions(batch, name)), None)


def active_definitions(batch: BatchClient, name: str) -> list[JobDefinitionTypeDef]:
    """Return the ACTIVE revisions of a name, the newest first. Raises CallError."""
    with calling(f"describing the job definition {name}"):
        pages = batch.get_paginator("describe_job_definitions").paginate(jobDefinitionName=name, status="ACTIVE")
        entries = [entry for page in pages for entry in page["jobDefinitions"]]
    return [with_container_properties(entry) for entry in sorted(entries, key=lambda one: -one["revision"])]


def images_of_definitions(batch: BatchClient) -> set[str]:
    """Return every image that an ACTIVE job definition of the region names, whoever made it. Raises CallError."""
    with calling("describing job definitions"):
        pages = batch.get_paginator("describe_job_definitions").paginate(status="ACTIVE")
        return {image for page in pages for image in images_in(page["jobDefinitions"])}


def images_in(value: object) -> Iterator[str]:
    """Yield every ``image`` inside what AWS Batch shows of a definition or a job, of sidecars and nodes too."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "image" and isinstance(inner, str):
                yield inner
            else:
                yield from images_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from images_in(inner)


def deregister_definition(batch: BatchClient, arn: str) -> None:
    """Deregister one revision: AWS shows it as INACTIVE for 180 days, and takes no job for it. Raises CallError."""
    with calling(f"deregistering {arn.rsplit('/', 1)[-1]}"):
        batch.deregister_job_definition(jobDefinition=arn)
