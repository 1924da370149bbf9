"""Give an image the time of its commit, where the engine's BuildKit noted the time of the build.

BuildKit takes SOURCE_DATE_EPOCH from 0.11 on, which Docker Engine has from 23 on (moby/buildkit,
docs/build-repro.md). An older one writes the clock's time into the image's configuration, so that no two builds have
the same digest.
"""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from awa_batch.files import write_whole
from awa_batch.images.docker_engine import Engine
from awa_batch.text import Say

EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
"""The time of what no commit dates: the earliest that a zip file knows."""


def epoch(moment: datetime | None) -> int:
    """Return SOURCE_DATE_EPOCH (seconds since 1970) for a commit's time."""
    return int((moment or EARLIEST).timestamp())


def date_image(engine: Engine, image_id: str, reference: str, seconds: int, note: Path, say: Say) -> str:
    """Return the id of ``image_id`` with no other time in it than ``seconds``; ``reference`` names that one then.

    The layers stay the same. ``note`` remembers what became of which image, so that a build in which nothing changed
    costs nothing. Where the engine does not take it, the image stays as it was built, and that is said.
    """
    stamp = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    created = _created(engine, image_id)
    if not created:  # containerd's store knows an image by its manifest, not by its configuration
        return _docker(engine, "image", "inspect", "--format", "{{.Id}}", reference) or image_id
    if created == stamp:
        return image_id
    known = _noted(note, image_id, stamp)
    if known and _created(engine, known) == stamp and _docker(engine, "tag", known, reference) is not None:
        _docker(engine, "image", "rm", image_id)
        return known
    config = _config(engine, image_id)
    done = _load(engine, _dated(config, stamp), reference) if config else None
    if done is None and _created(engine, reference) == stamp:  # another build of the same took it away meanwhile
        done = _docker(engine, "image", "inspect", "--format", "{{.Id}}", reference)
    if done is None:
        say(f"This engine notes the time of the build ({engine.version}): building it again gives another digest")
        return image_id
    write_whole(note, json.dumps({"built": image_id, "stamp": stamp, "dated": done}), private=True)
    _docker(engine, "image", "rm", image_id)  # its layers are those of the other
    return done


def _dated(config: dict[str, Any], stamp: str) -> bytes:
    # Earlier times too: what the cache holds was built before the commit was made.
    for entry in [config, *config.get("history", [])]:
        entry["created"] = stamp
    return json.dumps(config, separators=(",", ":")).encode()


def _config(engine: Engine, image_id: str) -> dict[str, Any] | None:
    """Return an image's whole configuration, which the engine hands out with its layers alone."""
    with tempfile.TemporaryFile() as file:
        done = subprocess.run(
            [str(engine.command), "save", image_id], stdout=file, stderr=subprocess.DEVNULL, check=False
        )
        if done.returncode != 0:
            return None
        file.seek(0)
        with tarfile.open(fileobj=file) as archive:
            (manifest,) = _json(archive, "manifest.json")
            return dict(_json(archive, manifest["Config"]))


def _json(archive: tarfile.TarFile, name: str) -> Any:
    member = archive.extractfile(name)
    return json.load(member) if member is not None else None


def _load(engine: Engine, config: bytes, reference: str) -> str | None:
    """Load an image of layers that the engine has (it reads no file of those); return its id, None where it cannot."""
    digest = hashlib.sha256(config).hexdigest()
    layers = [f"{layer.partition(':')[2]}/layer.tar" for layer in json.loads(config)["rootfs"]["diff_ids"]]
    manifest = [{"Config": f"{digest}.json", "RepoTags": [reference], "Layers": layers}]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in ((f"{digest}.json", config), ("manifest.json", json.dumps(manifest).encode())):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return f"sha256:{digest}" if _docker(engine, "load", given=packed.getvalue()) is not None else None


def _noted(note: Path, image_id: str, stamp: str) -> str | None:
    try:
        found = json.loads(note.read_text(encoding="utf-8"))
        return str(found["dated"]) if (found["built"], found["stamp"]) == (image_id, stamp) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _created(engine: Engine, image: str) -> str:
    return _docker(engine, "image", "inspect", "--format", "{{.Created}}", image) or ""


def _docker(engine: Engine, *words: str, given: bytes = b"") -> str | None:
    done = subprocess.run([str(engine.command), *words], input=given, capture_output=True, check=False)
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None
