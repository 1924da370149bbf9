"""The lists of refusals: every rule of every input has its line, with the value that just passes beside it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from refusals import LISTED, listed, native
from terraform_support import name_of, named


@pytest.mark.parametrize("folder", LISTED, ids=name_of)
def test_every_refusal_becomes_two_runs(folder: Path) -> None:
    _given, refusals = listed(folder)
    text = native(folder)
    for one in refusals:
        assert text.count(f'run "{one.name}_refused" {{') == 1
        assert text.count(f'run "{one.name}_passes" {{') == 1
    assert text.count("\nrun ") == 2 * len(refusals)
    assert text.count("expect_failures = ") == len(refusals)


@pytest.mark.parametrize("folder", LISTED, ids=name_of)
def test_a_pair_differs_and_sets_inputs_that_there_are(folder: Path) -> None:
    given, refusals = listed(folder)
    inputs = set(named(folder, "variable"))
    for one in refusals:
        assert one.refused != one.passes, one.name
        assert {one.input, *one.refused, *one.passes, *given} <= inputs, one.name


@pytest.mark.parametrize("folder", LISTED, ids=name_of)
def test_every_rule_refuses_something(folder: Path) -> None:
    targets = Counter(one.input for one in listed(folder)[1])
    for name, body in named(folder, "variable").items():
        rules = len(body.get("validation", []))
        assert targets[name] >= rules, f"{name} has {rules} rules"


def test_the_lists_are_long_enough() -> None:
    assert sum(len(listed(folder)[1]) for folder in LISTED) >= 174
