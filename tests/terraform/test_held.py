"""A held set of settings that people get wrong, and of unusual ones that are right: what a plan makes of each.

None of them is there to hold one rule (tests/refusals.tfvars of each module does that): they are what a user might
write.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from held_cases import Case, Found, cases, found, hcl
from terraform_support import TERRAFORM

WRONG, RIGHT = cases("wrong"), cases("right")


@pytest.fixture(scope="module")
def answers(copy: tuple[Path, dict[str, str]], attached: dict[str, str]) -> dict[str, Found]:
    return found([*WRONG, *RIGHT], copy[0], attached)


@pytest.mark.parametrize("case", [*WRONG, *RIGHT], ids=lambda case: case.name)
def test_a_plan_says_it(answers: dict[str, Found], case: Case) -> None:
    answer = answers[case.name]
    assert answer.verdict == case.verdict, answer
    # Two lines' worth: what is wrong, and what to do.
    assert case.verdict == "passes" or all(len(said) >= 40 for said in answer.said)


def test_the_sets_are_what_they_are_for() -> None:
    assert len({case.name for case in [*WRONG, *RIGHT]}) == len(WRONG) + len(RIGHT)
    assert len(WRONG) >= 40
    assert len(RIGHT) >= 15
    verdicts = Counter(case.verdict for case in WRONG)
    assert verdicts["refused"] + verdicts["warned"] >= 0.9 * len(WRONG)
    assert all(case.verdict == "passes" for case in RIGHT)
    assert all(case.why for case in [*WRONG, *RIGHT] if case.verdict == "passes")
    assert {case.folder.name for case in WRONG} >= {
        folder.parents[1].name for folder in TERRAFORM.glob("modules/*/tests/refusals.tfvars")
    } - {"codeartifact", "step_functions"}  # which no environment calls


def test_what_is_not_refused_is_seen(copy: tuple[Path, dict[str, str]], attached: dict[str, str]) -> None:
    """The judge can find nothing wrong: neither does it refuse everything."""
    planted = Case("planted", "job_queue", {"priority": 5}, "refused", "")
    wrong = Case("planted_wrong", "job_queue", {"priority": -5}, "passes", "")
    said = found([planted, wrong], copy[0], attached)
    assert (said["planted"].verdict, said["planted_wrong"].verdict) == ("passes", "refused")


def test_values_are_written_as_terraform_reads_them() -> None:
    assert hcl({"a": ["${x}", None, True, 1.5], "b": {"repeated": ["ab", 2]}}) == (
        '{"a" = ["$${x}", null, true, 1.5], "b" = "abab"}'
    )
