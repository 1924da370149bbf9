"""Which images may become a candidate."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from awa_batch.batch.ecr_images import StoredImage
from awa_batch.batch.scanning import Scan
from awa_batch.environment.images import EnvironmentImages
from awa_batch.errors import AwsError, ToolError, UsageError
from awa_batch.image_release import candidate_image as module
from awa_batch.image_release.candidate_image import candidate_image

REPOSITORY = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/awa-batch-dev/latest"
DIGEST = f"sha256:{2:064x}"
CRITICAL = Scan("CRITICAL", 0)


class Ecr:
    """A registry whose repository has this mutability, and this scan of its image."""

    def __init__(self, mutability: str = "IMMUTABLE", status: str = "COMPLETE", **counts: int) -> None:
        self.mutability, self.status, self.counts = mutability, status, counts

    def describe_repositories(self, **_: object) -> Any:
        return {"repositories": [{"imageTagMutability": self.mutability}]}

    def describe_image_scan_findings(self, **_: object) -> Any:
        return {"imageScanStatus": {"status": self.status}, "imageScanFindings": {"findingSeverityCounts": self.counts}}


def session(ecr: Ecr, monkeypatch: pytest.MonkeyPatch, blue: str = f"{REPOSITORY}@sha256:{1:064x}") -> Any:
    stored = (StoredImage(DIGEST, ("1.0-abc",)),)
    there = EnvironmentImages(REPOSITORY, stored, {"blue": f"sha256:{1:064x}"}, api=None, ecr=ecr)  # type: ignore[arg-type]
    monkeypatch.setattr(module, "images_of", lambda *_: there)
    repositories = {"latest": SimpleNamespace(name="awa-batch-dev/latest")}
    environment = SimpleNamespace(
        target=SimpleNamespace(has_account=True),
        push=lambda _say, image, scan, pushing: f"built {image} {scan.severity}",
    )
    return SimpleNamespace(
        clients=SimpleNamespace(contract=SimpleNamespace(repositories=repositories), make=lambda _: ecr),
        environment=environment,
        image="latest",
        name="dev",
        say=lambda _: None,
        standing=SimpleNamespace(applied=SimpleNamespace(blue=blue)),
    )


def test_a_digest_its_beginning_or_a_tag_that_was_scanned(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (DIGEST, DIGEST[:19], "1.0-abc", f"{REPOSITORY}@{DIGEST}"):
        found = candidate_image(session(Ecr(HIGH=3), monkeypatch), text, CRITICAL)
        assert found == f"{REPOSITORY}@{DIGEST}"


def test_without_one_the_clones_image_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    assert candidate_image(session(Ecr(), monkeypatch), None, CRITICAL) == "built latest CRITICAL"


def test_tags_that_can_be_moved_are_refused_before_anything_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (None, DIGEST):
        with pytest.raises(UsageError, match="The tags of awa-batch-dev/latest can be moved"):
            candidate_image(session(Ecr("MUTABLE"), monkeypatch), text, CRITICAL)
    candidate_image(session(Ecr("IMMUTABLE_WITH_EXCLUSION"), monkeypatch), DIGEST, CRITICAL)


def test_an_image_that_is_missing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (f"sha256:{3:064x}", "2.0", "blue"):  # blue runs, and is gone from the registry
        with pytest.raises(UsageError, match="holds no such image") as caught:
            candidate_image(session(Ecr(), monkeypatch), text, CRITICAL)
        assert caught.value.field is not None
        assert caught.value.field.name == "digest"


@pytest.mark.parametrize("status", ["FAILED", "UNSUPPORTED_IMAGE", "PENDING", "SOMETHING_NEW", ""])
def test_an_image_that_was_not_scanned_is_refused(status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AwsError, match="its scan"):
        candidate_image(session(Ecr(status=status), monkeypatch), DIGEST, CRITICAL)
    assert candidate_image(session(Ecr(status=status), monkeypatch), DIGEST, None)


def test_findings_at_the_severity_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ToolError, match="found 1 CRITICAL"):
        candidate_image(session(Ecr(CRITICAL=1), monkeypatch), DIGEST, CRITICAL)


def test_without_an_engine_an_image_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = "process.awa-batch.local/latest"
    monkeypatch.setattr(module, "state_dir", lambda: tmp_path)
    (tmp_path / "process-images" / DIGEST[7:]).mkdir(parents=True)
    local = session(Ecr(), monkeypatch, blue=f"{process}@sha256:{1:064x}")
    local.environment.target.has_account = False
    assert candidate_image(local, DIGEST[:12], CRITICAL) == f"{process}@{DIGEST}"
    with pytest.raises(UsageError, match="there is no such image here"):
        candidate_image(local, "sha256:ffffff", CRITICAL)
