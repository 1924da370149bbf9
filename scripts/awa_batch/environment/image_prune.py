"""Images that nothing needs any more: of an environment's repository, and of the engine on this machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from awa_batch.batch.definitions import images_in, images_of_definitions
from awa_batch.batch.ecr_images import StoredImage, delete_images, list_images
from awa_batch.batch.jobs import describe_jobs
from awa_batch.batch.listing import list_in_state
from awa_batch.environment.released_images import PREFIX
from awa_batch.errors import NotAppliedError
from awa_batch.images.context import git
from awa_batch.observe.job import ACTIVE
from awa_batch.release import release_path
from awa_batch.terraform.root import Root, environment_names
from awa_batch.text import Step

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_ecr import ECRClient

    from awa_batch.batch.clients import Clients

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Repository:
    """A repository and which of its images may go, the newest first."""

    name: str
    stored: int
    unneeded: tuple[StoredImage, ...]


def unneeded_in(clients: Clients, keep: int, history: int, image: str | None = None) -> list[Repository]:
    """Return what may go from an environment's repositories, or from that of ``image``.

    Kept are the newest ``keep`` of each; what an ACTIVE revision of any job definition of the region names, by digest
    or by tag; what a job that has not ended runs; what the release file names, also in the last ``history`` commits
    that changed it; and what has a tag ``released-…``. Raises NotAppliedError where there is no such repository, and
    CallError.
    """
    contract = clients.contract
    if image is not None and image not in contract.repositories:
        raise NotAppliedError(
            f"The environment {contract.environment} has no repository {image!r} (it has: "
            f"{', '.join(sorted(contract.repositories)) or 'none'}).",
            fix=("Add it to the environment and apply: ", Step("up", environment=contract.environment), "."),
        )
    ecr: ECRClient = clients.make("ecr")
    # Looked at before what uses them: an image that is pushed meanwhile is not among them.
    chosen = [one for name, one in sorted(contract.repositories.items()) if image in (None, name)]
    stored = {one.name: list_images(ecr, one.name) for one in chosen}
    named = images_of_definitions(clients.batch) | _of_jobs(clients)
    named |= {one.image for one in contract.job_definitions.values()}
    digests = {digest for text in named for digest in _DIGEST.findall(text)}
    digests |= released_digests(Root(contract.environment).path, history)
    found = []
    for one in chosen:
        tags = {text.rpartition(":")[2] for text in named if text.rpartition(":")[0] == one.url}
        tags |= {"latest"} if one.url in named else set()  # what docker takes for a name alone
        may_go = [
            each
            for each in stored[one.name][keep:]
            if each.digest not in digests
            and not tags & set(each.tags)
            and not any(tag.startswith(PREFIX) for tag in each.tags)
        ]
        found.append(Repository(one.name, len(stored[one.name]), tuple(may_go)))
    return found


def delete_unneeded(clients: Clients, agreed_to: list[Repository], again: list[Repository]) -> dict[str, str]:
    """Delete what may go by both looks, before and after it was agreed to; return image → why one stayed."""
    ecr: ECRClient = clients.make("ecr")
    still = {(one.name, image.digest) for one in again for image in one.unneeded}
    failed = {}
    for one in agreed_to:
        digests = [image.digest for image in one.unneeded if (one.name, image.digest) in still]
        for digest, why in delete_images(ecr, one.name, digests).items():
            failed[f"{one.name}@{digest}"] = why
    return failed


def _of_jobs(clients: Clients) -> set[str]:
    """Return the images of jobs in the environment's queues that have not ended."""
    ids = [
        summary["jobId"]
        for queue in clients.contract.queues.values()
        for state in ACTIVE
        for summary in list_in_state(clients.batch, queue.arn, state)
    ]
    return {image for detail in describe_jobs(clients.batch, ids).values() for image in images_in(detail)}


def released_digests(root: Path, history: int) -> set[str]:
    """Return the digests that a root's release file names now, and in the last ``history`` commits that changed it."""
    file = release_path(root)
    texts = [file.read_text(encoding="utf-8", errors="replace")] if file.is_file() else []
    if history:
        commits = git(root, "log", f"-{history}", "--format=%H", "--", file.name) or ""
        texts += [git(root, "show", f"{commit}:./{file.name}") or "" for commit in commits.split()]
    return {digest for text in texts for digest in _DIGEST.findall(text)}


def all_released(history: int) -> set[str]:
    """Return the digests that the release files of all environments of this clone name, as `released_digests`."""
    return {digest for name in environment_names() for digest in released_digests(Root(name).path, history)}
