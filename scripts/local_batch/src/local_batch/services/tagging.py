"""The Resource Groups Tagging API: moto answers it, and takes part of what it says from Batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from local_batch.arns import ACCOUNT
from local_batch.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Tags(Protocol):
    """The tags of Batch's objects."""

    def of_region(self, region: str) -> Iterable[tuple[str, dict[str, str]]]:
        """Return ARNs with their tags, those with tags alone."""

    def tag(self, region: str, arn: str, tags: dict[str, str]) -> None:
        """Add tags. Raises Refusal."""

    def untag(self, region: str, arn: str, keys: list[str]) -> None:
        """Take tags away. Raises Refusal."""


def install(tags: Tags) -> None:
    """Have moto ask for the tags of Batch's objects, whose own Batch nobody uses."""
    from moto.core.base_backend import BackendDict, BaseBackend
    from moto.core.resource_tagging import TaggableResourcesMixin, TaggedResource
    from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend

    class BatchTags(BaseBackend, TaggableResourcesMixin):
        """What of Batch is tagged in one region."""

        SERVICE_NAMESPACE = "batch"

        def iter_tagged_resources(self) -> Iterator[TaggedResource]:
            for arn, found in tags.of_region(self.region_name):
                yield TaggedResource(arn, found, f"batch:{arn.split(':', 5)[5].split('/')[0]}")

    # It is found by being made; moto keeps a list of all.
    backends = BackendDict(BatchTags, "batch")
    backends[ACCOUNT]

    def changed(original: Any, change: Any, named: str) -> Any:
        def answer(self: Any, **asked: Any) -> dict[str, dict[str, Any]]:
            failed = {}
            for arn in [arn for arn in asked[named] if _is_batchs(arn)]:
                try:
                    change(self.region_name, arn, asked)
                except Refusal as refusal:
                    # API reference, FailureInfo: "any valid error code" of the service that the object belongs to.
                    failed[arn] = {
                        "StatusCode": refusal.status, "ErrorCode": refusal.code, "ErrorMessage": refusal.message
                    }  # fmt: skip
            others = {**asked, named: [arn for arn in asked[named] if not _is_batchs(arn)]}
            return {**original(self, **others), **failed}

        return answer

    api: Any = ResourceGroupsTaggingAPIBackend
    api.tag_resources = changed(
        api.tag_resources, lambda region, arn, asked: tags.tag(region, arn, asked["tags"]), "resource_arns"
    )
    api.untag_resources = changed(
        api.untag_resources, lambda region, arn, asked: tags.untag(region, arn, asked["tag_keys"]), "resource_arn_list"
    )


def _is_batchs(arn: str) -> bool:
    return arn.split(":")[2:3] == ["batch"]
