"""The conformance list is complete: every test that it names is there, every test of the local Batch is named."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LIST = (ROOT / "scripts/local_batch/docs/conformance.md").read_text()


def names_of_tests(folder: str, pattern: str) -> set[str]:
    return {
        node.name
        for path in (ROOT / folder).glob(pattern)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_the_list_and_the_tests_name_each_other() -> None:
    named = set(re.findall(r"`(test_\w+)`", LIST))
    there = names_of_tests("tests/local", "test_batch_*.py")
    of_the_image = names_of_tests("tests/image", "test_local_batch_image.py")
    assert named - there - of_the_image - names_of_tests("tests/unit/local_batch", "*.py") == set()
    assert there - named == set()


def test_every_row_has_a_verdict_and_a_test() -> None:
    conformance = LIST.partition("## Not there")[0]
    rows = [line for line in conformance.splitlines() if line.startswith("| ") and not line.startswith("| behaviour")]
    assert len(rows) > 60
    for row in rows:
        _, _, verdict, tests, _ = re.split(r"(?<!\\)\|", row)
        assert verdict.strip().split(",")[0].split(":")[0].split(";")[0].split(" ")[0] in {
            "same",
            "different",
            "ours",
        }, row
        assert "`test_" in tests, row
