"""The READMEs of jobs: their tables of settings are made from the jobs' models."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic_core import PydanticUndefined

if TYPE_CHECKING:
    from pydantic import BaseModel

ROOT = Path(__file__).resolve().parents[2]
BEGIN, END = "<!-- settings: begin, made from model.py -->\n", "<!-- settings: end -->\n"
READMES = sorted(path for path in ROOT.glob("jobs/*/README.md") if BEGIN in path.read_text(encoding="utf-8"))


def table(model: type[BaseModel]) -> str:
    rows = ["| field | default | |", "|---|---|---|"]
    for name, field in model.model_fields.items():
        default = "required" if field.default is PydanticUndefined else f"`{json.dumps(field.default)}`"
        assert field.description, name
        rows.append(f"| `{name}` | {default} | {field.description} |")
    return "\n".join(rows) + "\n"


def test_there_are_some() -> None:
    assert [path.parent.name for path in READMES][:1] == ["s3_concat"]


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.parent.name)
def test_the_table_is_the_models(readme: Path) -> None:
    text = readme.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    model = importlib.import_module(f"jobs.{readme.parent.name}.model").Config
    expected = before + BEGIN + table(model) + END + after
    if os.environ.get("AWA_TEST_GOLDEN") == "write":
        readme.write_text(expected, encoding="utf-8")
    assert text == expected or os.environ.get("AWA_TEST_GOLDEN") == "write", (
        f"{readme.relative_to(ROOT)} is out of date: AWA_TEST_GOLDEN=write .venv/bin/python -m pytest {__file__}"
    )
