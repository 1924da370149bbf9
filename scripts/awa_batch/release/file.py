"""Write ``release.auto.tfvars.json``."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from awa_batch.contract.model import Slot
from awa_batch.errors import UsageError
from awa_batch.files import write_whole
from awa_batch.json_text import read_json

NAME = "release.auto.tfvars.json"


@dataclass(frozen=True)
class Slots:
    """What an image's slots hold, by digest: what runs, the candidate, and its share of a hundred ordinary jobs."""

    blue: str | None = None
    green: str | None = None
    share: int = 0


_DIGEST = re.compile(r"[^\s@]+@sha256:[0-9a-f]{64}")


def release_path(root: Path) -> Path:
    """Return the release file of the root module in ``root``."""
    return root / NAME


def _load(root: Path) -> dict[str, Any]:
    file = release_path(root)
    if not file.is_file():
        return {"release": {"images": {}}}
    try:
        value = read_json(file.read_text(encoding="utf-8"))
        for slots in value["release"].setdefault("images", {}).values():
            slots.get("blue")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{file} is not a release file: {type(error).__name__}: {error}.",
            fix="Take the last good one from git (`git log -p` on it), or remove it and release again.",
        ) from None
    return value  # type: ignore[no-any-return]


def read_slots(root: Path) -> dict[str, Slots]:
    """Return image → what the release file of the root module in ``root`` says of it. Raises UsageError."""
    found = {}
    for image, slots in _load(root)["release"]["images"].items():
        try:
            found[str(image)] = Slots(slots.get("blue"), slots.get("green"), int(slots.get("share") or 0))
        except (TypeError, ValueError) as error:
            raise UsageError(
                f"{release_path(root)}: {image}.share: {error}.",
                fix="Give a whole number from 0 to 100, or leave it out.",
            ) from None
    return found


def write_slots(root: Path, image: str, slots: Slots) -> bool:
    """Write all that the release file says of ``image``, leaving the other images. Returns whether the file changed.

    Raises UsageError for a reference without a digest, and for a file that is no release file.
    """
    for reference in (slots.blue, slots.green):
        if reference is not None and not is_digest(reference):
            raise _not_by_digest(reference)
    value = _load(root)
    entry: dict[str, Any] = {"blue": slots.blue, "green": slots.green}
    if slots.share:
        entry["share"] = slots.share
    if value["release"]["images"].get(image) == entry:
        return False
    value["release"]["images"][image] = entry
    write_whole(release_path(root), json.dumps(value, indent=2, sort_keys=True) + "\n")
    return True


def is_digest(reference: str) -> bool:
    """Whether a reference names an image by digest."""
    return bool(_DIGEST.fullmatch(reference))


def _not_by_digest(reference: str) -> UsageError:
    return UsageError(
        f"release: {reference!r} is not an image by digest.", fix="Give it as REPOSITORY@sha256:<64 hex digits>."
    )


def write_release(root: Path, image: str, reference: str, slot: Slot = "blue") -> bool:
    """Write ``reference`` into ``slot`` of ``image``, leaving all else. Returns whether the file changed.

    Raises UsageError for a reference without a digest: a tag can be moved, a digest cannot.
    """
    if not is_digest(reference):
        raise _not_by_digest(reference)
    value = _load(root)
    slots = value["release"]["images"].setdefault(image, {"blue": None, "green": None})
    if slots.get(slot) == reference:
        return False
    slots[slot] = reference
    write_whole(release_path(root), json.dumps(value, indent=2, sort_keys=True) + "\n")
    return True
