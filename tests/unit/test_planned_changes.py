"""What a plan changes: as rows for `drift`, and as a page for a pull request."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from awa_batch.cli.main import main
from awa_batch.terraform.planned_changes import (
    LONGEST_COMMENT,
    PlannedChange,
    counted,
    page_mark,
    plan_page,
    planned_changes,
)

if TYPE_CHECKING:
    from toolkit_support import FakeTerraform

QUEUE = "module.platform.aws_batch_job_queue.this"


def entry(address: str, actions: list[str], **change: Any) -> dict[str, Any]:
    change = {"before": {"priority": 1, "state": "ENABLED"}, "after": {"priority": 1, "state": "ENABLED"}, **change}
    return {"address": address, "type": "aws_batch_job_queue", "change": {"actions": actions, **change}}


PLAN = {
    "resource_drift": [entry(QUEUE, ["update"], after={"priority": 9, "state": "ENABLED"})],
    "resource_changes": [
        entry("module.platform.data.aws_region.here", ["read"]),
        entry("module.platform.aws_vpc.this", ["no-op"]),
        entry(QUEUE, ["update"], before={"priority": 9, "state": "ENABLED"}, after_unknown={"tags_all": True}),
        entry("aws_a.gone", ["create"], before=None),
        entry("aws_a.other", ["delete", "create"], after={"priority": 2, "state": "ENABLED"}),
    ],
    "output_changes": {"contract": {"actions": ["update"]}, "data_bucket": {"actions": ["no-op"]}},
}


def test_only_what_an_apply_would_do_is_a_change_and_drift_says_whose() -> None:
    assert planned_changes(PLAN) == [
        PlannedChange(QUEUE, ("update",), ("priority", "tags_all"), outside=True),
        PlannedChange("aws_a.gone", ("create",), ()),
        PlannedChange("aws_a.other", ("delete", "create"), ("priority",)),
        PlannedChange("output.contract", ("update",), ()),
    ]


def test_a_plan_is_counted_as_terraform_counts() -> None:
    assert counted(planned_changes(PLAN)) == "2 to add, 1 to change, 1 to destroy"
    assert planned_changes({}) == []


def test_the_page_has_the_counts_the_notes_and_terraforms_own_text() -> None:
    page = plan_page("dev", PLAN, "  # aws_a.gone\n", ["ec2/a: scaling.\n Running jobs: nothing."])
    lines = page.splitlines()
    assert lines[:2] == [page_mark("dev"), "### Plan of ENV=dev: 2 to add, 1 to change, 1 to destroy"]
    assert "- ec2/a: scaling. Running jobs: nothing." in lines
    assert lines[lines.index("```") + 1] == "  # aws_a.gone"
    assert lines[-1] == "</details>"
    assert "Nothing would change." in plan_page("dev", {}, "")


def test_no_text_of_a_plan_ends_the_fence_around_it() -> None:
    page = plan_page("dev", PLAN, "````\n<script>\n````")
    assert page.count("`````") == 2


def test_a_long_plan_is_cut_to_what_a_comment_may_have() -> None:
    page = plan_page("dev", PLAN, "\n".join(f"line {n}" for n in range(20_000)))
    assert LONGEST_COMMENT - 200 < len(page) <= LONGEST_COMMENT
    assert "cut here" in page.splitlines()[-1]
    assert page.splitlines()[-3] == "</details>"


@pytest.fixture
def run(
    project: Path, terraform: FakeTerraform, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    """Run a command on ENV=dev, of which terraform answers what it was told."""
    monkeypatch.setattr("awa_batch.cli.commands.environment._root", lambda name, **_: _made(name))
    monkeypatch.setattr("awa_batch.cli.commands.environment._tell_of_newer_images", lambda _: None)

    def _made(name: str) -> Any:
        from awa_batch.terraform import Root

        return Root(name)

    def call(*words: str, code: int = 0) -> tuple[str, str]:
        monkeypatch.setattr(sys, "argv", ["awa-batch", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert ended.value.code == code, said.err
        return said.out, said.err

    return call


def test_drift_is_exit_1_with_a_row_for_each_and_0_without(run: Any, terraform: FakeTerraform) -> None:
    terraform.answer("show", out=json.dumps(PLAN))
    out, err = run("drift", "-E", "dev", code=1)
    rows = out.splitlines()
    assert len(rows) == 5
    assert rows[1].split() == [QUEUE, "update", "priority", "tags_all", "it", "was", "changed", "outside", "Terraform"]
    assert "nobody has applied it" in rows[2]
    assert "make plan ENV=dev" in err
    assert terraform.calls[0][:3] == ["plan", "-input=false", "-lock=false"]
    out, _ = run("drift", "-E", "dev", "-o", "json", code=1)
    assert json.loads(out)[0]["outside"] is True
    terraform.answer("show", out="{}")
    out, err = run("drift", "-E", "dev")
    assert (out, err) == ("", "ENV=dev is as its files say.\n")


def test_a_plan_as_markdown_is_saved_and_is_all_that_stdout_gets(run: Any, terraform: FakeTerraform) -> None:
    terraform.answer("plan", out="a line of terraform\n", code=2)
    terraform.answer("show", out=json.dumps(PLAN))
    out, err = run("plan", "-E", "dev", "-o", "markdown")
    assert out.startswith(page_mark("dev"))
    assert "a line of terraform" in err
    assert "a line of terraform" not in out
    assert "-out=awa-batch.tfplan" in terraform.calls[0]
