"""The images of an environment: what its registry holds, what runs of it, and one that somebody means."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from awa_batch.batch.ecr_images import StoredImage, list_images, scan_findings
from awa_batch.errors import AwsError, NotAppliedError, UsageError
from awa_batch.images.dockerfiles import dockerfile
from awa_batch.images.registry_api import RegistryApi
from awa_batch.paths import project_root
from awa_batch.text import Field, Step

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

    from awa_batch.batch.clients import Clients
    from awa_batch.contract import Contract

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
"""A tag (OCI distribution specification)."""
_REFERENCE = re.compile(rf"{_TAG.pattern}|([^@\s]+@)?sha256:[0-9a-f]{{6,64}}")
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{6,64})")


@dataclass(frozen=True)
class EnvironmentImages:
    """The images of one repository, the newest first where that is known.

    ``running`` is slot → digest of what the applied job definitions name.
    """

    repository: str
    stored: tuple[StoredImage, ...]
    running: dict[str, str]
    api: RegistryApi
    ecr: ECRClient | None = None

    def meant(self, text: str, field: str) -> StoredImage:
        """Return the image of a digest or its beginning, a tag, or a slot (``blue``: what runs).

        Raises UsageError naming the ``field`` that it was said with.
        """
        if text in self.running:
            return next(
                (one for one in self.stored if one.digest == self.running[text]), StoredImage(self.running[text], ())
            )
        tagged = [one for one in self.stored if text in one.tags]
        begins = _DIGEST.fullmatch(text.rpartition("@")[2])
        found = tagged or [
            one for one in self.stored if begins and one.digest.removeprefix("sha256:").startswith(begins[1])
        ]
        if len(found) == 1:
            return found[0]
        what = f" is {len(found)} images" if found else f": {self.repository} holds no such image"
        raise UsageError(
            Field(field, text),
            f"{what}.",
            fix="Give a tag, a slot, or more of the digest, as `image list` shows them.",
        )

    def findings(self, digest: str, seconds: float, waiting: Callable[[str], None]) -> dict[str, int]:
        """Return what the registry's scanner found in an image, as `scan_findings`. Raises UsageError where none is."""
        if self.ecr is None:
            raise UsageError(
                "ENV=local has no scanner.", fix=("Name an environment in an account: ", Field("env_name", "dev"), ".")
            )
        return scan_findings(self.ecr, self.repository.partition("/")[2], digest, seconds, waiting=waiting)


def check_reference(text: str, field: str) -> None:
    """Refuse what can be neither a digest nor a tag nor a slot, before anything is asked.

    Raises UsageError naming the ``field``.
    """
    if not _REFERENCE.fullmatch(text):
        raise UsageError(
            Field(field, text),
            " is neither a digest nor a tag.",
            fix="Give one as `image list` shows it, or a slot: blue or green.",
        )


def images_of(clients: Clients, image: str) -> EnvironmentImages:
    """Return the images of an environment's repository.

    Raises NotAppliedError where the environment's repository is not there, UsageError for an image that this clone has
    not and for ENV=local without an engine, whose image is a folder, AwsError.
    """
    dockerfile(project_root(), image)
    contract = clients.contract
    running: dict[str, str] = {
        definition.slot: digest
        for definition in contract.job_definitions.values()
        for url, _, digest in [definition.image.partition("@")]
        if url.rsplit("/", 1)[-1] == image
    }
    if contract.target.has_account:
        repository = contract.repositories.get(image)
        if repository is None:
            raise NotAppliedError(
                f"The environment {contract.environment} has no repository {image!r} (it has: "
                f"{', '.join(sorted(contract.repositories)) or 'none'}).",
                fix=("Add it to the environment and apply: ", Step("up", environment=contract.environment), "."),
            )
        from awa_batch.batch.registry import ecr_sign_in

        client: ECRClient = clients.make("ecr")
        listed = list_images(client, repository.name)
        pair = ecr_sign_in(client)
        api = RegistryApi(repository.url, (pair["username"], pair["password"]))
        return EnvironmentImages(repository.url, tuple(listed), running, api, client)
    repository_name = _local_repository(contract, image)
    api = RegistryApi(repository_name)
    try:
        stored = _by_digest(api)
    except AwsError as error:
        raise contract.target.not_applied(f"its registry cannot be asked ({error.what})") from error
    return EnvironmentImages(repository_name, tuple(stored), running, api)


def _local_repository(contract: Contract, image: str) -> str:
    """Return the local registry's repository, as what was released there names it."""
    for definition in contract.job_definitions.values():
        url = definition.image.partition("@")[0]
        host, _, path = url.partition("/")
        if host.startswith("127.0.0.1:") and host != "127.0.0.1:0":
            return f"{host}/{path.rsplit('/', 1)[0]}/{image}"
    raise UsageError(
        "ENV=local runs jobs as processes: its image is a folder, and there is no registry.",
        fix=("Start Docker, then ", Step("down"), " and ", Step("up"), "."),
    )


def _by_digest(api: RegistryApi) -> list[StoredImage]:
    found: dict[str, list[str]] = {}
    for tag in api.tags():
        if digest := api.digest(tag):
            found.setdefault(digest, []).append(tag)
    return [StoredImage(digest, tuple(tags), size=api.facts(digest).size) for digest, tags in found.items()]
