"""The images of an ECR repository, and what its scanner found in one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from awa_batch.batch.failures import CallError, calling
from awa_batch.batch.parts import in_parts
from awa_batch.batch.scanning import SEVERITIES
from awa_batch.errors import AwsError
from awa_batch.text import Field

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecr.type_defs import ImageDetailTypeDef

SCAN_INTERVAL = 5.0
"""Seconds between two looks at a scan that goes on."""

_DONE = ("COMPLETE", "ACTIVE")
"""Basic scanning ends in the first; enhanced scanning goes on watching an image and is in the second (ECR guide)."""
_GOES_ON = ("IN_PROGRESS", "PENDING")


@dataclass(frozen=True)
class StoredImage:
    """An image in a registry. ``pushed_at`` in epoch milliseconds, ``size`` in bytes; None where nobody says."""

    digest: str
    tags: tuple[str, ...]
    pushed_at: int | None = None
    size: int | None = None
    scan: str = ""


def list_images(ecr: ECRClient, repository: str) -> list[StoredImage]:
    """Return a repository's images, the newest first. Raises CallError."""
    found: list[StoredImage] = []
    with calling(f"listing the images of {repository}"):
        for page in ecr.get_paginator("describe_images").paginate(repositoryName=repository):
            found += [_stored(one) for one in page["imageDetails"]]
    return sorted(found, key=lambda image: image.pushed_at or 0, reverse=True)


def digest_of_tag(ecr: ECRClient, repository: str, tag: str) -> str | None:
    """Return the digest that a tag names, None where there is none. Raises CallError."""
    try:
        with calling(f"looking for {repository}:{tag}"):
            found = ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])["imageDetails"]
    except CallError as error:
        if error.code in ("ImageNotFoundException", "RepositoryNotFoundException"):
            return None
        raise
    return str(found[0]["imageDigest"]) if found else None


def holds_digest(ecr: ECRClient, repository: str, digest: str, account: str) -> bool:
    """Return whether a repository of an account's registry holds an image. Raises CallError."""
    try:
        with calling(f"looking for {repository}@{digest}"):
            found = ecr.describe_images(
                registryId=account, repositoryName=repository, imageIds=[{"imageDigest": digest}]
            )["imageDetails"]
    except CallError as error:
        if error.code in ("ImageNotFoundException", "RepositoryNotFoundException"):
            return False
        raise
    return bool(found)


def has_immutable_tags(ecr: ECRClient, repository: str) -> bool:
    """Whether a tag of a repository, once pushed, always names the same image; exceptions by name are left to it.

    Raises CallError.
    """
    with calling(f"reading the settings of {repository}"):
        found = ecr.describe_repositories(repositoryNames=[repository])["repositories"]
    return bool(found) and str(found[0].get("imageTagMutability", "MUTABLE")).startswith("IMMUTABLE")


def delete_images(ecr: ECRClient, repository: str, digests: Iterable[str]) -> dict[str, str]:
    """Delete images by digest, 100 a call, and return digest → why one was not deleted. Raises CallError.

    One that is gone already is deleted. What a kept index names is refused (`ImageReferencedByManifestList`); an image
    that an index of the same call names is tried once more when that is gone (ECR API reference, ImageFailure).
    """
    left, failed = list(digests), dict[str, str]()
    for _ in range(2):
        failed = {}
        for some in in_parts(left):
            with calling(f"deleting images of {repository}"):
                answer = ecr.batch_delete_image(
                    repositoryName=repository, imageIds=[{"imageDigest": digest} for digest in some]
                )
            for one in answer.get("failures") or ():
                if one.get("failureCode") != "ImageNotFound":
                    digest = str((one.get("imageId") or {}).get("imageDigest", ""))
                    failed[digest] = f"{one.get('failureCode', '')}: {one.get('failureReason', '')}"
        left = [digest for digest in left if digest in failed]
        if not left:
            break
    return failed


def scan_findings(
    ecr: ECRClient,
    repository: str,
    digest: str,
    seconds: float,
    *,
    waiting: Callable[[str], None] = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, int]:
    """Return severity → how many findings the scanner has of an image, waiting up to ``seconds`` for its end.

    Closed where nothing is known: AwsError where the scan failed, never began, is not done in time, or cannot be done
    of such an image.
    """
    deadline = time.monotonic() + seconds
    said, field = "", Field("image", f"{repository}@{digest[:19]}")
    while True:
        try:
            with calling(f"reading the scan of {repository}"):
                answer = ecr.describe_image_scan_findings(
                    repositoryName=repository, imageId={"imageDigest": digest}, maxResults=1
                )
        except CallError as error:
            # Scanning begins a moment after the push.
            if error.code != "ScanNotFoundException":
                raise
            status, why = "PENDING", "it has not begun"
        else:
            state = answer.get("imageScanStatus") or {}
            status, why = str(state.get("status", "")), str(state.get("description", ""))
            if status in _DONE:
                counts: dict[str, int] = {}
                for severity, count in (
                    (answer.get("imageScanFindings") or {}).get("findingSeverityCounts") or {}
                ).items():
                    known = severity if severity in SEVERITIES else "UNDEFINED"
                    counts[known] = counts.get(known, 0) + int(count)
                return {severity: counts[severity] for severity in SEVERITIES if counts.get(severity)}
        if status not in _GOES_ON:
            raise AwsError(
                field,
                f": its scan ended in {status or 'no state'}{f' ({why})' if why else ''}.",
                fix="Nothing is known of it: scan it by other means, or leave the severity out.",
            )
        left = deadline - time.monotonic()
        if left <= 0:
            raise AwsError(
                field,
                f": its scan is not done after {seconds:g} s ({why or status}).",
                fix="Wait longer, or see whether the registry scans on push (ECR, scanning configuration).",
            )
        if not said:
            said = f"waiting for the scan of {repository}"
            waiting(said)
        sleep(min(SCAN_INTERVAL, left))


def _stored(one: ImageDetailTypeDef) -> StoredImage:
    pushed = one.get("imagePushedAt")
    summary = one.get("imageScanFindingsSummary") or {}
    counts = {str(name): count for name, count in (summary.get("findingSeverityCounts") or {}).items()}
    status = str((one.get("imageScanStatus") or {}).get("status", ""))
    shown = ", ".join(f"{counts[name]} {name.lower()}" for name in SEVERITIES if counts.get(name))
    return StoredImage(
        digest=one["imageDigest"],
        tags=tuple(sorted(one.get("imageTags") or ())),
        pushed_at=None if pushed is None else int(pushed.timestamp() * 1000),
        size=one.get("imageSizeInBytes"),
        scan=shown or ("none found" if status in _DONE else status.lower()),
    )
