"""What images say of themselves, how they are tagged, compared and scanned."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from awa_batch.batch.ecr_images import StoredImage, digest_of_tag, list_images, scan_findings
from awa_batch.batch.scanning import Scan, at_least
from awa_batch.environment.image_scan import check_scan
from awa_batch.environment.images import EnvironmentImages
from awa_batch.errors import AwsError, ToolError, UsageError
from awa_batch.images.facts import ImageFacts, difference, facts_of
from awa_batch.images.labels import CODE, PACKAGES, REPOSITORIES, image_labels
from awa_batch.images.registry_api import RegistryApi
from awa_batch.images.tags import image_tag, is_committed

DIGEST = "sha256:" + "5" * 64


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    files = {
        "container/latest/Dockerfile": "ARG IMAGE_VERSION=0.0.1\n",
        "container/latest/pyproject.toml": '[project]\nname = "x"\nversion = "2.3.0"\n',
        "container/latest/requirements.lock": "boto3==1.42.1 \\\n    --hash=sha256:ab\nisal==1.7.0 ; x\n",
        "container/latest/run_batch.py": "print(1)\n",
        "container/runtime/awa_runtime/__init__.py": "",
        "container/test/Dockerfile": "ARG IMAGE_VERSION=0.0.1\n",
        "container/test/check.py": "print(2)\n",
        "jobs/mine/run_batch.py": "print(3)\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def git(root: Path, *words: str) -> str:
    own = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    return subprocess.run(["git", "-C", str(root), *own, *words], check=True, capture_output=True, text=True).stdout


def committed(root: Path) -> Path:
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    return root


def test_labels_name_packages_code_and_origin(clone: Path) -> None:
    committed(clone)
    git(clone, "remote", "add", "origin", "https://user:password@example.com/team/jobs.git")
    labels = image_labels(clone, "latest")
    assert labels[PACKAGES] == "boto3==1.42.1 isal==1.7.0"
    assert "jobs/mine/run_batch.py" in json.loads(labels[CODE])
    assert labels["org.opencontainers.image.source"] == "https://example.com/team/jobs"
    created = labels["org.opencontainers.image.created"]
    assert datetime.fromisoformat(created) == datetime.fromisoformat(git(clone, "log", "-1", "--format=%cI").strip())
    assert image_labels(clone, "latest") == labels


def test_without_git_labels_say_what_is_there(clone: Path) -> None:
    assert set(image_labels(clone, "test")) == {CODE}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://token@example.com/team/jobs", "https://example.com/team/jobs"),
        ("git@example.com:team/jobs.git", "https://example.com/team/jobs"),
        ("ssh://git@example.com/team/jobs.git", "https://example.com/team/jobs"),
        ("ssh://git@example.com:2222/team/jobs.git", "ssh://example.com:2222/team/jobs"),
        ("/srv/a/path/of/this/machine", None),
    ],
)
def test_an_origin_shows_no_password_and_no_path(clone: Path, url: str, shown: str | None) -> None:
    git(committed(clone), "remote", "add", "origin", url)
    assert image_labels(clone, "test").get("org.opencontainers.image.source") == shown


def test_a_tag_is_version_and_commit_and_never_two_images(clone: Path) -> None:
    committed(clone)
    commit = git(clone, "log", "-1", "--format=%h", "--abbrev=12").strip()
    assert image_tag(clone, "latest") == f"2.3.0-{commit}"
    assert image_tag(clone, "test") == f"0.0.1-{commit}"
    (clone / "jobs/mine/run_batch.py").write_text("print(4)\n")
    first = image_tag(clone, "latest")
    (clone / "jobs/mine/run_batch.py").write_text("print(5)\n")
    second = image_tag(clone, "latest")
    assert first.startswith(f"2.3.0-{commit}-dirty-")
    assert first != second
    assert not is_committed(f"{commit}-dirty")
    assert is_committed(commit)


def image(digest: str, packages: str | None, code: dict[str, str] | None, **layers: int) -> Any:
    labels = {PACKAGES: packages, CODE: None if code is None else json.dumps(code)}
    config = {"architecture": "amd64", "config": {"Labels": {name: text for name, text in labels.items() if text}}}
    manifest = {"layers": [{"digest": name, "size": size} for name, size in layers.items()]}
    return facts_of(digest, manifest, config)


def test_what_differs_is_told_by_package_file_and_layer() -> None:
    before = image("a", "boto3==1 isal==1", {"jobs/a.py": "1", "jobs/b.py": "1"}, base=100, old=5)
    after = image("b", "boto3==2 polars==1", {"jobs/a.py": "2", "jobs/c.py": "1"}, base=100, new=7)
    found = difference(before, after)
    assert found.packages == {"boto3": ("1", "2"), "isal": ("1", None), "polars": (None, "1")}
    assert found.code == {"jobs/a.py": ("1", "2"), "jobs/b.py": ("1", None), "jobs/c.py": (None, "1")}
    assert (found.new_layers, found.sizes, found.unknown) == ({"new": 7}, (105, 107), ())


def test_other_repositories_are_compared_by_their_commits() -> None:
    def with_others(**commits: str) -> ImageFacts:
        labels = {REPOSITORIES: json.dumps(commits)} if commits else {}
        return facts_of("x", {}, {"config": {"Labels": labels}})

    found = difference(with_others(scoring="1", old="1", same="1"), with_others(scoring="2", new="1", same="1"))
    assert found.repositories == {"scoring": ("1", "2"), "old": ("1", None), "new": (None, "1")}
    assert difference(with_others(), with_others(new="1")).repositories == {"new": (None, "1")}


def test_an_image_without_labels_is_compared_by_its_layers() -> None:
    found = difference(image("a", None, None, base=1), image("b", "x==1", {"y": "1"}, base=1))
    assert (found.packages, found.code, found.unknown) == ({}, {}, ("packages", "code"))


def stored() -> EnvironmentImages:
    images = (StoredImage("sha256:" + "a1" * 32, ("one",)), StoredImage("sha256:" + "a2" * 32, ("two", "latest")))
    return EnvironmentImages("r", images, {"blue": images[1].digest, "green": DIGEST}, RegistryApi("127.0.0.1:1/r"))


@pytest.mark.parametrize(
    ("text", "place"), [("one", 0), ("a1a1a1", 0), ("sha256:a2a2a2", 1), ("blue", 1), ("r@sha256:a2a2a2", 1)]
)
def test_an_image_is_meant_by_tag_digest_or_slot(text: str, place: int) -> None:
    assert stored().meant(text, "of") == stored().stored[place]


def test_what_names_no_image_or_two_is_refused() -> None:
    assert stored().meant("green", "of").digest == DIGEST  # it runs, though the repository lost it
    for text, words in (("none", "holds no such image"), ("a", "holds no such image")):
        with pytest.raises(UsageError, match=words):
            stored().meant(text, "of")
    twice = EnvironmentImages("r", (*stored().stored, StoredImage("sha256:" + "a1" * 31 + "bb", ())), {}, stored().api)
    with pytest.raises(UsageError, match="is 2 images"):
        twice.meant("a1a1a1", "of")
    with pytest.raises(UsageError, match="has no scanner"):
        stored().findings(DIGEST, 1, print)


@pytest.fixture
def ecr() -> Any:
    return boto3.client("ecr", region_name="ap-northeast-1", aws_access_key_id="a", aws_secret_access_key="b")


def answered(ecr: Any, *answers: Any, method: str = "describe_image_scan_findings") -> Stubber:
    stubber = Stubber(ecr)
    for answer in answers:
        if isinstance(answer, str):
            stubber.add_client_error(method, answer)
        else:
            stubber.add_response(method, answer)
    return stubber


def scan(status: str, **counts: int) -> dict[str, Any]:
    return {"imageScanStatus": {"status": status}, "imageScanFindings": {"findingSeverityCounts": counts}}


def findings(ecr: Any, *answers: Any, seconds: float = 60, sleep: Callable[[float], None] = lambda _: None) -> Any:
    with answered(ecr, *answers):
        return scan_findings(ecr, "repo", DIGEST, seconds, sleep=sleep)


def test_a_scan_is_waited_for(ecr: Any) -> None:
    slept: list[float] = []
    found = findings(
        ecr, "ScanNotFoundException", scan("IN_PROGRESS"), scan("COMPLETE", LOW=3, CRITICAL=1), sleep=slept.append
    )
    assert list(found.items()) == [("CRITICAL", 1), ("LOW", 3)]
    assert len(slept) == 2


def test_enhanced_scanning_is_read_too(ecr: Any) -> None:
    assert findings(ecr, scan("ACTIVE", HIGH=2, UNTRIAGED=4)) == {"HIGH": 2, "UNDEFINED": 4}


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([scan("FAILED")], "ended in FAILED"),
        ([scan("UNSUPPORTED_IMAGE")], "ended in UNSUPPORTED_IMAGE"),
        ([scan("FINDINGS_UNAVAILABLE")], "ended in FINDINGS_UNAVAILABLE"),
        ([scan("IN_PROGRESS")], "not done after 0 s"),
        (["ScanNotFoundException"], "it has not begun"),
        (["AccessDeniedException"], "AccessDenied"),
    ],
)
def test_where_nothing_is_known_it_is_an_error(ecr: Any, answers: list[Any], words: str) -> None:
    with pytest.raises(AwsError, match=words):
        findings(ecr, *answers, seconds=0)


def test_a_severity_takes_in_all_that_is_worse() -> None:
    counts = {"CRITICAL": 1, "MEDIUM": 2, "LOW": 3}
    assert at_least(counts, "MEDIUM") == {"CRITICAL": 1, "MEDIUM": 2}
    assert at_least({"LOW": 3}, "HIGH") == {}


def test_an_image_with_findings_is_not_released(ecr: Any) -> None:
    said: list[Any] = []
    reference = f"123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/p-dev/latest@{DIGEST}"
    with answered(ecr, scan("COMPLETE", HIGH=1)), pytest.raises(ToolError, match="found 1 HIGH: it is not released"):
        check_scan(ecr, reference, Scan("HIGH", 1), said.append)
    with answered(ecr, scan("COMPLETE", MEDIUM=1)):
        check_scan(ecr, reference, Scan("HIGH", 1), said.append)
    assert "1 medium found" in said[-1]


def test_images_are_listed_the_newest_first(ecr: Any) -> None:
    def one(day: int, **more: Any) -> dict[str, Any]:
        return {"imageDigest": f"sha256:{day}", "imagePushedAt": datetime(2026, 1, day, tzinfo=UTC), **more}

    summary = {"findingSeverityCounts": {"HIGH": 2}}
    page = {
        "imageDetails": [
            one(1, imageTags=["b", "a"], imageSizeInBytes=5, imageScanStatus={"status": "COMPLETE"}),
            one(3, imageScanFindingsSummary=summary),
            one(2, imageScanStatus={"status": "IN_PROGRESS"}),
        ]
    }
    with answered(ecr, page, method="describe_images"):
        found = list_images(ecr, "repo")
    assert [(image.digest, image.tags, image.scan) for image in found] == [
        ("sha256:3", (), "2 high"),
        ("sha256:2", (), "in_progress"),
        ("sha256:1", ("a", "b"), "none found"),
    ]
    assert found[2].size == 5


def test_a_tag_that_is_not_there_is_none(ecr: Any) -> None:
    with answered(ecr, "ImageNotFoundException", method="describe_images"):
        assert digest_of_tag(ecr, "repo", "t") is None
    with answered(ecr, {"imageDetails": [{"imageDigest": DIGEST}]}, method="describe_images"):
        assert digest_of_tag(ecr, "repo", "t") == DIGEST
