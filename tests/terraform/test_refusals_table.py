"""The table of refusals: every rule of every input has its line, with the value that just passes beside it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import hcl2
import pytest
from terraform_support import MODULES, TERRAFORM, name_of, named, plain

FOLDERS = [*MODULES, TERRAFORM / "bootstrap"]


def runs(folder: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for file in sorted((folder / "tests").glob("refusals*.tftest.hcl")):
        with file.open(encoding="utf-8") as stream:
            found |= {name: body for block in plain(hcl2.load(stream))["run"] for name, body in block.items()}
    return found


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_every_refusal_stands_beside_a_value_that_passes(folder: Path) -> None:
    table = runs(folder)
    refused = {name.removesuffix("_refused") for name in table if name.endswith("_refused")}
    passes = {name.removesuffix("_passes") for name in table if name.endswith("_passes")}
    assert refused == passes
    assert len(table) == 2 * len(refused)
    for name, body in table.items():
        assert ("expect_failures" in body) == name.endswith("_refused"), name


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_a_pair_differs_in_little(folder: Path) -> None:
    table = runs(folder)
    for name, body in table.items():
        if name.endswith("_refused"):
            good = table[name.replace("_refused", "_passes")]
            assert body["variables"] != good.get("variables"), name


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_every_rule_refuses_something(folder: Path) -> None:
    targets = Counter(
        str(one).strip("${}") for body in runs(folder).values() for one in body.get("expect_failures", [])
    )
    for name, body in named(folder, "variable").items():
        rules = len(body.get("validation", []))
        assert targets[f"var.{name}"] >= rules, f"{name} has {rules} rules"


def test_the_table_is_long_enough() -> None:
    assert sum(len(runs(folder)) // 2 for folder in FOLDERS) >= 150
