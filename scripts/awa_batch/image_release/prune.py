"""Deregister old revisions that nothing needs: their images are the repository's lifecycle's then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from awa_batch.batch.definitions import deregister_definition
from awa_batch.image_release.revisions import Revision, jobs_in_use, revisions_of
from awa_batch.image_release.slots import definitions_of

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients


def prunable(clients: Clients, image: str, keep: int) -> list[Revision]:
    """Return the ACTIVE revisions of an image's job definitions that may go.

    The newest ``keep`` of each name stay, what the contract names, those whose image a slot holds, and those that a job
    which has not ended runs on: what becomes of a job that waits where its definition is deregistered is not
    documented. Raises CallError.
    """
    definitions = definitions_of(clients.contract, image).values()
    named = {one.arn for one in definitions}
    images = {one.image for one in definitions}
    used = jobs_in_use(clients)
    found = []
    for name in sorted({one.name for one in definitions}):
        active = [one for one in revisions_of(clients.batch, name) if one.active]
        found += [
            one for one in active[keep:] if one.arn not in named and one.image not in images and one.arn not in used
        ]
    return found


def deregister(clients: Clients, revision: Revision) -> None:
    """Deregister one revision. Raises CallError."""
    deregister_definition(clients.batch, revision.arn)
