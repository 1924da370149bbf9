"""Watching: at once, then tick by tick, never for ever."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError
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


def test_a_job_that_never_shows_up_becomes_unknown_and_the_others_are_watched_on(clock: Clock) -> None:
    batch = FakeBatch(*[[detail("1")]] * 20, [detail("1", "SUCCEEDED")])
    *_, last = watch(batch, ["1", "lost"])  # type: ignore[arg-type]
    assert (last["1"].status, last["lost"].status) == ("SUCCEEDED", "UNKNOWN")
    assert "AWS has not shown it for 2 min 00 s" in last["lost"].why
    assert last["lost"].is_complete
    assert not last["lost"].is_success
    assert batch.asked[-1] == ["1"]  # it is no longer asked for


def test_a_job_that_never_was_ends_the_watching(clock: Clock) -> None:
    *_, last = watch(FakeBatch([]), ["lost"])  # type: ignore[arg-type]
    assert last["lost"].status == "UNKNOWN"
    assert 120 <= clock.now < 140


def test_a_job_that_ages_out_while_it_is_watched_becomes_unknown(clock: Clock) -> None:
    *_, last = watch(FakeBatch([detail()], [detail()], []), ["1"], missing_bound=30)  # type: ignore[arg-type]
    assert last["1"].status == "UNKNOWN"


class Outage(FakeBatch):
    """Fails with ``error`` from the second call on, ``times`` times."""

    def __init__(self, error: Exception, times: int, *answers: Any) -> None:
        super().__init__(*answers)
        self.error = error
        self.left = times

    def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
        if self.asked and self.left:
            self.left -= 1
            raise self.error
        return super().describe_jobs(jobs)


def client_error(status: int, code: str) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "DescribeJobs",
    )


@pytest.mark.parametrize(
    "error",
    [
        client_error(429, "TooManyRequestsException"),
        client_error(400, "ThrottlingException"),
        client_error(500, "ServerException"),
        client_error(503, "Unknown"),
        EndpointConnectionError(endpoint_url="http://x"),
        ReadTimeoutError(endpoint_url="http://x"),
        ConnectionClosedError(endpoint_url="http://x"),
    ],
)
def test_an_outage_passes_and_is_told_once(error: Exception, clock: Clock) -> None:
    told: list[str] = []
    batch = Outage(error, 10, [detail()], [detail(status="SUCCEEDED")])
    *_, last = watch(batch, ["1"], missing_bound=10, tell=told.append)  # type: ignore[arg-type]
    assert last["1"].is_success
    assert [line.split("(")[0] for line in told] == ["AWS does not answer ", "AWS answers again."]
    assert clock.now > 30


def test_an_outage_that_does_not_pass_ends_with_the_way_back(clock: Clock) -> None:
    batch = Outage(client_error(500, "ServerException"), 10_000, [detail()])
    with pytest.raises(AwsError, match="ServerException") as caught:
        list(watch(batch, ["1"], outage_bound=60))  # type: ignore[arg-type]
    assert "`awa-batch attach 1` comes back to them" in caught.value.fix
    assert 60 <= clock.now < 90


@pytest.mark.parametrize("code", ["AccessDeniedException", "ExpiredTokenException", "ClientException"])
def test_a_refusal_is_no_outage(code: str, clock: Clock) -> None:
    with pytest.raises(AwsError, match=code):
        list(watch(Outage(client_error(400, code), 1, [detail()]), ["1"]))  # type: ignore[arg-type]
    assert len(clock.slept) == 1


def test_ten_thousand_jobs_are_a_hundred_calls_a_tick(clock: Clock) -> None:
    ids = [str(number) for number in range(10_000)]
    batch = FakeBatch(*[[detail(job_id) for job_id in ids]] * 200, [detail(job_id, "SUCCEEDED") for job_id in ids])
    calls: list[int] = []
    for _ in watch(batch, ids):  # type: ignore[arg-type]
        calls.append(len(batch.asked))
        if len(calls) == 3:
            break
    assert calls == [100, 200, 300]


def test_an_array_of_ten_thousand_is_one_call_a_tick(clock: Clock) -> None:
    array = {"size": 10_000, "statusSummary": {"RUNNING": 10_000}}
    batch = FakeBatch(
        [detail(status="PENDING", arrayProperties=array)], [detail(status="SUCCEEDED", arrayProperties=array)]
    )
    list(watch(batch, ["1"]))  # type: ignore[arg-type]
    assert batch.asked == [["1"], ["1"]]


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
