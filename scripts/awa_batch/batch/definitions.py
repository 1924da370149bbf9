"""Describe job definitions: exact revisions, and the newest one of a name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from awa_batch.batch.failures import calling
from awa_batch.batch.parts import in_parts

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient
    from mypy_boto3_batch.type_defs import JobDefinitionTypeDef


def describe_definitions(batch: BatchClient, revisions: Iterable[str]) -> dict[str, JobDefinitionTypeDef]:
    """Return ARN → the entry of DescribeJobDefinitions, for those of ``revisions`` that AWS still shows.

    ``revisions`` are ARNs or ``name:revision``. A deregistered one is shown, as INACTIVE, for 180 days. One call per
    100. Raises CallError.
    """
    found: dict[str, JobDefinitionTypeDef] = {}
    with calling("describing job definitions"):
        for some in in_parts(revisions):
            for entry in batch.describe_job_definitions(jobDefinitions=some)["jobDefinitions"]:
                found[entry["jobDefinitionArn"]] = entry
    return found


def newest_definition(batch: BatchClient, name: str) -> JobDefinitionTypeDef | None:
    """Return the newest ACTIVE revision of a name, which is what SubmitJob takes for it, or None. Raises CallError."""
    with calling(f"describing the job definition {name}"):
        pages = batch.get_paginator("describe_job_definitions").paginate(jobDefinitionName=name, status="ACTIVE")
        entries = [entry for page in pages for entry in page["jobDefinitions"]]
    return max(entries, key=lambda entry: entry["revision"], default=None)
