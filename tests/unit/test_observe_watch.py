"""Watching: at once, then tick by tick, never for ever."""

from __future__ import annotations

import sys

import pytest
from observe_support import Clock, FakeBatch, detail

from awa_batch.errors import AwsError, TimedOutError
from awa_batch.observe import watch


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(sys.modules["awa_batch.observe.watch"], "time", clock)  # `observe.watch` is the function
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    return clock


def test_the_first_look_is_at_once(clock: Clock) -> None:
    (jobs,) = list(watch(FakeBatch([detail(status="SUCCEEDED")]), ["1"]))  # type: ignore[arg-type]
    assert jobs["1"].is_success
    assert clock.slept == []


def test_nothing_to_watch_is_over_at_once(clock: Clock) -> None:
    assert list(watch(FakeBatch([]), [])) == [{}]  # type: ignore[arg-type]


def test_ticks_widen_while_nothing_changes_and_narrow_when_something_does(clock: Clock) -> None:
    batch = FakeBatch(
        *[[detail()]] * 7, [detail(status="STARTING")], [detail(status="STARTING")], [detail(status="FAILED")]
    )
    list(watch(batch, ["1"], first_tick=2, last_tick=6))  # type: ignore[arg-type]
    assert clock.slept == [2, 3, 4.5, 6, 6, 6, 6, 2, 3]


def test_only_open_jobs_are_asked_for(clock: Clock) -> None:
    batch = FakeBatch(
        [detail("1", "SUCCEEDED"), detail("2")],
        [detail("2")],
        [detail("2", "FAILED")],
    )
    seen = list(watch(batch, ["1", "2", "1"]))  # type: ignore[arg-type]
    assert batch.asked[1:] == [["2"], ["2"]]
    assert seen[-1]["1"].is_success
    assert seen[-1]["2"].status == "FAILED"


def test_a_job_that_shows_up_late_is_waited_for(clock: Clock) -> None:
    seen = list(watch(FakeBatch([], [], [detail(status="SUCCEEDED")]), ["1"]))  # type: ignore[arg-type]
    assert [list(jobs) for jobs in seen] == [[], [], ["1"]]


def test_a_job_that_never_shows_up_is_not_waited_for_for_ever(clock: Clock) -> None:
    with pytest.raises(AwsError, match="AWS has not shown job lost for 120 s") as caught:
        list(watch(FakeBatch([detail("1")]), ["1", "lost"]))  # type: ignore[arg-type]
    assert 120 <= clock.now < 140
    assert caught.value.exit_code == 3


def test_a_job_that_ages_out_while_it_is_watched_is_told_of(clock: Clock) -> None:
    with pytest.raises(AwsError, match="has not shown job 1 for 30 s"):
        list(watch(FakeBatch([detail()], [detail()], []), ["1"], missing_bound=30))  # type: ignore[arg-type]


def test_a_short_gap_is_no_loss(clock: Clock) -> None:
    batch = FakeBatch([detail()], [], [], [detail()], [], [detail(status="SUCCEEDED")])
    assert list(watch(batch, ["1"], missing_bound=30))[-1]["1"].is_success  # type: ignore[arg-type]


def test_the_timeout_counts_only_what_goes_on(clock: Clock) -> None:
    batch = FakeBatch([detail("1"), detail("2")], [detail("1", "SUCCEEDED"), detail("2")])
    with pytest.raises(TimedOutError) as caught:
        list(watch(batch, ["1", "2"], timeout=1.5, first_tick=2))  # type: ignore[arg-type]
    assert caught.value.what == "1 of 2 jobs have not ended after 1.5 s; they go on."
    assert caught.value.fix == "Look again with `awa-batch status 2`."
    assert caught.value.exit_code == 124
    assert clock.slept == [1.5]  # no longer than the time that is left


def test_a_job_that_ends_at_the_last_moment_has_not_timed_out(clock: Clock) -> None:
    batch = FakeBatch([detail()], [detail(status="SUCCEEDED")])
    assert list(watch(batch, ["1"], timeout=1))[-1]["1"].is_success  # type: ignore[arg-type]


def test_a_timeout_of_0_looks_once(clock: Clock) -> None:
    batch = FakeBatch([detail()])
    with pytest.raises(TimedOutError):
        list(watch(batch, ["1"], timeout=0))  # type: ignore[arg-type]
    assert (len(batch.asked), clock.slept) == (1, [])


def test_an_array_ends_with_its_parent(clock: Clock) -> None:
    parent = {"size": 2, "statusSummary": {"FAILED": 1, "RUNNING": 1}}
    batch = FakeBatch(
        [detail(status="PENDING", arrayProperties=parent)],
        [detail(status="FAILED", arrayProperties={"size": 2, "statusSummary": {"FAILED": 1, "SUCCEEDED": 1}})],
    )
    first, last = list(watch(batch, ["1"]))  # type: ignore[arg-type]
    assert not first["1"].is_complete  # one failed child does not end an array
    assert last["1"].array_summary == {"FAILED": 1, "SUCCEEDED": 1}
