"""The small pure parts: retries, substitution, lines, event shapes, dispatch orders, addresses, marks, the journal."""

from __future__ import annotations

import itertools
import json
import platform
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_batch import addresses, lifecycle, options
from local_batch.errors import Given, UsageError
from local_batch.events import shaped
from local_batch.journal import Journal
from local_batch.processes import started_at
from local_batch.runners import pause_image
from local_batch.runners.lines import LONGEST, LineSplitter
from local_batch.runners.ownership import MARK, state_id
from local_batch.scheduler.dispatch_order import Fifo
from local_batch.scheduler.evaluate_on_exit import matches, retried
from local_batch.scheduler.fair_share import FairShare, weight_of
from local_batch.scheduler.job import Job
from local_batch.tasks import substitute

# -- retries


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [
        ("*", None, True), ("*", "", True), ("*", "x", True), ("Host EC2*", "Host EC2 (instance i-1)", True),
        ("Host EC2*", None, False), ("137", "137", True), ("13", "137", False), ("13*", "137", True),
    ],
)  # fmt: skip
def test_globs_match_as_aws_documents_them(pattern: str, text: str | None, wanted: bool) -> None:
    assert matches(pattern, text) is wanted


def test_without_a_matching_rule_the_job_is_retried() -> None:
    rules = [{"onExitCode": "1", "onReason": "OutOfMemory*", "action": "EXIT"}]
    strategy = {"attempts": 3, "evaluateOnExit": rules}
    assert retried(strategy, 1, exit_code=1, reason=None, status_reason="x")
    assert not retried(strategy, 1, exit_code=1, reason="OutOfMemoryError", status_reason="x")
    assert not retried(strategy, 3, exit_code=2, reason=None, status_reason="x")
    assert not retried({}, 1, exit_code=1, reason=None, status_reason=None)


@given(st.integers(1, 10), st.integers(1, 12))
def test_a_job_has_no_more_attempts_than_it_may(attempts: int, made: int) -> None:
    again = retried({"attempts": attempts}, made, exit_code=1, reason=None, status_reason=None)
    assert again is (made < attempts)


# -- commands and lines


def test_substitution() -> None:
    found = substitute(["Ref::a", "x-Ref::b-y", "Ref::none", "Ref::", "$a"], {"a": "1 2", "b-y": "B", "b": "no"})
    assert found == ["1 2", "x-B", "Ref::none", "Ref::", "$a"]


@given(
    st.text(alphabet=st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=60), st.integers(1, 7)
)
def test_lines_are_the_same_however_they_come(text: str, size: int) -> None:
    lines: list[str] = []
    splitter = LineSplitter(lines.extend)
    data = text.encode()
    for start in range(0, len(data), size):
        splitter.feed(data[start : start + size])
    splitter.close()
    assert lines == (text.split("\n")[:-1] if text.endswith("\n") else text.split("\n")) or (not text and not lines)


def test_odd_bytes_and_endless_lines() -> None:
    lines: list[str] = []
    splitter = LineSplitter(lines.extend)
    splitter.feed(b"\xff\xfe ok\r\n")
    splitter.feed(b"x" * LONGEST)
    assert lines == ["\ufffd\ufffd ok", "x" * LONGEST]
    splitter.close()
    assert len(lines) == 2


# -- orders


def job(sequence: int, *, index: int | None = None, share: str = "", priority: int = 0, vcpus: float = 1.0) -> Job:
    submission = SimpleNamespace(share=share, priority=priority, vcpus=vcpus)
    made = Job(str(sequence), cast("Any", submission), sequence, 0, index=index)
    made.status = "RUNNABLE"
    return made


def test_fifo_keeps_the_order_of_submission_and_of_indexes() -> None:
    queue, jobs = Fifo(), [job(1), job(2, index=0), job(2, index=1), job(3)]
    for one in reversed(jobs):
        queue.push(one)
    jobs[1].status = "FAILED"
    assert queue.front(2) == [jobs[0], jobs[2]]
    found = []
    while queue.peek():
        found.append(queue.pop())
    assert found == [jobs[0], jobs[2], jobs[3]]


def fair(policy: dict[str, Any], capacity: float = 100.0) -> FairShare:
    return FairShare(lambda: policy, lambda: capacity, lambda seconds: seconds)


def take(queue: FairShare, count: int) -> list[str]:
    found = []
    for _ in range(count):
        next_job = queue.peek()
        assert next_job is not None
        assert queue.pop() is next_job
        queue.started(next_job)
        found.append(str(next_job.submission.share))
    return found


