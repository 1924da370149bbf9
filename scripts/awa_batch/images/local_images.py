"""The images of this clone that the engine on this machine holds, and which of them nothing needs."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from awa_batch.images.context import git
from awa_batch.images.dockerfiles import image_names

if TYPE_CHECKING:
    from awa_batch.images.docker_engine import Engine

_BUILT = re.compile(r"awa-batch/(?P<name>[a-z0-9._/-]+):(?P<commit>[0-9a-f]{7,40})(?:-dirty)?")
"""What `build_image` calls an image: the tag is a commit of the clone that it was built from."""


@dataclass(frozen=True)
class LocalImage:
    """An image on the engine: which of ours, its id, its tags here that the toolkit gave, when it got one, bytes."""

    name: str
    image_id: str
    tags: tuple[str, ...]
    tagged_at: str
    size: int


def local_images(root: Path, engine: Engine) -> list[LocalImage]:
    """Return the images that were built from commits of the clone ``root``, the newest first.

    One that another clone built from a commit that this one has not is not among them. Raises the SDK's errors.
    """
    import docker.errors

    found: dict[str, LocalImage] = {}
    client = engine.client()
    try:
        for told in client.api.images(filters={"reference": ["awa-batch/*", "awa-batch/*/*"]}):
            try:
                image = client.images.get(told["Id"])
            except docker.errors.ImageNotFound:
                continue  # somebody else has removed it since it was listed
            built = [match for tag in image.tags if (match := _BUILT.fullmatch(tag))]
            if not built or built[0]["name"] not in image_names(root) or not _has(root, built[0]["commit"]):
                continue
            name = built[0]["name"]
            ours = tuple(tag for tag in image.tags if _is_ours(tag, name))
            found[str(image.id)] = LocalImage(name, str(image.id), ours, _tagged_at(image.attrs), _size(image.attrs))
    finally:
        client.close()
    return sorted(found.values(), key=lambda one: one.tagged_at, reverse=True)


def unneeded(
    root: Path, engine: Engine, keep: int, released: Collection[str], names: Collection[str] | None = None
) -> list[LocalImage]:
    """Return the images that may go, the newest first.

    The newest ``keep`` of each name stay, those whose digest is among ``released``, and those that a container here was
    made of, whether it runs or not. Raises the SDK's errors.
    """
    import docker.errors

    client = engine.client()
    try:
        used = {str(one.attrs["Image"]) for one in client.containers.list(all=True, ignore_removed=True)}
        seen: dict[str, int] = {}
        found = []
        for one in local_images(root, engine):
            if names is not None and one.name not in names:
                continue
            seen[one.name] = seen.get(one.name, 0) + 1
            try:
                told = client.images.get(one.image_id).attrs.get("RepoDigests") or ()
            except docker.errors.ImageNotFound:
                continue  # somebody else has removed it meanwhile
            digests = {text.partition("@")[2] for text in told}
            if seen[one.name] > keep and one.image_id not in used and not digests & set(released):
                found.append(one)
    finally:
        client.close()
    return found


def remove_local(engine: Engine, image: LocalImage) -> str:
    """Take the toolkit's tags off an image, which removes it where it has no others; return why not, or ""."""
    import docker.errors

    client = engine.client()
    try:
        for tag in image.tags:
            client.images.remove(tag)
    except docker.errors.ImageNotFound:
        pass
    except docker.errors.APIError as error:
        return " ".join(str(error.explanation or error).split())[:200]
    finally:
        client.close()
    return ""


def _has(root: Path, commit: str) -> bool:
    return git(root, "cat-file", "-e", f"{commit}^{{commit}}") is not None


def _is_ours(tag: str, name: str) -> bool:
    """Return whether a tag is one that a build or a push of ours gives: awa-batch/NAME:…, or HOST/…/NAME:…."""
    repository = tag.rpartition(":")[0]
    return repository == f"awa-batch/{name}" or ("/" in repository and repository.endswith(f"/{name}"))


def _tagged_at(attributes: dict[str, Any]) -> str:
    # An image's own date is that of its commit.
    tagged = str((attributes.get("Metadata") or {}).get("LastTagTime") or "")
    return tagged if tagged and not tagged.startswith("0001-") else str(attributes.get("Created", ""))


def _size(attributes: dict[str, Any]) -> int:
    return int(attributes.get("Size") or 0)
