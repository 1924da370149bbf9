"""Which jobs an image holds, as far as it was built from this clone: a job that is missing is told before it fails."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from awa_batch.errors import AwaBatchError
from awa_batch.files import private_folder, write_whole
from awa_batch.images.context import context_files
from awa_batch.paths import state_dir

_DIGEST = re.compile(r"@sha256:([0-9a-f]{64})$")
_ENTRY = "run_batch.py"
_FOLDER = "image-jobs"


def note_jobs(root: Path, state: Path, reference: str) -> None:
    """Note the jobs of this clone for an image that was just made of it. A disk that takes no more is no matter."""
    if not (found := _DIGEST.search(reference)):
        return
    names = sorted(Path(name).parts[1] for name in context_files(root) if Path(name).match(f"jobs/*/{_ENTRY}"))
    try:
        private_folder(state / _FOLDER)
        write_whole(state / _FOLDER / f"{found[1]}.json", json.dumps(names), private=True)
    except OSError:
        pass


def missing_job(image: str, command: Sequence[str]) -> str | None:
    """Return the job of ``python run_batch.py JOB`` that an image does not hold; None too where nobody knows."""
    words = list(command)
    place = next((number for number, word in enumerate(words) if word.rsplit("/", 1)[-1] == _ENTRY), None)
    if place is None or place + 1 >= len(words) or not (found := _DIGEST.search(image)):
        return None
    name = words[place + 1]
    try:
        known = json.loads((state_dir() / _FOLDER / f"{found[1]}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, AwaBatchError):
        return None
    return name if isinstance(known, list) and name not in known and not name.startswith(("-", "Ref::")) else None