def test_shares_take_turns_by_weight() -> None:
    queue = fair({"shareDistribution": [{"shareIdentifier": "a", "weightFactor": 0.5}]})
    numbers = itertools.count(1)
    for share in ("b", "a"):
        for _ in range(20):
            queue.push(job(next(numbers), share=share))
    front = [str(one.submission.share) for one in queue.front(12)]
    assert front.count("a") == 8
    assert take(queue, 12).count("a") == 8


def test_a_reservation_holds_room_for_shares_that_run_nothing() -> None:
    queue = fair({"computeReservation": 50}, capacity=4)
    for number in range(1, 5):
        queue.push(job(number, share="a"))
    assert take(queue, 2) == ["a", "a"]
    assert queue.peek() is None
    queue.push(job(9, share="b"))
    assert take(queue, 1) == ["b"]


def test_priority_goes_before_age_within_a_share() -> None:
    queue = fair({})
    jobs = [job(1, share="a", priority=1), job(2, share="a", priority=9), job(3, share="a", priority=9)]
    for one in jobs:
        queue.push(one)
    assert queue.front(3) == [jobs[1], jobs[2], jobs[0]]


def test_use_decays() -> None:
    queue = FairShare(lambda: {"shareDecaySeconds": 1}, lambda: 10.0, lambda seconds: seconds / 100)
    first = job(1, share="a")
    queue.push(first)
    take(queue, 1)
    time.sleep(0.02)
    queue.ended(first)
    for number, share in ((2, "a"), (3, "b")):
        queue.push(job(number, share=share))
    assert [str(one.submission.share) for one in queue.front(2)] == ["b", "a"]
    time.sleep(0.5)
    share = queue._shares["a"]
    share.settle(0.01)
    assert share.average < 1e-6


def test_weights_of_prefixes() -> None:
    policy = {"shareDistribution": [{"shareIdentifier": "Team*", "weightFactor": 2.0}]}
    assert (weight_of(policy, "Team1"), weight_of(policy, "Other")) == (2.0, 1.0)


# -- events

EVENT = {"detail-type": "x", "detail": {"name": 'say "hi"', "list": [1, {"a": "b"}], "n": 3}, "resources": ["arn"]}


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ({}, EVENT),
        ({"Input": '{"fixed": 1}'}, {"fixed": 1}),
        ({"InputPath": "$.detail.list"}, [1, {"a": "b"}]),
        ({"InputPath": "$.resources[0]"}, "arn"),
        (
            {"InputTransformer": {"InputPathsMap": {"n": "$.detail.name", "l": "$.detail.list", "x": "$.detail.x"},
                                  "InputTemplate": '{"t": "<n> and <l>", "l": <l>, "x": <x>}'}},
            {"t": 'say "hi" and [1, {"a": "b"}]', "l": [1, {"a": "b"}], "x": None},
        ),
        ({"InputTransformer": {"InputTemplate": '"all: <aws.events.event.json>"'}}, f"all: {json.dumps(EVENT)}"),
    ],
)  # fmt: skip
def test_what_a_target_gets(target: dict[str, Any], wanted: Any) -> None:
    assert json.loads(shaped(target, EVENT)) == wanted


# -- addresses, marks, history


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.org", ""])
def test_only_this_machines_addresses_are_taken(host: str) -> None:
    with pytest.raises(UsageError) as caught:
        addresses.check_host(host, "172.17.0.1")
    assert caught.value.option == Given("host", host)
    assert caught.value.what.startswith(f"host {host}: ")
    assert caught.value.what_with_flag.startswith(f"--host {host}: ")


def test_an_option_at_fault_is_a_flag_for_who_typed_it() -> None:
    with pytest.raises(UsageError) as caught:
        options.check({"max_vcpus": 0.0})
    assert caught.value.what == "max_vcpus 0: it must be above 0."
    assert caught.value.what_with_flag == "--max-vcpus 0: it must be above 0."
    assert UsageError("Nothing is given.").what_with_flag == "Nothing is given."


def test_the_last_words_of_a_server_are_its_error_with_the_remedy(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(f"2026 INFO: stopping\n{UsageError(' is taken.', option=Given('port', 80), fix='Give none.')}\n")
    assert lifecycle._last_words(log) == "port 80 is taken. Give none."
    log.write_text("")
    assert lifecycle._last_words(log) == "it wrote nothing"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "172.17.0.1"])
def test_loopback_and_the_bridge_are_taken(host: str) -> None:
    addresses.check_host(host, "172.17.0.1")


@pytest.mark.parametrize(
    ("bridge", "resolved", "wanted"),
    [
        ("172.17.0.1", "", "172.17.0.1"),
        (None, "127.0.0.1", "host.docker.internal"),  # Docker Desktop, and a line in this machine's file of hosts
        (None, "192.168.1.7", None),  # what Docker Desktop itself writes there on Windows: nothing listens there
        (None, "", None),
    ],
)
def test_one_address_on_both_sides(
    monkeypatch: pytest.MonkeyPatch, bridge: str | None, resolved: str, wanted: str | None
) -> None:
    monkeypatch.setattr(addresses, "_resolved", lambda _name: {resolved} - {""})
    assert addresses.shared_by_containers("127.0.0.1", bridge) == wanted


