"""What ran when: from the release file's commits, and from the revisions that AWS still shows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from awa_batch.image_release.revisions import revisions_of
from awa_batch.image_release.slots import definitions_of
from awa_batch.images.context import git
from awa_batch.paths import project_root
from awa_batch.release import release_path
from awa_batch.terraform.root import Root

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients


@dataclass(frozen=True)
class Release:
    """An image that was blue.

    ``when`` (ISO 8601), ``by`` and ``commit`` are the commit's that said so, "" where none does; ``revisions`` are
    those of its job definitions, ``name:number``, that are still ACTIVE; ``runs`` whether it is blue now.
    """

    image: str
    when: str
    by: str
    commit: str
    revisions: tuple[str, ...]
    runs: bool


def releases(clients: Clients, image: str, *, most: int = 50) -> list[Release]:
    """Return what was released of an image, the newest first: commits first, then revisions that no commit names.

    Raises CallError.
    """
    blue = [one for one in definitions_of(clients.contract, image).values() if one.slot == "blue"]
    runs = {one.image for one in blue}
    by_image: dict[str, list[str]] = {}
    for definition in blue:
        for revision in revisions_of(clients.batch, definition.name):
            names = by_image.setdefault(revision.image, [])
            if revision.active:
                names.append(f"{revision.name}:{revision.number}")
    found: list[Release] = []
    for commit, when, by, reference in _commits(clients.contract.environment, image, most):
        found.append(Release(reference, when, by, commit, tuple(by_image.get(reference, ())), runs=reference in runs))
    told = {one.image for one in found}
    others = [reference for reference in by_image if reference not in told]
    uncommitted = [Release(one, "", "", "", tuple(by_image[one]), runs=one in runs) for one in others]
    current = [one for one in uncommitted if one.runs]
    return [*current, *found, *(one for one in uncommitted if not one.runs)][:most]


def _commits(environment: str, image: str, most: int) -> list[tuple[str, str, str, str]]:
    """Return (commit, when, by, blue) of each commit that changed what is blue, the newest first; [] without git."""
    root, file = project_root(), release_path(Root(environment).path)
    try:
        relative = file.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return []
    log = git(root, "log", f"-{4 * most}", "--format=%h%x1f%cI%x1f%an", "--", relative)
    found: list[tuple[str, str, str, str]] = []
    for line in (log or "").splitlines():
        commit, when, by = line.split("\x1f", 2)
        try:
            slots = json.loads(git(root, "show", f"{commit}:{relative}") or "")["release"]["images"][image]
            reference = slots.get("blue")
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        if not isinstance(reference, str):
            continue
        if found and found[-1][3] == reference:
            found.pop()  # it was blue from the older commit on
        found.append((commit, when, by, reference))
    return found[:most]
