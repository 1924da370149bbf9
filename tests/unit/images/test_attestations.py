"""SBOM and provenance: made where they can be kept, refused elsewhere, never by default."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from awa_batch.images.attestations import AttestationsUnavailableError
from awa_batch.images.build import build_image
from awa_batch.images.docker_engine import find_engine
from tests.unit.images.conftest import FakeDocker
from tests.unit.images.test_build import BUILDS, ROOT

STORE = """case "$1" in info) echo '[["driver-type","io.containerd.snapshotter.v1"]]'; exit 0 ;; esac"""


def test_they_are_asked_for_where_the_store_keeps_them(
    docker: FakeDocker, tmp_path: Path, calls: Callable[[], list[str]]
) -> None:
    docker("a", buildx="true", inspect="exit 0", other=STORE + BUILDS)
    for attest in (False, True):
        build_image("test", root=ROOT, engine=find_engine(), state_dir=tmp_path, say=print, attest=attest)
    without, with_them = (call for call in calls() if "buildx build" in call)
    assert "--sbom" not in without
    assert "--provenance" not in without
    assert "--sbom=true --provenance=mode=max" in with_them


@pytest.mark.parametrize(
    ("given", "lacks"),
    [
        ({"buildx": "true", "other": BUILDS}, "an image store that keeps them"),
        ({"client": "20.10.24", "other": STORE}, "buildx"),
    ],
)
def test_an_engine_that_keeps_none_is_refused_before_the_build(
    docker: FakeDocker, tmp_path: Path, calls: Callable[[], list[str]], given: dict[str, str], lacks: str
) -> None:
    docker("a", inspect="exit 0", **given)
    with pytest.raises(AttestationsUnavailableError, match=f"lacks {lacks}") as caught:
        build_image("test", root=ROOT, engine=find_engine(), state_dir=tmp_path, say=print, attest=True)
    assert "containerd" in caught.value.fix
    assert not [call for call in calls() if " build " in call]
