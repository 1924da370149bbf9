"""Build an image of this project."""

from __future__ import annotations

import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from awa_batch.duration import duration_text
from awa_batch.images.attestations import OPTIONS, check_attests
from awa_batch.images.base_images import python_image, say_by_tag, uv_image
from awa_batch.images.before_build import Prepared, before_build
from awa_batch.images.buildkit import run_build
from awa_batch.images.context import commit_time, revision
from awa_batch.images.docker_engine import Builder, Engine, find_builder
from awa_batch.images.dockerfiles import arguments, base_image, dockerfile, image_sources
from awa_batch.images.downloads import ca_bundle, package_index
from awa_batch.images.image_times import date_image, epoch
from awa_batch.images.labels import image_labels
from awa_batch.images.platforms import check_buildable
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
    name: str,
    *,
    root: Path,
    engine: Engine,
    state_dir: Path,
    say: Say,
    platform: str | None = None,
    attest: bool = False,
) -> BuiltImage:
    """Build container/<name> and return it. With nothing changed the engine's cache answers in about a second.

    It has the time of its commit, so that the same commit gives the same image. An image of this project that it is
    built on is built first. ``platform`` (``linux/amd64``) is what the image is to run on; default: as the engine. The
    full output goes to ``<state_dir>/build-<name>.log``. ``attest``: with SBOM and provenance. Raises UsageError (no
    such image, what its ``before_build.py`` refuses), PlatformUnavailableError, AttestationsUnavailableError,
    BaseImageUnavailableError, BuilderUnavailableError and BuildFailedError.
    """
    started = time.monotonic()
    path = dockerfile(root, name)
    folders = image_sources(root, name)
    prepared = before_build(root, name)
    base = base_image(root, name)
    below = (
        build_image(base, root=root, engine=engine, state_dir=state_dir, say=say, platform=platform) if base else None
    )
    builder = find_builder(engine)
    mark = revision(root, folders)
    if attest:
        check_attests(engine, builder)
    reference = f"awa-batch/{name}:{mark}"
    if platform and not engine.runs(platform):
        reference += f"-{platform.partition('/')[2]}"
        check_buildable(engine, builder, (platform,))
    seconds = epoch(commit_time(root, folders))
    options = ["--file", str(path), "--build-arg", f"IMAGE_REVISION={mark}"]
    options += ["--build-arg", f"SOURCE_DATE_EPOCH={seconds}"]
    given = {"BASE_IMAGE": below.reference} if below else {}
    for argument, value in (given | _arguments(root, name, engine, builder, prepared, say)).items():
        options += ["--build-arg", f"{argument}={value}"]
    for label, value in image_labels(root, name, prepared.repositories).items():
        options += ["--label", f"{label}={value}"]
    if platform:
        options += ["--platform", platform]
    options += OPTIONS if attest else ()
    bundle = ca_bundle()
    if bundle is not None:
        options += ["--secret", f"id=ca_bundle,src={bundle}"]
    if prepared.ssh:
        options += ["--ssh", prepared.ssh]
    say(f"Building {reference} with {builder.description}")
    with tempfile.TemporaryDirectory() as folder:
        secrets = dict(prepared.secrets)
        if index := package_index():
            secrets.setdefault("uv_default_index", index)
        for number, (secret, value) in enumerate(secrets.items()):
            file = Path(folder, f"secret-{number}")
            file.touch(mode=0o600)
            file.write_text(value, encoding="utf-8")
            options += ["--secret", f"id={secret},src={file}"]
        id_file = Path(folder, "id")
        state_dir.mkdir(parents=True, exist_ok=True)
        log = state_dir / f"build-{name.replace('/', '-')}.log"
        run_build(builder, [*options, "--iidfile", str(id_file), "--tag", reference, str(root)], log, say)
        image_id = id_file.read_text(encoding="utf-8").strip()
    image_id = date_image(engine, image_id, reference, seconds, log.with_suffix(".json"), say)
    took = time.monotonic() - started
    say(f"Built {reference} in {duration_text(took)}")
    return BuiltImage(name, reference, image_id, mark, took)


def _arguments(root: Path, name: str, engine: Engine, builder: Builder, prepared: Prepared, say: Say) -> dict[str, str]:
    """Return the build arguments that the Dockerfile declares, of those that the toolkit knows."""
    declared = arguments(dockerfile(root, name))
    found: dict[str, str] = {
        argument: python_image(root, name, engine, say, argument)
        for argument in ("PYTHON_IMAGE", "GIT_IMAGE")
        if argument in declared
    }
    if "UV_IMAGE" in declared:
        found["UV_IMAGE"] = uv_image(root, engine, builder, say, name)
    say_by_tag(engine, (one for argument, one in found.items() if not os.environ.get(argument)), say)
    if "IMAGE_NAME" in declared:
        found["IMAGE_NAME"] = name
    if "IMAGE_REPOSITORIES" in declared:
        found["IMAGE_REPOSITORIES"] = json.dumps(prepared.repositories, separators=(",", ":"))
    return found
