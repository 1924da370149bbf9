"""Logs: no line lost, none twice."""

from __future__ import annotations

import sys

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st
from observe_support import Clock, FakeBatch, FakeLogs, attempt, detail

from awa_batch.errors import AwsError, TimedOutError
from awa_batch.observe import Job, LogReader, follow, merged_logs, streams


def texts(reader: LogReader) -> list[str]:
    return [line.message for line in reader.read()]


@given(
    writes=st.lists(st.integers(0, 7), max_size=6),
    page=st.integers(1, 3),
    gaps=st.booleans(),
)
def test_every_line_comes_once_and_in_order(writes: list[int], page: int, gaps: bool) -> None:
    logs = FakeLogs(page=page, gaps=gaps)
    reader = LogReader(logs, "g", "s")  # type: ignore[arg-type]
    seen: list[str] = []
    written: list[str] = []
    for count in writes:
        # All of one millisecond: a time as a bookmark would lose some.
        lines = [str(len(written) + number) for number in range(count)]
        logs.write("s", *lines)
        written += lines
        seen += texts(reader)
        assert seen == written


@given(before=st.integers(1, 9), page=st.integers(1, 4), gaps=st.booleans())
def test_a_token_that_has_expired_costs_no_line_and_doubles_none(before: int, page: int, gaps: bool) -> None:
    logs = FakeLogs(page=page, gaps=gaps)
    reader = LogReader(logs, "g", "s")  # type: ignore[arg-type]
    logs.write("s", *map(str, range(before)))
    texts(reader)
    for number in (before, before + 1):
        logs.expired = True
        logs.write("s", str(number))
        assert texts(reader) == [str(number)]
        assert not logs.expired


def test_a_stream_that_appears_late_is_read_from_its_start() -> None:
    logs = FakeLogs()
    reader = LogReader(logs, "g", "s")  # type: ignore[arg-type]
    assert texts(reader) == []
    logs.write("s", "a", "b", "c")
    assert texts(reader) == ["a", "b", "c"]
    assert texts(reader) == []


def test_a_quiet_stream_costs_one_call_a_look() -> None:
    logs = FakeLogs()
    logs.write("s", "a")
    reader = LogReader(logs, "g", "s")  # type: ignore[arg-type]
    texts(reader)
    before = logs.calls
    texts(reader)
    assert logs.calls == before + 1


def test_the_line_end_is_not_part_of_a_line() -> None:
    logs = FakeLogs()
    logs.write("s", "a\n", "  b  ", "", at=5)
    lines = list(LogReader(logs, "g", "s").read())  # type: ignore[arg-type]
    assert [(line.timestamp, line.message) for line in lines] == [(5, "a"), (5, "  b  "), (5, "")]


def test_a_reader_left_in_the_middle_of_a_page_begins_it_again() -> None:
    logs = FakeLogs(page=3)
    logs.write("s", "a", "b", "c")
    reader = LogReader(logs, "g", "s")  # type: ignore[arg-type]
    next(reader.read())
    assert texts(reader) == ["a", "b", "c"]


