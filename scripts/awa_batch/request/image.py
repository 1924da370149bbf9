"""``image``: another image than the released one, which a job runs on by a definition derived from the released one."""

from __future__ import annotations

from awa_batch.batch.derived import DerivedDefinition
from awa_batch.contract.model import Contract, JobDefinition
from awa_batch.job import JobSpec
from awa_batch.request.released import check_unreleased
from awa_batch.text import Field


def derived_of(contract: Contract, spec: JobSpec, definition: JobDefinition) -> DerivedDefinition | None:
    """Return the definition that ``spec.image`` needs; None where none is named, or the released one is.

    Raises UsageError where the environment runs released images alone.
    """
    if spec.image is None or spec.image == definition.image:
        return None
    check_unreleased(contract, Field("image", spec.image), "images")
    return DerivedDefinition(definition.arn, spec.image)
