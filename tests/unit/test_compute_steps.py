"""The steps of a roll, as what the file says of generations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awa_batch.compute import steps
from awa_batch.errors import UsageError
from awa_batch.terraform.generations import Pool

OLD: Pool = {"a": {"state": "active"}}


def states(pool: Pool) -> str:
    return " ".join(f"{name}={said['state']}" for name, said in sorted(pool.items()))


def test_a_roll_from_beginning_to_end() -> None:
    pool = steps.begun(OLD, "b")
    assert (steps.phase(pool), states(pool)) == ("standby", "a=active b=standby")
    pool = steps.promoted(pool, swap=False)
    assert (steps.phase(pool), states(pool)) == ("beside", "a=active b=active")
    pool = steps.drained(pool)
    assert (steps.phase(pool), states(pool), steps.leaving(pool)) == ("draining", "a=draining b=active", ["a"])
    pool = steps.finished(pool)
    assert (steps.phase(pool), pool) == ("idle", {"b": {"state": "active"}})


def test_on_a_full_queue_the_two_change_places_at_once() -> None:
    pool = steps.promoted(steps.begun(OLD, "b"), swap=True)
    assert (steps.phase(pool), states(pool)) == ("draining", "a=draining b=active")


def test_what_a_generation_keeps_of_its_own_stays_with_it() -> None:
    kept = {"a": {"state": "active", "instance_types": ["m6i"]}}
    pool = steps.promoted(steps.begun(kept, "b"), swap=True)
    assert pool["a"] == {"state": "draining", "instance_types": ["m6i"]}
    assert steps.taken_back(pool)["a"]["instance_types"] == ["m6i"]


def test_several_active_ones_are_replaced_together_and_others_stay() -> None:
    pool = steps.begun({"a": {"state": "draining"}, "b": {"state": "active"}, "c": {"state": "active"}}, "d")
    assert pool["d"]["replaces"] == ["b", "c"]
    assert states(steps.finished(steps.promoted(pool, swap=True))) == "a=draining d=active"


def test_one_on_standby_is_taken_out_again() -> None:
    assert steps.taken_back(steps.begun(OLD, "b")) == OLD


@pytest.mark.parametrize("swap", [True, False])
def test_one_that_takes_jobs_is_drained_in_its_turn(swap: bool) -> None:
    pool = steps.taken_back(steps.promoted(steps.begun(OLD, "b"), swap=swap))
    assert (steps.phase(pool), states(pool), steps.leaving(pool)) == ("draining", "a=active b=draining", ["b"])
    assert steps.finished(pool) == OLD
    assert states(steps.promoted(steps.begun(OLD, "b"), swap=swap)) != states(pool)  # nothing was changed in place


@pytest.mark.parametrize(
    ("last", "following"),
    [("a", "b"), ("y", "z"), ("z", "za"), ("za", "zb"), ("zz", "zza"), ("2026-11", "2026-11-b"),
     ("2026-11-b", "2026-11-c"), ("2026-11-z", "2026-11-za"), ("blue", "blue-b"), ("1", "1-b")],
)  # fmt: skip
def test_names_go_on(last: str, following: str) -> None:
    assert steps.next_name({last: {}}) == following


@given(st.from_regex(r"\A[a-z0-9][a-z0-9-]{0,20}\Z"), st.integers(1, 60))
def test_every_next_name_comes_after_the_last(name: str, times: int) -> None:
    for _ in range(times):
        following = steps.next_name({name: {}})
        assert following > name
        name = following


@pytest.mark.parametrize("name", ["a", "0", "B", "b_", "-b", "", "b" * 32])
def test_a_name_that_is_no_newer_or_none_at_all_is_refused(name: str) -> None:
    with pytest.raises(UsageError) as refused:
        steps.begun(OLD, name)
    assert "generation" in refused.value.what