def test_a_refusal_names_the_stream() -> None:
    client = boto3.client("logs", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        stub.add_client_error("get_log_events", "ResourceNotFoundException", "no stream")
        assert texts(LogReader(client, "g", "s")) == []
        stub.add_client_error("get_log_events", "AccessDeniedException", "no")
        with pytest.raises(AwsError, match="reading the log stream s: AccessDeniedException: no"):
            texts(LogReader(client, "g", "s"))
        stub.add_client_error("get_log_events", "InvalidParameterException", "no")
        with pytest.raises(AwsError, match="reading the log stream s: InvalidParameterException: no"):
            texts(LogReader(client, "g", "s"))


def test_read_log_reads_every_attempt_once_and_from_the_jobs_own_group() -> None:
    logs = FakeLogs()
    logs.write("s/1", "first", "try")
    logs.write("s/2", "second")
    job = Job.from_detail(
        detail(status="FAILED", attempts=[attempt("s/1", 1), attempt("s/2", 1)], container={"logStreamName": "s/2"})
    )
    assert [line.message for stream in streams(job) for line in LogReader(logs, job.log_group, stream).read()] == [
        "first",
        "try",
        "second",
    ]
    assert logs.groups == {"/aws/batch/awa-batch-local"}


# -------------------------------------------------------------------- follow
@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(sys.modules["awa_batch.observe.watch"], "time", clock)  # `observe.watch` is the function
    monkeypatch.setattr(sys.modules["awa_batch.observe.follow"], "time", clock)  # `observe.follow` is the function
    return clock


def running(stream: str | None = "s", *attempts: str) -> dict[str, object]:
    container = {"logStreamName": stream} if stream else {}
    return detail(status="RUNNING", container=container, attempts=[attempt(name, 1) for name in attempts])


def ended(status: str, *attempts: str) -> dict[str, object]:
    return detail(
        status=status, container={"logStreamName": attempts[-1]}, attempts=[attempt(name, 1) for name in attempts]
    )


def play(batch: FakeBatch, logs: FakeLogs, **options: float) -> list[str]:
    events = follow(batch, logs, ["1"], **options)  # type: ignore[arg-type]
    return [event.line.message if event.line else f"<{event.job.status}>" for event in events]


def test_states_and_lines_come_as_they_happen(clock: Clock) -> None:
    logs = FakeLogs()
    batch = FakeBatch([detail(status="RUNNABLE")], [running()], [running()], [running()], [ended("SUCCEEDED", "s")])
    steps = iter([("a",), ("b", "c"), (), ("d",)])
    clock.at_sleep = lambda: logs.write("s", *next(steps, ()))
    assert play(batch, logs, settle=0) == ["<RUNNABLE>", "<RUNNING>", "a", "b", "c", "d", "<SUCCEEDED>"]


def test_lines_that_come_after_the_end_are_waited_for(clock: Clock) -> None:
    logs = FakeLogs()
    late = iter([(), ("a",), ("b",), (), ("too late",)])
    clock.at_sleep = lambda: logs.write("s", *next(late, ()))
    batch = FakeBatch([running()], [ended("FAILED", "s")])
    assert play(batch, logs, settle=3) == ["<RUNNING>", "a", "b", "<FAILED>"]
    assert clock.slept[1:] == [3, 3, 3]


def test_every_attempts_lines_come_late_ones_of_the_first_too(clock: Clock) -> None:
    logs = FakeLogs()
    batch = FakeBatch(
        [running("s/1")], [running(None, "s/1")], [running("s/2", "s/1")], [ended("SUCCEEDED", "s/1", "s/2")]
    )
    steps = iter([("s/1", "one"), ("s/1", "late"), ("s/2", "two")])

    def write() -> None:
        stream, line = next(steps, ("s/2", ""))
        if line:
            logs.write(stream, line)

    clock.at_sleep = write
    assert play(batch, logs, settle=0) == ["<RUNNING>", "one", "late", "two", "<SUCCEEDED>"]


def test_a_job_that_ended_before_we_looked_has_its_whole_log(clock: Clock) -> None:
    logs = FakeLogs(gaps=True)
    logs.write("s", *map(str, range(5)))
    assert play(FakeBatch([ended("FAILED", "s")]), logs, settle=0) == ["0", "1", "2", "3", "4", "<FAILED>"]


def test_a_job_that_never_ran_has_no_lines(clock: Clock) -> None:
    logs = FakeLogs()
    assert play(FakeBatch([detail(status="FAILED", statusReason="no")]), logs, settle=0) == ["<FAILED>"]
    assert logs.calls == 0


def test_an_arrays_counts_are_told_when_they_change(clock: Clock) -> None:
    def parent(status: str, **counts: int) -> dict[str, object]:
        return detail(status=status, arrayProperties={"size": 2, "statusSummary": counts})

    batch = FakeBatch(
        [parent("PENDING", RUNNABLE=2)],
        [parent("PENDING", RUNNABLE=2)],
        [parent("PENDING", RUNNING=2)],
        [parent("SUCCEEDED", SUCCEEDED=2)],
    )
    events = list(follow(batch, FakeLogs(), ["1"], settle=0))  # type: ignore[arg-type]
    assert [event.job.array_summary for event in events] == [{"RUNNABLE": 2}, {"RUNNING": 2}, {"SUCCEEDED": 2}]


def test_two_jobs_end_each_once_whatever_their_order(clock: Clock) -> None:
    batch = FakeBatch(
        [detail("1"), detail("2", "SUCCEEDED")],
        [detail("1"), detail("2", "SUCCEEDED")],
        [detail("1", "FAILED")],
    )
    events = follow(batch, FakeLogs(), ["1", "2"], settle=0)  # type: ignore[arg-type]
    assert [(event.job.id, event.job.status) for event in events] == [
        ("1", "RUNNING"),
        ("2", "SUCCEEDED"),
        ("1", "FAILED"),
    ]


def test_a_timeout_ends_it(clock: Clock) -> None:
    logs = FakeLogs()
    logs.write("s", "a")
    events = follow(FakeBatch([running()]), logs, ["1"], timeout=10)  # type: ignore[arg-type]
    assert next(events).job.status == "RUNNING"
    line = next(events).line
    assert line
    assert line.message == "a"
    with pytest.raises(TimedOutError):
        next(events)
    assert clock.now == 10


# ------------------------------------------------------------------ tail, merge
@pytest.mark.parametrize(("count", "page"), [(0, 2), (1, 2), (3, 2), (5, 2), (9, 2), (3, 100)])
def test_the_tail_is_read_from_the_end(count: int, page: int) -> None:
    logs = FakeLogs(page=page)
    logs.write("s", *[str(number) for number in range(5)])
    lines = [line.message for line in LogReader(logs, "g", "s").tail(count)]  # type: ignore[arg-type]
    assert lines == [str(number) for number in range(5)][-count:] * bool(count)
    assert LogReader(logs, "g", "none").tail(3) == []  # type: ignore[arg-type]


def child(index: int, *streams: str) -> Job:
    return Job.from_detail(
        detail(
            f"a:{index}", "SUCCEEDED", arrayProperties={"index": index}, attempts=[attempt(name) for name in streams]
        )
    )


def test_many_logs_are_merged_by_time_and_each_keeps_its_order() -> None:
    logs = FakeLogs(page=2)
    logs.write("x", "x1", at=10)
    logs.write("x", "x2", "x3", at=30)
    logs.write("x", "x4", at=20)  # a clock that was set back: still after x3
    logs.write("y1", "y1", at=5)
    logs.write("y2", "y2", at=30)
    found = merged_logs(logs, [child(0, "x"), child(1, "y1", "y2"), child(2, "never-written")])  # type: ignore[arg-type]
    assert [(job.index, line.message) for job, line in found] == [
        (1, "y1"),
        (0, "x1"),
        (0, "x2"),
        (0, "x3"),
        (0, "x4"),
        (1, "y2"),
    ]
    later = merged_logs(logs, [child(0, "x"), child(1, "y1", "y2")], since=20)  # type: ignore[arg-type]
    assert [line.message for _, line in later] == ["x2", "x3", "x4", "y2"]


def test_following_begins_with_the_last_lines_and_shows_all_that_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(sys.modules["awa_batch.observe.watch"], "time", clock)
    logs = FakeLogs(page=2)
    logs.write("s/1", "a", "b", "c", "d")
    running = detail(attempts=[attempt("s/1", 1)], container={"logStreamName": "s/2"})
    batch = FakeBatch(*[[running]] * 3, [detail(status="SUCCEEDED", attempts=[attempt("s/1", 1), attempt("s/2", 0)])])
    clock.at_sleep = lambda: logs.write("s/2", f"at {clock.now:.0f}")
    events = follow(batch, logs, ["1"], tail=3, settle=0, log_tick=1.0, pause=clock.sleep)  # type: ignore[arg-type]
    lines = [event.line.message for event in events if event.line]
    assert lines[:3] == ["b", "c", "d"]
    assert lines[3:] == [event["message"] for event in logs.streams["s/2"]]
    assert len(clock.slept) > len(batch.asked)  # logs are read between the ticks, too


def test_an_arrays_many_logs_are_read_no_faster_than_the_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    for module in ("awa_batch.observe.watch", "awa_batch.observe.follow"):
        monkeypatch.setattr(sys.modules[module], "time", clock)
    logs = FakeLogs(page=10)
    children = [
        detail(f"a:{n}", "RUNNING", arrayProperties={"index": n}, container={"logStreamName": f"s/{n}"})
        for n in range(100)
    ]
    for n in range(100):
        logs.write(f"s/{n}", "begin")
    parent = detail("a", "PENDING", arrayProperties={"size": 100, "statusSummary": {"RUNNING": 100}})
    ended = detail("a", "SUCCEEDED", arrayProperties={"size": 100, "statusSummary": {"SUCCEEDED": 100}})
    batch = FakeBatch(*[[parent, *children]] * 20, [ended, *children])
    lines = [event.line for event in follow(batch, logs, ["a"], settle=3.0, pause=clock.sleep) if event.line]  # type: ignore[arg-type]
    assert len(lines) == 100
    assert logs.calls <= 10 * clock.now + 4 * 100  # the first and the last readings take what they need


def test_what_a_job_used_is_not_a_line_of_its_log() -> None:
    logs = FakeLogs(page=2)
    logs.write("s", "a", '{"awa_batch_usage":{"version":1}}', "b", '{"awa_batch_usage":{"version":1}}')
    assert texts(LogReader(logs, "g", "s")) == ["a", "b"]  # type: ignore[arg-type]
    lines = LogReader(logs, "g", "s").tail(2)  # type: ignore[arg-type]
    assert [line.message for line in lines] == ["a", "b"]
