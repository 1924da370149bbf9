"""One version for both packages, and the changelog in step with it."""

from __future__ import annotations

import re
from pathlib import Path

import awa_batch
import local_batch
from awa_batch import local_server
from local_batch import keys

ROOT = Path(__file__).resolve().parents[2]
HEADINGS = re.findall(r"(?m)^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def test_both_packages_have_the_version_that_the_changelog_names_last() -> None:
    assert awa_batch.__version__ == local_batch.__version__ == HEADINGS[1]


def test_the_changelog_begins_with_what_is_unreleased_and_goes_back() -> None:
    first, *released = HEADINGS
    assert first == "Unreleased"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in released)
    assert [numbers(version) for version in released] == sorted({numbers(one) for one in released}, reverse=True)


def test_documents_that_name_a_wheel_name_this_version() -> None:
    named = {
        found
        for file in (ROOT / "docs").glob("*.md")
        for found in re.findall(r"awa_batch-(\d+\.\d+\.\d+)-py3", file.read_text(encoding="utf-8"))
    }
    assert named == {awa_batch.__version__}


def test_the_image_of_the_local_batch_has_this_version_and_its_readme_names_it() -> None:
    dockerfile = (ROOT / "container/aws-batch-local/Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"^ARG IMAGE_VERSION=(\S+)$", dockerfile, re.MULTILINE) == [local_batch.__version__]
    readme = (ROOT / "scripts/local_batch/README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\baws-batch-local:(\d+\.\d+\.\d+)", readme)) == {local_batch.__version__}


def test_the_toolkit_knows_the_local_keys_where_the_local_aws_is_not_installed() -> None:
    assert keys.PREFIX == local_server._KEY_PREFIX
