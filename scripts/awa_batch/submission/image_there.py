"""Look for the images that jobs name in place of the released ones: a job of one that is missing fails at its start."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from awa_batch.batch.ecr_images import holds_digest
from awa_batch.batch.failures import CallError
from awa_batch.errors import AwsError, NotThereError
from awa_batch.images.make_process_image import has_process_image, is_process_image
from awa_batch.images.registry_api import RegistryApi
from awa_batch.paths import state_dir
from awa_batch.request.model import JobRequest
from awa_batch.text import Command, Field, Text

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients

_ECR = re.compile(r"(?P<account>[0-9]{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<name>.+)")
"""A private repository of ECR (ECR guide, "Amazon ECR private registries")."""
_LOOPBACK = re.compile(r"(?:127\.0\.0\.1|localhost):[0-9]+/.+")


def check_images(clients: Clients, requests: Sequence[JobRequest]) -> list[Text]:
    """Refuse images in place of released ones that their registry has not; return notes where that cannot be told.

    Asked are ECR in the environment's region, with its credentials, and the local registry; of others nothing is known.
    Raises NotThereError, AwsError.
    """
    notes: list[Text] = []
    for image in dict.fromkeys(request.image for request in requests if request.derived is not None):
        notes += _check(clients, image)
    return notes


def _check(clients: Clients, image: str) -> list[Text]:
    repository, _, digest = image.partition("@")
    contract, field = clients.contract, Field("image", image)
    there: bool | None = None
    notes: list[Text] = []
    if is_process_image(image):
        there = has_process_image(state_dir(), digest)
    elif contract.target.has_account and (ecr := _ECR.fullmatch(repository)):
        if ecr["region"] == contract.region:
            try:
                there = holds_digest(clients.make("ecr"), ecr["name"], digest, ecr["account"])
            except CallError as error:
                if not error.is_denied:
                    raise
        known = [one.url for one in contract.repositories.values()]
        if known and repository not in known:
            notes.append(
                (
                    field,
                    f" is not of {contract.environment}'s own repositories: its execution role must be allowed to pull "
                    "it (images.extra_repository_arns).",
                )
            )
    elif _LOOPBACK.fullmatch(repository):
        try:
            there = RegistryApi(repository).digest(digest) is not None
        except AwsError:  # it need not be asked from here for the engine to have the image
            there = None
    if there is None:
        notes.append((field, " was not looked for: its registry cannot be asked from here."))
    elif not there:
        raise NotThereError(
            field,
            ": its registry has no such image.",
            fix=("See what there is: ", Command("image", "list", "-o", "json"), "."),
        )
    return notes
