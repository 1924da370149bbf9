"""The tables in the Terraform modules' READMEs: they are what the sources say, and say what a change does."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import module_readmes

MODULES = sorted(file.parent for file in module_readmes.TERRAFORM.glob("modules/*/variables.tf"))
INPUTS = {
    (module.name, block.labels[0]): source.description(block)
    for module in MODULES
    for source in [module_readmes.Source(module / "variables.tf")]
    for block in source.body.inner("variable")
}
SAID = {(module, name): said for module, inputs in module_readmes.changes().items() for name, said in inputs.items()}

REPLACES = re.compile(r"\breplac|\bderegister")
DENIED = re.compile(r"`[^`]*`|replaces (nothing|no )")
"""What talks of replacing, and where a description says that nothing is replaced."""


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_readme_is_what_the_sources_say(module: Path) -> None:
    assert (module / "README.md").read_text(encoding="utf-8") == module_readmes.with_tables(module), "run `make docs`"


def test_a_change_is_said_of_inputs_that_there_are() -> None:
    assert len(INPUTS) > 120
    assert set(SAID) - set(INPUTS) == set()
    first_words = {re.split(r"[ ,;:]", said)[0] for said in SAID.values()}
    assert first_words == {"in", "replaces", "adds", "new", "nothing", "as", "[infrastructure"}


def test_what_replaces_is_said_in_the_description_too() -> None:
    """Who reads variables.tf alone, or an editor's hint, must not be told less."""
    silent = [
        key
        for key, said in SAID.items()
        if re.match(r"replaces|.*; .*replaces", said) and not re.search(r"replac|deregister|delet", INPUTS[key])
    ]
    assert silent == []
    forgotten = [
        key for key, description in INPUTS.items() if key not in SAID and REPLACES.search(DENIED.sub("", description))
    ]
    assert forgotten == []
    revisions = [key for key, text in INPUTS.items() if re.search(r"[Cc]hang\w+( \w+)? registers? (a )?new rev", text)]
    assert len(revisions) > 15
    assert [key for key in revisions if "new revision" not in SAID.get(key, "")] == []


def test_a_change_of_the_sources_is_seen(tmp_path: Path) -> None:
    (tmp_path / "storage").mkdir()
    for file in module_readmes.TERRAFORM.glob("modules/storage/*.*"):
        shutil.copy(file, tmp_path / "storage")
    module = tmp_path / "storage"
    text = (module / "README.md").read_text(encoding="utf-8")
    assert module_readmes.with_tables(module) == text
    variables = (module / "variables.tf").read_text(encoding="utf-8")
    (module / "variables.tf").write_text(
        variables.replace('variable "bucket_name"', 'variable "name"', 1)
        + 'variable "added" {\n  type = list(object({\n    a = string\n  }))\n  default = [\n    { a = "x|y" },\n  ]\n'
        "  description = <<-EOT\n    For <what>:\n    - `a`: one\n    And a line.\n  EOT\n}\n"
    )
    changed = module_readmes.with_tables(module)
    row = '| [`added`](#added) | `list(object)` | `[ { a = "x\\|y" }, ]` | in place | For &lt;what>. |'
    assert row in changed
    assert (
        "### added\n\nFor <what>:\n- `a`: one\n\nAnd a line.\n\n```hcl\nlist(object({\n  a = string\n}))\n```"
        in changed
    )
    assert "| `name` | `string` | **required** | in place |" in changed


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("aws_iam_role.this.arn", "string"),
        ("try(aws_iam_role.deployer[0].arn, null)", "string"),
        ("one(aws_sns_topic.alerts[*].arn)", "string"),
        ("length(local.keys) > 0 ? data.aws_iam_policy_document.key.json : null", "string"),
        ("length(local.nat_zones)", "number"),
        ("{ for name, role in aws_iam_role.job : name => role.arn }", "map"),
        ("{\n  name = aws_s3_bucket.data.id\n}", "object"),
        ("var.sizes", "map"),
        ("module.other.thing", ""),
    ],
)
def test_the_type_of_an_output_is_told_where_it_can_be(expression: str, kind: str) -> None:
    known = {"var.sizes": "type map(string)"}
    assert module_readmes._kind(expression, known) == kind
