"""The public Python API: stable names, a reference that is its docstrings, rows of many kinds, and nothing printed."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from toolkit_support import DATA, OpenBatch

import awa_batch
from awa_batch import api, connect
from awa_batch.api.rows import items_of
from awa_batch.api.usage import usage_of
from awa_batch.batch.clients import Clients
from awa_batch.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/python.md"
NAMES = [
    "AwaBatchError", "AwsError", "BatchJob", "Connection", "Explanation", "Job", "JobFailedError", "Line",
    "NotAppliedError", "NotThereError", "Run", "TimedOutError", "ToolError", "Usage", "UsageError", "connect",
]  # fmt: skip


def test_the_stable_names_are_these() -> None:
    """Taking one away breaks programs: say so in the changelog, and in the version."""
    assert api.__all__ == NAMES
    assert all(hasattr(api, name) for name in NAMES)
    assert awa_batch.connect is api.connect


def test_the_package_itself_loads_nothing() -> None:
    code = (
        "import sys, awa_batch; print('boto3' in sys.modules or 'botocore' in sys.modules or 'pydantic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def reference() -> str:
    """Return the reference: signatures and docstrings of what is public."""
    parts = []
    for thing in (api.connect, api.Connection, api.BatchJob, api.Run, api.Usage, api.Line):
        name = thing.__name__
        if inspect.isfunction(thing):
            parts.append(f"### `{name}{signature(thing)}`\n\n{inspect.getdoc(thing)}\n")
            continue
        parts.append(f"### {name}\n\n{inspect.getdoc(thing)}\n")
        for member, value in vars(thing).items():
            if not member.startswith("_") and inspect.isfunction(value):
                parts.append(f"#### `{name}.{member}{signature(value)}`\n\n{inspect.getdoc(value)}\n")
    return "\n".join(parts)


def signature(function: Any) -> str:
    """Return a signature as it is written, without ``self``."""
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(node, ast.FunctionDef)
    node.args.args = [one for one in node.args.args if one.arg != "self"]
    return f"({ast.unparse(node.args)}) -> {ast.unparse(node.returns) if node.returns else 'None'}"


def test_the_reference_is_the_docstrings() -> None:
    text = DOCUMENT.read_text()
    begin, end = "<!-- reference: begin -->\n", "<!-- reference: end -->"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    wanted = f"{before}{begin}{reference()}{end}{after}"
    if os.environ.get("AWA_TEST_GOLDEN") == "write":
        DOCUMENT.write_text(wanted)
    assert text == wanted or os.environ.get("AWA_TEST_GOLDEN") == "write"


class Pandas:
    columns = ("a",)

    def keys(self) -> list[str]:
        return ["a"]

    def to_dict(self, kind: str) -> list[dict[str, Any]]:
        assert kind == "records"
        return [{"a": Number(1)}]


class Polars:
    def iter_rows(self, *, named: bool) -> Any:
        assert named
        return iter([{"a": 1}])


class Number:
    """As numpy's scalars are."""

    def __init__(self, value: int) -> None:
        self.value = value

    def item(self) -> int:
        return self.value


class Row(BaseModel):
    a: int


@pytest.mark.parametrize(
    "rows", [[{"a": 1}], iter([{"a": 1}]), Pandas(), Polars(), [Row(a=1)], ({"a": n} for n in [1])]
)
def test_rows_of_many_kinds(rows: Any) -> None:
    assert items_of(rows).lines == ('{"a":1}',)


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ([], "are none"),
        ("text", "hold no rows"),
        ({"a": 1}, "hold no rows"),
        (5, "hold no rows"),
        ([{"a": float("nan")}], "row 0"),
        ([{"a": object()}], "row 0"),
    ],
)
def test_what_holds_no_rows_is_refused(rows: Any, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        items_of(rows)


def test_usage_is_time_times_what_was_reserved() -> None:
    resources = [{"type": "VCPU", "value": "2"}, {"type": "MEMORY", "value": "2048"}, {"type": "GPU", "value": "1"}]
    attempts = [
        {"startedAt": 0, "stoppedAt": 1_800_000},
        {"startedAt": 2_000_000, "stoppedAt": 3_800_000},
        {"stoppedAt": 5},
        {"startedAt": 4_000_000},
    ]
    detail: Any = {"container": {"resourceRequirements": resources}, "attempts": attempts}
    assert dataclasses.astuple(usage_of([detail])) == (3600.0, 2.0, 2.0, 1.0, 4)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> api.Connection:
    monkeypatch.setenv("AWA_BATCH_CONTRACT", str(DATA / "contract.json"))
    monkeypatch.setenv("AWA_BATCH_STATE_DIR", str(tmp_path))
    monkeypatch.setattr(Clients, "make", lambda *_, **__: OpenBatch())
    return connect("local")


def test_an_error_has_its_field_and_nothing_is_sent_or_printed(
    opened: api.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError) as caught:
        opened.submit("fargate-sample", ["echo"], memory=700)
    assert caught.value.field is not None
    assert (caught.value.field.name, caught.value.exit_code) == ("memory", 2)
    with pytest.raises(UsageError, match="memroy is not a field of a job"):
        opened.submit("fargate-sample", ["echo"], memroy=700)
    with pytest.raises(UsageError, match="no job definition 'nope'"):
        opened.submit("nope", ["echo"])
    with pytest.raises(UsageError, match="the contract is of local"):
        connect("dev")
    assert capsys.readouterr() == ("", "")


def test_a_run_of_mappings_is_known_by_what_is_in_it(opened: api.Connection) -> None:
    jobs = [{"command": ["echo", "é"]}]
    assert opened._kept(iter(jobs)) == opened._kept(jobs)
    assert json.loads(opened._kept(jobs).read_text()) == jobs[0]
    assert opened._kept([{"command": ["echo"]}]) != opened._kept(jobs)
