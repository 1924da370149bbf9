"""The shared pace, on a clock of its own: never above the limit, slower after a throttle, back again soon."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awa_batch.submission.pace import HEADROOM, MAX_PAUSE, Pace

FULL = 50 * HEADROOM


class Clock:
    """Time that passes only where somebody waits."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Stop(threading.Event):
    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        self.clock.now += timeout or 0
        return self.is_set()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def moments(pace: Pace, clock: Clock, count: int) -> list[float]:
    stop = Stop(clock)
    return [moment for _ in range(count) if (moment := pace.wait(stop)) is not None]


def test_it_sends_at_99_percent_of_the_limit(clock: Clock) -> None:
    sent = moments(Pace(50, clock), clock, 1000)
    assert 1000 / (sent[-1] - sent[0]) == pytest.approx(FULL, rel=0.01)
    assert 0.95 <= HEADROOM < 1


@given(gaps=st.lists(st.floats(0, 0.5), max_size=60))
def test_no_second_has_more_than_the_limit_and_a_fifth(gaps: list[float]) -> None:
    clock = Clock()
    pace, stop, sent = Pace(50, clock), Stop(clock), []
    for gap in gaps:
        clock.now += gap
        for _ in range(3):
            moment = pace.wait(stop)
            assert moment is not None
            sent.append(moment)
    for start in sent:
        assert sum(start <= moment < start + 1 for moment in sent) <= 50 + 10


def test_a_throttle_makes_it_slower_and_it_recovers(clock: Clock) -> None:
    pace = Pace(50, clock)
    moments(pace, clock, 10)
    pace.throttled(clock.now)
    assert pace.rate == pytest.approx(FULL * 0.7)
    before = clock.now
    (resumed,) = moments(pace, clock, 1)
    assert 0.1 < resumed - before < 0.4  # about ten calls' time
    clock.now += 2
    assert pace.rate == FULL


def test_throttles_of_calls_under_way_count_once_for_the_rate(clock: Clock) -> None:
    pace = Pace(50, clock)
    sent = moments(pace, clock, 8)
    clock.now += 0.05
    for moment in sent:
        pace.throttled(moment)
    assert pace.throttles == 8
    assert pace.rate == pytest.approx(FULL * 0.7)


def test_throttles_in_a_row_pause_longer_up_to_a_bound_and_a_success_ends_that(clock: Clock) -> None:
    pace = Pace(50, clock)
    pauses = []
    for _ in range(12):
        (sent_at,) = moments(pace, clock, 1)
        clock.now += 0.001
        pace.throttled(sent_at)
        before = clock.now
        moments(pace, clock, 1)
        pauses.append(clock.now - before)
    assert pauses[3] > pauses[0]
    assert max(pauses) <= MAX_PAUSE * 1.25 + 2
    assert pace.rate >= FULL * 0.02
    pace.went_well()
    (sent_at,) = moments(pace, clock, 1)
    clock.now += 0.001
    pace.throttled(sent_at)
    before = clock.now
    moments(pace, clock, 1)
    assert clock.now - before < pauses[-1]


def test_a_stop_ends_the_waiting(clock: Clock) -> None:
    pace, stop = Pace(1, clock), Stop(clock)
    assert pace.wait(stop) is not None
    stop.set()
    assert pace.wait(stop) is None
