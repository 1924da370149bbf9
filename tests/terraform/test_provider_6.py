"""Our sources against the schema of version 6 of the provider: what differs stands in one file, the switch is right.

The schema is made by tests/terraform/oracles/provider_schema.py. Nothing was ever applied with that version.
"""

from __future__ import annotations

import json
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from terraform_support import EVERY, TERRAFORM

from awa_batch.terraform import hcl

ROOT = TERRAFORM.parent
SCHEMA: dict[str, Any] = json.loads((ROOT / "tests/data/provider_6_schema.json").read_text())["schema"]
DIFFERENCES: dict[str, Any] = json.loads((TERRAFORM / "provider_6.json").read_text())
OF_TERRAFORM = {"count", "depends_on", "for_each", "lifecycle", "provider"}


def kinds(folder: Path) -> Iterator[tuple[str, hcl.Block]]:
    for file in sorted(folder.glob("*.tf")):
        content = hcl.read_file(file)
        for block in [*content.inner("resource"), *content.inner("data")]:
            kind = block.labels[0]
            if kind.startswith("aws_"):
                yield (kind if block.kind == "resource" else f"data.{kind}"), block


def unknown(block: hcl.Block, schema: dict[str, Any], path: str) -> Iterator[str]:
    """Yield the arguments and blocks that the schema does not have, at any depth."""
    for one in block.attributes:
        if one.key and one.key not in schema and one.key not in OF_TERRAFORM:
            yield f"{path}.{one.key}"
    for inner in block.blocks:
        if inner.kind in OF_TERRAFORM:
            continue
        name, content = inner.kind, inner
        if inner.kind == "dynamic":
            name = inner.labels[0]
            (content,) = inner.inner("content")
        if name not in schema:
            yield f"{path}.{name}"
        else:
            yield from unknown(content, schema[name], f"{path}.{name}")


def all_unknown(folders: list[Path]) -> set[str]:
    found: set[str] = set()
    for folder in folders:
        for kind, block in kinds(folder):
            assert kind in SCHEMA, f"{kind} is new: write the schema again (tests/terraform/oracles/provider_schema.py)"
            found |= set(unknown(block, SCHEMA[kind], kind))
    return found


def test_every_difference_stands_in_the_list() -> None:
    listed = {f"{kind}.{name}" for kind, names in DIFFERENCES["arguments"].items() for name in names}
    found = all_unknown(EVERY)
    assert found <= listed
    assert found  # the list is not for nothing


@pytest.fixture
def switched(tmp_path: Path) -> Path:
    copy = tmp_path / "terraform"
    shutil.copytree(TERRAFORM, copy, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
    runpy.run_path(str(ROOT / "scripts/use-provider-6.py"))["main"](copy)
    return copy


def test_after_the_switch_nothing_differs(switched: Path) -> None:
    folders = [switched / folder.relative_to(TERRAFORM) for folder in EVERY]
    assert all_unknown(folders) == set()
    texts = {file: file.read_text() for pattern in ("*.tf", "*.hcl") for file in switched.rglob(pattern)}
    assert not [
        file for file, text in texts.items() if DIFFERENCES["from"] in text or ".aws_region.current.name" in text
    ]
    assert not list(switched.rglob(".terraform.lock.hcl"))
    assert 'region = "ap-northeast-1"' in (switched / "testing/mocks/aws.tfmock.hcl").read_text()


def test_a_second_switch_changes_nothing(switched: Path) -> None:
    assert runpy.run_path(str(ROOT / "scripts/use-provider-6.py"))["main"](switched) == 0


def test_the_readme_lists_the_differences() -> None:
    text = (TERRAFORM / "README.md").read_text(encoding="utf-8")
    names = [
        name
        for part in (*DIFFERENCES["arguments"].values(), *DIFFERENCES["data"].values())
        for pair in part.items()
        for name in pair
    ]
    assert not [name for name in names if f"`{name}`" not in text]


def test_a_planted_argument_is_found(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'resource "aws_vpc" "x" {\n  cidr = "1"\n  dynamic "tag" {\n    for_each = []\n    content {}\n  }\n}\n'
    )
    assert all_unknown([tmp_path]) == {"aws_vpc.cidr", "aws_vpc.tag"}


@pytest.mark.parametrize(("words", "code"), [(["/nowhere"], 2), (["a", "b"], 2), (["Makefile"], 2), (["--help"], 0)])
def test_the_switch_touches_nothing_where_it_was_not_understood(words: list[str], code: int, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts/use-provider-6.py"), *words],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code
    assert "files changed" not in done.stdout
    assert "Traceback" not in done.stderr
