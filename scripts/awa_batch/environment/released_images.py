"""Tag the images that run, so that no lifecycle rule of their repositories ever takes them.

A rule counts tagged images by their age, and what runs may be older than the newest it keeps (a rollback, a long
pause). An image whose tag matches a rule is never expired by one of lower priority (ECR guide, "Automate the cleanup of
images by using lifecycle policies"): modules/ecr has such a rule first, for tags that begin with ``released-``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from awa_batch.batch.failures import CallError, calling

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

    from awa_batch.batch.clients import Clients

PREFIX = "released-"


def tag_released(clients: Clients) -> list[str]:
    """Give every image that the contract's job definitions name a tag of its digest. Returns the repositories tagged.

    One that has the tag stays as it is; one of another registry, and one that is not there, is passed over. Up to two
    calls for each. Raises CallError.
    """
    contract = clients.contract
    repositories = {one.url: one.name for one in contract.repositories.values()}
    ecr: ECRClient = clients.make("ecr")
    tagged = []
    for image in sorted({definition.image for definition in contract.job_definitions.values()}):
        url, _, digest = image.partition("@")
        name = repositories.get(url)
        if name is not None and _tag(ecr, name, digest):
            tagged.append(name)
    return tagged


def _tag(ecr: ECRClient, repository: str, digest: str) -> bool:
    tag = PREFIX + digest.removeprefix("sha256:")
    try:
        with calling(f"tagging the released image of {repository}"):
            found = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageDigest": digest}])["images"]
            if not found:
                return False
            ecr.put_image(
                repositoryName=repository,
                imageTag=tag,
                imageManifest=found[0]["imageManifest"],
                **(
                    {"imageManifestMediaType": found[0]["imageManifestMediaType"]}
                    if found[0].get("imageManifestMediaType")
                    else {}
                ),
            )
    except CallError as error:
        if error.code == "ImageAlreadyExistsException":
            return False
        raise
    return True
