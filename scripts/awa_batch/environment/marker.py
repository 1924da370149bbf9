"""What ENV=local's Terraform state was built for: which server, how far, from which sources."""

from __future__ import annotations

import hashlib
import json
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from awa_batch.files import locked, write_whole
from awa_batch.paths import project_root

_FILE = "environment.json"


@dataclass(frozen=True)
class Marker:
    """How far ENV=local is.

    ``phase`` is ``applying`` while terraform runs (a marker found so: it was killed), ``failed`` when terraform said
    no, ``ready`` when the state fits the server ``server_id`` and the sources ``sources``. ``runner`` is what the
    server runs jobs with.
    """

    server_id: str
    phase: Literal["applying", "failed", "ready"]
    sources: str = ""
    runner: str = ""


def read_marker(state: Path) -> Marker | None:
    """Return the marker, or None where ENV=local has not been built."""
    try:
        return Marker(**json.loads((state / _FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def write_marker(state: Path, marker: Marker | None) -> None:
    """Write the marker so that a kill leaves the old or the new one; None removes it."""
    file = state / _FILE
    if marker is None:
        file.unlink(missing_ok=True)
        return
    write_whole(file, json.dumps(asdict(marker)), private=True)


def sources_fingerprint(root: Path) -> str:
    """Hash all that terraform reads of ``root`` and of the modules: unchanged means that there is nothing to apply."""
    mark = hashlib.sha256()
    folders = (root, project_root() / "terraform" / "modules")
    files = {file for folder in folders for file in folder.rglob("*") if file.is_file()}
    for file in sorted(files):
        relative = file.relative_to(project_root())
        skipped = ".terraform" in relative.parts or "tests" in relative.parts or ".tfstate" in file.name
        if not skipped and (file.suffix in {".tf", ".tfvars", ".tftpl", ".tpl", ".sh"} or file.name.endswith(".json")):
            mark.update(f"{relative}\0".encode() + file.read_bytes() + b"\0")
    return mark.hexdigest()


def environment_lock(state: Path) -> AbstractContextManager[None]:
    """Hold ENV=local for one command at a time; a second one waits."""
    return locked(state / "environment.lock")
