"""A company's CA bundle and package index are used in a build, and are in no layer, setting or history of the image."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
import uuid
from pathlib import Path
from typing import IO

import pytest

from awa_batch.images.build import build_image
from awa_batch.images.context import BASE_IMAGES, context_files
from awa_batch.images.docker_engine import Engine
from awa_batch.images.downloads import ca_bundle
from tests.image.conftest import ROOT


def holds(file: IO[bytes], marks: dict[str, bytes]) -> set[str]:
    """Return the names of the marks that occur in a file."""
    content = file.read()
    return {name for name, mark in marks.items() if mark in content}


def search(archive: Path, marks: dict[str, bytes]) -> set[str]:
    """Return the names of the marks that occur anywhere in a saved image: settings, history, files of every layer."""
    found: set[str] = set()
    with tarfile.open(archive) as image:
        for member in image.getmembers():
            if (file := image.extractfile(member)) is None:
                continue
            if member.name.endswith("layer.tar") or (member.name.startswith("blobs/") and member.size > 1 << 16):
                with tarfile.open(fileobj=file) as layer:
                    for part in layer.getmembers():
                        if part.isfile() and (content := layer.extractfile(part)) is not None:
                            found |= holds(content, marks)
            else:
                found |= holds(file, marks)
    return found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what a build needs."""
    root = tmp_path / "project"
    for name in [*context_files(ROOT), "container/latest/Dockerfile", ".dockerignore", BASE_IMAGES]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    return root


@pytest.mark.usefixtures("built")
def test_ca_bundle_and_package_index_are_in_no_layer(
    project: Path, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark, visible = f"bundle-{uuid.uuid4()}", f"visible-{uuid.uuid4()}"
    usual = ca_bundle()
    bundle = tmp_path / "company.pem"
    bundle.write_text((usual.read_text() if usual else "") + f"\n# {mark}\n")
    monkeypatch.setenv("CA_BUNDLE", str(bundle))
    index = f"https://user:index-{uuid.uuid4()}@packages.example/simple"
    monkeypatch.setenv("UV_DEFAULT_INDEX", index)
    # A lock that differs makes the step run (a cached one proves nothing), and the step says which bundle it sees.
    lock = project / "container/latest/requirements.lock"
    lock.write_text(lock.read_text() + f"# {uuid.uuid4()}\n")
    dockerfile = project / "container/latest/Dockerfile"
    step = "uv pip sync --no-config"
    assert step in dockerfile.read_text()
    dockerfile.write_text(dockerfile.read_text().replace(step, f'sha256sum "$SSL_CERT_FILE" && {step}'))
    used = 'UV_DEFAULT_INDEX="$(cat /run/secrets/uv_default_index)"; export UV_DEFAULT_INDEX'
    assert used in dockerfile.read_text()  # there is no such index: the step says what it sees in place of using it
    dockerfile.write_text(dockerfile.read_text().replace(used, "sha256sum /run/secrets/uv_default_index"))
    (project / "jobs/version_test/mark.txt").write_text(visible)  # what the search must be able to find
    monkeypatch.setattr("awa_batch.images.build.revision", lambda *_: mark.replace("bundle", "test"))

    image = build_image("latest", root=project, engine=engine, state_dir=tmp_path / "state", say=print)
    try:
        log = (tmp_path / "state/build-latest.log").read_text()
        assert hashlib.sha256(bundle.read_bytes()).hexdigest() in log
        assert hashlib.sha256(index.encode()).hexdigest() in log
        assert index not in log
        history = subprocess.run(
            [str(engine.command), "history", "--no-trunc", image.reference], capture_output=True, text=True, check=True
        )
        assert "CMD" in history.stdout
        assert not [part for part in (mark, str(bundle), index) if part in history.stdout]
        archive = tmp_path / "image.tar"
        subprocess.run([str(engine.command), "save", "-o", str(archive), image.reference], check=True)
        marks = {"bundle": mark, "path": str(bundle), "index": index, "visible": visible}
        assert search(archive, {name: value.encode() for name, value in marks.items()}) == {"visible"}
    finally:
        subprocess.run([str(engine.command), "image", "rm", image.reference], capture_output=True, check=False)
