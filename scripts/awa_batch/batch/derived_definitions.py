"""Find, register, list and deregister derived definitions (`awa_batch.batch.derived`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from awa_batch.batch.derived import BASE_TAG, DerivedDefinition, as_derived, derived_name
from awa_batch.batch.failures import CallError, calling
from awa_batch.batch.service_model import register_job_definition_members
from awa_batch.batch.several import containers_of, main_container
from awa_batch.errors import AwsError

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient
    from mypy_boto3_batch.type_defs import JobDefinitionTypeDef


def find_derived(batch: BatchClient, derived: DerivedDefinition) -> str | None:
    """Return the ARN of the newest ACTIVE revision that is this derived definition, or None. Raises CallError.

    One of the same name that was made from something else is none.
    """
    with calling(f"describing the job definition {derived.name}"):
        pages = batch.get_paginator("describe_job_definitions").paginate(
            jobDefinitionName=derived.name, status="ACTIVE"
        )
        entries = [entry for page in pages for entry in page["jobDefinitions"]]
    fitting = [one for one in entries if _is(one, derived)]
    newest = max(fitting, key=lambda one: one["revision"], default=None)
    return None if newest is None else newest["jobDefinitionArn"]


def register_derived(batch: BatchClient, base: JobDefinitionTypeDef, derived: DerivedDefinition) -> str:
    """Register the derived definition of ``base``, as DescribeJobDefinitions shows it, and return the ARN.

    A second one of the same name is another revision that runs the same. Raises AwsError.
    """
    whole = cast("Mapping[str, Any]", as_derived(base, derived))
    request = {member: whole[member] for member in register_job_definition_members() if whole.get(member) is not None}
    if containers_of(whole):
        request.pop("containerProperties", None)  # filled in from the main container by `describe_definitions`
    try:
        with calling(f"registering the job definition {derived.name}"):
            return batch.register_job_definition(**request)["jobDefinitionArn"]
    except CallError as error:
        if not error.is_denied:
            raise
        raise AwsError(
            *error.problem,
            fix="An image that was not released needs batch:RegisterJobDefinition, batch:TagResource and iam:PassRole, "
            "which the submitter role of the iam module has where unreleased_code is allowed.",
        ) from error


def derived_definitions(batch: BatchClient, beginnings: Iterable[str]) -> list[str]:
    """Return the ARNs of all ACTIVE derived definitions whose names begin with one of ``beginnings``. Raises CallError.

    AWS Batch lists all of an account and region, a hundred a page.
    """
    starts = tuple(beginnings)
    with calling("listing job definitions"):
        pages = batch.get_paginator("describe_job_definitions").paginate(status="ACTIVE")
        return sorted(
            one["jobDefinitionArn"]
            for page in pages
            for one in page["jobDefinitions"]
            if one["jobDefinitionName"].startswith(starts)
            and BASE_TAG in one.get("tags", {})
            and derived_name(one["jobDefinitionName"])
        )


def deregister(batch: BatchClient, arns: Iterable[str]) -> None:
    """Deregister revisions; jobs that were submitted with them go on. Raises CallError."""
    for arn in arns:
        with calling(f"deregistering the job definition {arn.rsplit('/', 1)[-1]}"):
            batch.deregister_job_definition(jobDefinition=arn)


def _is(entry: JobDefinitionTypeDef, derived: DerivedDefinition) -> bool:
    main = main_container(entry)
    image = (
        next((one.get("image") for one in containers_of(entry) if one.get("name") == main), None)
        if main is not None
        else (entry.get("containerProperties") or {}).get("image")
    )
    return image == derived.image and entry.get("tags", {}).get(BASE_TAG) == derived.base
