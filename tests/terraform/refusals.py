"""Make native tests of the lists of refusals (``tests/refusals.tfvars`` of each module): two runs for each pair.

The runs load the variables alone, without a provider, so that a whole list takes a second.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from terraform_support import MODULES, TERRAFORM

from awa_batch.terraform import hcl

LISTED = [*MODULES, TERRAFORM / "bootstrap"]
_RUN = """
run "{name}" {{
  command = plan

  module {{
    source = "./tests/variables"
  }}

  variables {{
    {values}
  }}
{expected}}}
"""


@dataclass(frozen=True)
class Refusal:
    """A rule of an input: values that it refuses, values that just pass, both as HCL text by variable."""

    name: str
    input: str
    refused: dict[str, str]
    passes: dict[str, str]


@cache
def listed(folder: Path) -> tuple[dict[str, str], list[Refusal]]:
    """Return what every case of a module sets, and its refusals."""
    text = (folder / "tests" / "refusals.tfvars").read_text(encoding="utf-8")
    content = hcl.read_text(text)

    def entries(value: hcl.Value) -> dict[str, hcl.Attribute]:
        assert isinstance(value, hcl.Map)
        return {str(entry.key): entry for entry in value.attributes}

    def texts(entry: hcl.Attribute) -> dict[str, str]:
        return {name: text[one.start : one.end].strip() for name, one in entries(entry.value).items()}

    top = {str(entry.key): entry for entry in content.attributes}
    assert set(top) <= {"given", "refusals"}
    found = []
    for name, entry in entries(top["refusals"].value).items():
        case = entries(entry.value)
        assert set(case) == {"input", "refused", "passes"}, f"{folder.name}: {name}"
        input_ = case["input"].value
        assert isinstance(input_, hcl.String)
        found.append(Refusal(name, input_.text, texts(case["refused"]), texts(case["passes"])))
    return (texts(top["given"]) if "given" in top else {}), found


def native(folder: Path) -> str:
    """Return a module's list as a native test file."""
    given, refusals = listed(folder)
    text = f"variables {{\n{_lines(given)}\n}}\n"
    for one in refusals:
        expected = f"\n  expect_failures = [var.{one.input}]\n"
        text += _RUN.format(name=f"{one.name}_refused", values=_lines(one.refused), expected=expected)
        text += _RUN.format(name=f"{one.name}_passes", values=_lines(one.passes), expected="")
    return text


def write_native(folder: Path, place: Path) -> None:
    """Write the native tests of the module in ``folder`` into ``place``, a copy of it."""
    (place / "tests" / "refusals.tftest.hcl").write_text(native(folder), encoding="utf-8")
    (place / "tests" / "variables").mkdir(exist_ok=True)
    shutil.copy(folder / "variables.tf", place / "tests" / "variables")


def _lines(values: dict[str, str]) -> str:
    return "\n    ".join(f"{name} = {value}" for name, value in values.items())
