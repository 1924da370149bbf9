"""Job definitions that run another image than the released one (`submit --image`): one for each revision and image.

SubmitJob cannot change a job's image (model: ContainerOverrides has no such member), so a definition is registered that
is the base revision with another image in its main container. It has a name of its own: a revision more under the
base's name would be what every submission that names no revision takes (model: SubmitJobRequest.jobDefinition).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from awa_batch.batch.several import containers_of, main_container
from awa_batch.limits.tags import RESERVED_TAG

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import JobDefinitionTypeDef

IMAGE_TAG = "awa-batch:image"
"""Tag of a derived definition and of its jobs: the image."""
BASE_TAG = "awa-batch:base"
"""Tag of a derived definition: the ARN of the revision that it was made from."""

MAX_NAME = 128
"""Characters of a job definition's name (model: RegisterJobDefinitionRequest.jobDefinitionName)."""

_NAME = re.compile(r"(?P<base>.+)-image-(?P<digest>[0-9a-f]{12})-(?P<revision>[0-9]+)")
_MARK = 8


@dataclass(frozen=True)
class DerivedDefinition:
    """A definition that is ``base`` (a revision's ARN) but for its main container's ``image`` (``name@sha256:…``)."""

    base: str
    image: str

    @property
    def name(self) -> str:
        """Its name: the base's, the beginning of the image's digest and the base's revision.

        Where that would be longer than AWS Batch takes, the base's name is cut and told apart by its hash.
        """
        base, _, revision = self.base.rsplit("/", 1)[-1].rpartition(":")
        end = f"-image-{self.image.rpartition('sha256:')[2][:12]}-{revision}"
        if len(base) + len(end) > MAX_NAME:
            mark = hashlib.sha256(base.encode()).hexdigest()[:_MARK]
            base = f"{base[: MAX_NAME - len(end) - _MARK - 1]}-{mark}"
        return base + end

    @property
    def tags(self) -> dict[str, str]:
        """The tags that tell it from a released definition, and what it was made of."""
        return {BASE_TAG: self.base, IMAGE_TAG: self.image}


@dataclass(frozen=True)
class DerivedName:
    """What a derived definition's name says: the base's name and revision, 12 digits of the image's digest."""

    base: str
    revision: int
    digest: str


def derived_name(definition: str) -> DerivedName | None:
    """Read the name in a definition's ARN, ``name:revision`` or name; None where it is no derived one's."""
    found = _NAME.fullmatch(definition.rsplit("/", 1)[-1].partition(":")[0])
    return DerivedName(found["base"], int(found["revision"]), found["digest"]) if found else None


def as_derived(base: JobDefinitionTypeDef, derived: DerivedDefinition) -> JobDefinitionTypeDef:
    """Return the entry of DescribeJobDefinitions that the derived definition of a ``base`` has, ARN and revision apart.

    Of several containers the main one's image is another; the others keep theirs.
    """
    own = cast("Mapping[str, Any]", base)
    tags = {key: value for key, value in (own.get("tags") or {}).items() if not key.lower().startswith(RESERVED_TAG)}
    changed: dict[str, Any] = {**own, "jobDefinitionName": derived.name, "tags": {**tags, **derived.tags}}
    if properties := own.get("containerProperties"):
        changed["containerProperties"] = {**properties, "image": derived.image}
    if containers_of(own):
        main = main_container(own)
        first, *others = own["ecsProperties"]["taskProperties"]
        containers = [
            {**one, "image": derived.image} if one.get("name") == main else one for one in first["containers"]
        ]
        changed["ecsProperties"] = {
            **own["ecsProperties"],
            "taskProperties": [{**first, "containers": containers}, *others],
        }
    return cast("JobDefinitionTypeDef", changed)
