"""Write ``release.auto.tfvars.json``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from awa_batch.contract.model import Slot
from awa_batch.errors import UsageError
from awa_batch.files import write_whole
from awa_batch.json_text import read_json

NAME = "release.auto.tfvars.json"
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


def write_release(root: Path, image: str, reference: str, slot: Slot = "blue") -> bool:
    """Write ``reference`` into ``slot`` of ``image``, leaving all else. Returns whether the file changed.

    Raises UsageError for a reference without a digest: a tag can be moved, a digest cannot.
    """
    if not _DIGEST.fullmatch(reference):
        raise UsageError(
            f"release: {reference!r} is not an image by digest.", fix="Give it as REPOSITORY@sha256:<64 hex digits>."
        )
    value = _load(root)
    slots = value["release"]["images"].setdefault(image, {"blue": None, "green": None})
    if slots.get(slot) == reference:
        return False
    slots[slot] = reference
    write_whole(release_path(root), json.dumps(value, indent=2, sort_keys=True) + "\n")
    return True
