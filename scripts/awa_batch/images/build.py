"""Build an image of this project."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from awa_batch.duration import duration_text
from awa_batch.images.base_images import python_image, uv_image
from awa_batch.images.buildkit import run_build
from awa_batch.images.context import revision
from awa_batch.images.docker_engine import Engine, find_builder
from awa_batch.images.dockerfiles import SOURCES, dockerfile
from awa_batch.images.downloads import ca_bundle, package_index
from awa_batch.text import Say


@dataclass(frozen=True)
class BuiltImage:
    """An image that the engine holds. ``reference`` carries the tag for people (the revision)."""

    name: str
    reference: str
    image_id: str
    revision: str
    seconds: float


def build_image(
    name: str, *, root: Path, engine: Engine, state_dir: Path, say: Say, platform: str | None = None
) -> BuiltImage:
    """Build container/<name> and return it. With nothing changed the engine's cache answers in about a second.

    ``platform`` (``linux/amd64``) is what the image is to run on; default: as the engine.
    The full output goes to ``<state_dir>/build-<name>.log``. Raises UsageError (no such image),
    BaseImageUnavailableError, BuilderUnavailableError and BuildFailedError.
    """
    started = time.monotonic()
    path = dockerfile(root, name)
    builder = find_builder(engine)
    mark = revision(root, SOURCES[name])
    reference = f"awa-batch/{name}:{mark}"
    options = ["--file", str(path), "--build-arg", f"PYTHON_IMAGE={python_image(root, name, engine, say)}"]
    if name == "latest":
        options += ["--build-arg", f"UV_IMAGE={uv_image(root, engine, builder, say)}"]
    options += ["--build-arg", f"IMAGE_REVISION={mark}"]
    if platform:
        options += ["--platform", platform]
    bundle = ca_bundle()
    if bundle is not None:
        options += ["--secret", f"id=ca_bundle,src={bundle}"]
    say(f"Building {reference} with {builder.description}")
    with tempfile.TemporaryDirectory() as folder:
        if index := package_index():
            secret = Path(folder, "index")
            secret.touch(mode=0o600)
            secret.write_text(index, encoding="utf-8")
            options += ["--secret", f"id=uv_default_index,src={secret}"]
        id_file = Path(folder, "id")
        state_dir.mkdir(parents=True, exist_ok=True)
        log = state_dir / f"build-{name}.log"
        run_build(builder, [*options, "--iidfile", str(id_file), "--tag", reference, str(root)], log, say)
        image_id = id_file.read_text(encoding="utf-8").strip()
    seconds = time.monotonic() - started
    say(f"Built {reference} in {duration_text(seconds)}")
    return BuiltImage(name, reference, image_id, mark, seconds)
