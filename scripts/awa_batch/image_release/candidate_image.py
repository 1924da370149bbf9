"""Which image is to become the candidate, and whether it may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from awa_batch.batch.ecr_images import has_immutable_tags
from awa_batch.environment.image_scan import check_scan
from awa_batch.environment.images import images_of
from awa_batch.errors import UsageError
from awa_batch.images.make_process_image import FOLDER
from awa_batch.images.push_progress import Pushing, unseen
from awa_batch.paths import state_dir
from awa_batch.text import Command, Field, Step

if TYPE_CHECKING:
    from awa_batch.batch.scanning import Scan
    from awa_batch.image_release.session import Session


def candidate_image(session: Session, digest: str | None, scan: Scan | None, pushing: Pushing = unseen) -> str:
    """Return the image (``repository@sha256:…``) that ``digest`` means, else the one of this clone, built and pushed.

    ``digest`` is a digest, its beginning, or a tag. In an account the repository must keep its tags as they are, and
    the scan must have found nothing that ``scan`` refuses; None asks for none. Raises UsageError, ToolError, AwsError.
    """
    _check_repository(session)
    if digest is None:
        return session.environment.push(session.say, image=session.image, scan=scan, pushing=pushing)
    if (local := _process_image(session, digest)) is not None:
        return local
    there = images_of(session.clients, session.image)
    found = there.meant(digest, "digest")
    if found.digest not in {one.digest for one in there.stored}:
        raise UsageError(
            Field("digest", digest),
            f": {there.repository} holds no such image.",
            fix=("Look at ", Command("image list"), "."),
        )
    reference = f"{there.repository}@{found.digest}"
    if scan is not None and there.ecr is not None:
        check_scan(there.ecr, reference, scan, session.say)
    return reference


def _check_repository(session: Session) -> None:
    contract = session.clients.contract
    repository = contract.repositories.get(session.image)
    if not session.environment.target.has_account or repository is None:
        return
    if not has_immutable_tags(session.clients.make("ecr"), repository.name):
        raise UsageError(
            f"The tags of {repository.name} can be moved: what was looked at need not be what is released.",
            fix=(
                "Make them immutable again, as Terraform has them: ",
                Step("plan", "apply", environment=session.name),
                ".",
            ),
        )


def _process_image(session: Session, digest: str) -> str | None:
    """Return an image of ENV=local without an engine, which is a folder; None where there is a registry."""
    blue = session.standing.applied.blue or ""
    repository, _, _ = blue.partition("@")
    if not repository.startswith("process."):
        return None
    wanted = digest.rpartition("@")[2].removeprefix("sha256:")
    folders = state_dir() / FOLDER
    found = [one.name for one in folders.glob("*") if one.is_dir() and one.name.startswith(wanted)] if wanted else []
    if len(found) != 1:
        raise UsageError(
            Field("digest", digest),
            f" is {len(found)} images here." if found else ": there is no such image here.",
            fix="Leave it out: the image of this clone is built.",
        )
    return f"{repository}@sha256:{found[0]}"