def test_hosts_that_no_proxy_reaches() -> None:
    assert addresses.own_hosts("http://127.0.0.1:1") == ["127.0.0.1", "localhost"]
    assert addresses.own_hosts("http://172.17.0.1:1") == ["127.0.0.1", "localhost", "172.17.0.1"]


def test_marks(tmp_path: Path) -> None:
    assert state_id(tmp_path) == state_id(tmp_path / ".." / tmp_path.name)
    assert state_id(tmp_path) != state_id(tmp_path / "other")
    assert MARK.isidentifier()
    assert started_at(1) is not None
    assert started_at(2**22 + 1) is None


@pytest.mark.parametrize(
    "damage",
    [
        b"\xff\n", b"[]\n", b"null\n", b'"text"\n', b"{}\n", b"\n", b"{\n", b'{"event": "submitted", "job": "x"',
        b"\0" * 9,
        b"[" * 100_000 + b"\n", b'{"event": 1}\n', b'{"event": "container"}\n', b'{"event": "process", "job": "x"}\n',
        b'{"event": "process", "job": "x", "pid": 0, "started": "x"}\n',
        b'{"event": "process", "job": "x", "pid": "1", "started": "x"}\n',
    ],
    ids=lambda damage: repr(damage[:40]),
)  # fmt: skip
def test_a_damaged_journal_is_set_aside_and_its_other_lines_are_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: bytes
) -> None:
    first = Journal(tmp_path, "one")
    first.write({"event": "submitted", "job": "a", "name": "A"})
    before = first.path.read_bytes()
    first.path.write_bytes(damage + before if damage.endswith(b"\n") else before + damage)
    second = Journal(tmp_path, "two")
    assert set(second.left.jobs) == {"a"}
    assert second.path.read_bytes().startswith(before)
    assert second.path.stat().st_mode & 0o777 == 0o600
    (line,) = caplog.messages
    assert "is set aside as jobs.jsonl.damaged-1" in line
    assert damage in (tmp_path / "jobs.jsonl.damaged-1").read_bytes()
    Journal(tmp_path, "three")
    assert not (tmp_path / "jobs.jsonl.damaged-2").exists()


def test_a_job_that_ended_before_it_was_looked_at_is_no_damage(tmp_path: Path) -> None:
    first = Journal(tmp_path, "one")
    first.write({"event": "process", "job": "a", "pid": 9, "started": None})
    assert list(Journal(tmp_path, "two").left.records) == ["a"]


def test_a_journal_names_what_was_left_and_survives_half_a_line(tmp_path: Path) -> None:
    first = Journal(tmp_path, "one")
    first.write({"event": "submitted", "job": "a", "name": "A"})
    first.write({"event": "process", "job": "a", "pid": 1, "started": "x"})
    first.write({"event": "running", "job": "a"})
    first.write({"event": "submitted", "job": "b", "name": "B"})
    first.write({"event": "submitted", "job": "c", "name": "C"})
    first.write({"event": "succeeded", "job": "c"})
    with first.path.open("a") as file:
        file.write('{"event": "subm')
    second = Journal(tmp_path, "two")
    assert first.path.with_name("jobs.jsonl.damaged-1").read_text().endswith('{"event": "subm')
    assert [json.loads(line)["event"] for line in first.path.read_text().splitlines()][-1] == "server-started"
    assert set(second.left.jobs) == {"a", "b"}
    assert list(second.left.records) == ["a"]
    lines = second.account(["a"])
    assert [(line["job"], line["was"]) for line in lines] == [("a", "running"), ("b", "waiting")]
    assert "was stopped" in lines[0]["reason"]
    second.close()
    assert Journal(tmp_path, "three").left.jobs == {}


@pytest.mark.parametrize(("architecture", "machine"), [("amd64", 62), ("arm64", 183)])
def test_the_pause_program_is_an_elf_file_for_its_architecture(architecture: str, machine: int, tmp_path: Path) -> None:
    data = pause_image.program(architecture)
    assert data[:6] == b"\x7fELF\x02\x01"
    assert int.from_bytes(data[18:20], "little") == machine
    here = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine())
    if architecture != here or platform.system() != "Linux":
        return
    file = tmp_path / "pause"
    file.write_bytes(data)
    file.chmod(0o755)
    process = subprocess.Popen([file])
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.2)
    finally:
        process.kill()
        assert process.wait() == -9
