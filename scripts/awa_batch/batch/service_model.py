"""What AWS Batch's calls take, from botocore's own model of it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from botocore.model import ServiceModel, Shape, StructureShape


def shape_of(name: str) -> Shape:
    """Return a shape of the model, ``ContainerOverrides`` for instance. Raises botocore's NoShapeFoundError."""
    return _model().shape_for(name)


def submit_job_members() -> tuple[str, ...]:
    """Return the names of all members of a SubmitJob request, in the model's order."""
    return tuple(cast("StructureShape", shape_of("SubmitJobRequest")).members)


def register_job_definition_members() -> tuple[str, ...]:
    """Return the names of all members of a RegisterJobDefinition request, in the model's order."""
    return tuple(cast("StructureShape", shape_of("RegisterJobDefinitionRequest")).members)


@cache
def _model() -> ServiceModel:
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    return ServiceModel(Loader(include_default_search_paths=True).load_service_model("batch", "service-2"), "batch")
