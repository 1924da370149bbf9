"""docs/iam.md is what the modules' policies say, as the provider writes them out."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

import pytest
from terraform_support import TERRAFORM, why_no_terraform

import iam_tables
from tests.needs import missing


@pytest.fixture(scope="module")
def plan() -> dict[str, Any]:
    if trouble := why_no_terraform():
        missing(trouble)
    return iam_tables.planned()


def test_the_tables_are_what_the_modules_say(plan: dict[str, Any]) -> None:
    page = iam_tables.PAGE.read_text(encoding="utf-8")
    assert iam_tables.with_tables(plan, page) == page, "run `make docs`"


def test_every_role_that_a_module_makes_stands_in_the_page() -> None:
    by_hand = iam_tables.PAGE.read_text(encoding="utf-8").partition(iam_tables.BEGIN)[0]
    sources = "".join(
        file.read_text() for module in iam_tables.PLANNED for file in (TERRAFORM / "modules" / module).glob("*.tf")
    )
    roles = re.findall(r'(?s)resource "aws_iam_role" "\w+" \{(.*?)\n\}', sources)
    made = {end for body in roles for end in re.findall(r"\n  name +=.*\$\{var\.name\}-([a-z-]+[a-z])", body)}
    assert made >= {"submitter", "execution", "job", "instance", "deployer", "schedules", "state-machine"}
    assert [end for end in made if f"`<project>-<environment>-{end}" not in by_hand] == []


def test_an_action_more_is_seen(plan: dict[str, Any]) -> None:
    """Of each of the policies: none is left out of the page."""
    page = iam_tables.PAGE.read_text(encoding="utf-8")
    kinds = ("aws_iam_role_policy", "aws_iam_policy")
    seen = 0
    for child, module in enumerate(plan["planned_values"]["root_module"]["child_modules"]):
        for place, one in enumerate(module["resources"]):
            if one["type"] in kinds:
                changed = deepcopy(plan)
                values = changed["planned_values"]["root_module"]["child_modules"][child]["resources"][place]["values"]
                values["policy"] = values["policy"].replace('"Action":', '"Action":"s3:DeleteBucket","Was":', 1)
                assert iam_tables.with_tables(changed, page) != page
                seen += 1
    assert seen == len(iam_tables.ROLES) + len(iam_tables.PARTS)
