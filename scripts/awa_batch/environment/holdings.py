"""What an environment in an account holds that no ``terraform destroy`` takes along: jobs, images, objects.

AWS refuses to delete a repository with images in it and a bucket with objects or versions in it, and a queue with jobs:
Terraform finds that out after most of the rest is gone. So it is looked at before anything is destroyed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from awa_batch.applied.published import KEY
from awa_batch.batch.derived import BASE_TAG
from awa_batch.batch.derived_definitions import deregister, derived_definitions
from awa_batch.batch.failures import CallError, calling
from awa_batch.batch.listing import first_in_state
from awa_batch.errors import UsageError
from awa_batch.observe.job import ACTIVE
from awa_batch.text import Command, Field

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecr.type_defs import ImageFailureTypeDef
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

    from awa_batch.batch.clients import Clients
    from awa_batch.text import Say

MOST_AT_A_TIME = 1000
"""Objects of one DeleteObjects (S3 API reference)."""
IMAGES_AT_A_TIME = 100
"""Images of one BatchDeleteImage (ECR API reference)."""


@dataclass(frozen=True)
class Holdings:
    """What an environment holds: jobs that have not ended by queue, images by repository, object versions by bucket."""

    jobs: dict[str, str]
    images: dict[str, int]
    objects: dict[str, str]

    @property
    def kept(self) -> list[str]:
        """Each in words; a ``+`` behind a number says that it is at least so many."""
        return [
            *(f"{count} images in {name}" for name, count in self.images.items()),
            *(f"{count} object versions in {name}" for name, count in self.objects.items()),
        ]


def holdings_of(clients: Clients) -> Holdings:
    """Look at an environment's queues, repositories and data bucket. Raises CallError.

    What is not there holds nothing.
    """
    contract = clients.contract
    jobs: dict[str, str] = {}
    for queue in contract.queues.values():
        found = [first_in_state(clients.batch, queue.arn, state) for state in ACTIVE]
        count = sum(len(some) for some, _ in found)
        if count:
            jobs[queue.name] = f"{count}{'+' if any(more for _, more in found) else ''}"
    ecr: ECRClient = clients.make("ecr")
    images = {one.name: len(_digests(ecr, one.name)) for one in contract.repositories.values()}
    bucket = contract.data_bucket.name
    first, more = _first_versions(clients.s3, bucket)
    return Holdings(
        jobs=jobs,
        images={name: count for name, count in images.items() if count},
        objects={bucket: f"{len(first)}{'+' if more else ''}"} if first else {},
    )


def check_destroyable(
    clients: Clients, environment: str, *, empty: bool, say: Say, before_deleting: Callable[[], object]
) -> None:
    """Refuse to destroy an environment that AWS would keep parts of; with ``empty`` delete what it holds first.

    ``before_deleting`` raises where the rest could not be destroyed (a held lock, a plan that fails): nothing is lost
    then. Jobs are never ended by it; one that is submitted after the look stops the destroy at its queue. Raises
    UsageError, and CallError.
    """
    held = holdings_of(clients)
    if held.jobs:
        jobs = ", ".join(f"{count} in {name}" for name, count in held.jobs.items())
        raise UsageError(
            f"{environment} has jobs that have not ended ({jobs}): nothing was destroyed.",
            fix=("Wait for them, or end them: ", Command("cancel", Field("queue", next(iter(held.jobs)))), "."),
        )
    if not held.kept:
        return
    if not empty:
        raise UsageError(
            f"{environment} still holds {', '.join(held.kept)}: nothing was destroyed.",
            fix=(
                "Fetch what you want to keep. This deletes all of it, and the environment: ",
                Command("destroy", Field("empty")),
                ".",
            ),
        )
    before_deleting()
    for name in held.images:
        say(f"{name}: {_delete_images(clients.make('ecr'), name)} images deleted")
    for name in held.objects:
        say(f"{name}: {_delete_versions(clients.s3, name)} object versions deleted")


def deregister_derived(clients: Clients, say: Say) -> None:
    """Deregister the definitions that `submit --image` made of an environment's: Terraform does not know them.

    Raises CallError, but not where the credentials may not do it: they cost nothing and hold nothing up.
    """
    contract = clients.contract
    beginnings = [f"{contract.prefix}-{platform}-" for platform in ("ec2", "fargate")]
    beginnings += [f"{one.name}-image-" for one in contract.job_definitions.values()]
    try:
        arns = derived_definitions(clients.batch, beginnings)
        deregister(clients.batch, arns)
    except CallError as error:
        if not error.is_denied:
            raise
        say((*error.problem, f" Those with the tag {BASE_TAG} that {contract.environment} has are left."))
        return
    if arns:
        say(f"{len(arns)} job definitions of images that were not released deregistered")


def _digests(ecr: ECRClient, repository: str) -> list[str]:
    """Return the images of a repository, each once, whatever tags it has."""
    found = set()
    try:
        with calling(f"listing the images of {repository}"):
            for page in ecr.get_paginator("list_images").paginate(repositoryName=repository):
                found |= {one["imageDigest"] for one in page["imageIds"] if "imageDigest" in one}
    except CallError as error:
        if not error.is_not_there:
            raise
    return sorted(found)


def _delete_images(ecr: ECRClient, repository: str) -> int:
    """Delete all images of a repository and return how many there were.

    An image that an index of several names is refused while the index is there (ECR API reference, ImageFailure:
    ImageReferencedByManifestList): what is left is tried again as long as something goes.
    """
    deleted, digests = 0, _digests(ecr, repository)
    while digests:
        failures: list[ImageFailureTypeDef] = []
        with calling(f"deleting the images of {repository}"):
            for start in range(0, len(digests), IMAGES_AT_A_TIME):
                some = digests[start : start + IMAGES_AT_A_TIME]
                answer = ecr.batch_delete_image(
                    repositoryName=repository, imageIds=[{"imageDigest": digest} for digest in some]
                )
                failures += answer.get("failures") or ()
        left = _digests(ecr, repository)
        if len(left) >= len(digests):
            why = failures[0] if failures else {}
            raise UsageError(
                f"{repository}: {why.get('imageId')} cannot be deleted: {why.get('failureReason')}",
                fix="Delete it by hand, and try again: some images are gone, nothing else is.",
            )
        deleted += len(digests) - len(left)
        digests = left
    return deleted


def _first_versions(s3: S3Client, bucket: str) -> tuple[list[ObjectIdentifierTypeDef], bool]:
    """Return up to 1,000 of a bucket's versions and delete markers, and whether there are more.

    The contract is Terraform's own: it goes with the rest.
    """
    found: list[ObjectIdentifierTypeDef] = []
    try:
        with calling(f"listing the objects of {bucket}"):
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
                entries = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
                found += [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in entries if one["Key"] != KEY]
                if len(found) >= MOST_AT_A_TIME:
                    return found[:MOST_AT_A_TIME], len(found) > MOST_AT_A_TIME or page["IsTruncated"]
    except CallError as error:
        if not error.is_not_there:
            raise
    return found, False


def _delete_versions(s3: S3Client, bucket: str) -> int:
    """Delete every version of every object; what is written meanwhile is deleted too, until nothing is left."""
    deleted = 0
    while some := _first_versions(s3, bucket)[0]:
        with calling(f"deleting the objects of {bucket}"):
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": some, "Quiet": True})
        for error in answer.get("Errors") or ():
            raise UsageError(
                f"s3://{bucket}/{error.get('Key')} cannot be deleted: {error.get('Message') or error.get('Code')}",
                fix="Delete it by hand, and try again: some of what it held is gone, nothing else is.",
            )
        deleted += len(some)
    return deleted
