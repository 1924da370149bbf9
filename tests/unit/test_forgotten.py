"""Jobs that AWS Batch has forgotten, from their events: in any order, more than once, and for every command."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from toolkit_support import DATA

from awa_batch.batch.failures import CallError
from awa_batch.batch.jobs import describe_jobs, submit_job
from awa_batch.batch.logs import TooManyPagesError
from awa_batch.batch.memory import forgotten_words, give_memory, memory_of
from awa_batch.cli.main import cli
from awa_batch.cli.runs import ids_of_run, jobs_of_run
from awa_batch.contract import Contract
from awa_batch.errors import UsageError
from awa_batch.history import Submission, record
from awa_batch.history.forgotten import _ID as ID
from awa_batch.history.forgotten import DAY, MARGIN, Forgotten
from awa_batch.history.records import Records
from awa_batch.job import JobSpec
from awa_batch.observe import list_children, list_recent
from awa_batch.report.events import starting_times
from awa_batch.request import build_request
from awa_batch.request.submitter import SUBMITTED_BY, submitter
from awa_batch.submission.plan import name_prefix, run_mark

ARN = "arn:aws:batch:ap-northeast-1:123456789012"
QUEUE = f"{ARN}:job-queue/awa-batch-local-ec2-high-priority"
GROUP = "/aws/events/awa-batch-local"
START = 1_700_000_000_000
STATES = ("SUBMITTED", "RUNNABLE", "STARTING", "RUNNING")


def event(job_id: str, status: str, at: int = 0, attempts: int = 0, **more: Any) -> str:
    """Return an event as EventBridge writes it into a log group."""
    ended = {"stoppedAt": START + at * 1000} if status in ("SUCCEEDED", "FAILED") else {}
    detail = {
        "jobId": job_id,
        "jobName": f"name-{job_id}",
        "jobQueue": QUEUE,
        "jobDefinition": f"{ARN}:job-definition/awa-batch-local-ec2-sample:3",
        "status": status,
        "createdAt": START,
        "attempts": [{"startedAt": START, "stoppedAt": START + 1}] * attempts,
        "container": {"image": "x"},
        **ended,
        **more,
    }
    head = {
        "version": "0",
        "id": f"{job_id}-{status}-{at}",
        "time": f"2023-11-14T22:{at:02}:00Z",
        "source": "aws.batch",
    }
    return json.dumps({**head, "detail-type": "Batch Job State Change", "detail": detail})


def life(job_id: str, end: str, tries: int = 1) -> list[str]:
    """Return the events of a job that was tried so often, in their order."""
    told = [event(job_id, "SUBMITTED", 0)]
    for number in range(tries):
        told += [event(job_id, state, number + 1, number) for state in STATES[1:]]
    return [*told, event(job_id, end, tries + 1, tries)]


# ---------------------------------------------------------------- property
@given(st.data())
def test_what_is_kept_depends_on_no_order_and_no_repetition(data: st.DataObject) -> None:
    jobs = data.draw(
        st.lists(st.tuples(st.sampled_from(["SUCCEEDED", "FAILED"]), st.integers(1, 3)), min_size=1, max_size=4)
    )
    lives = [life(str(number), end, tries) for number, (end, tries) in enumerate(jobs)]
    lives = [told[: data.draw(st.integers(1, len(told)))] for told in lives]  # what has not come yet
    mixed = data.draw(st.permutations([message for told in lives for message in told]))
    mixed += data.draw(st.lists(st.sampled_from(mixed), max_size=10))
    records = Records()
    for message in mixed:
        records.add(message)
    last = {str(number): json.loads(told[-1])["detail"] for number, told in enumerate(lives)}
    assert records.details == last


@pytest.mark.parametrize(
    "message",
    ["", "no json", "[]", '{"detail-type": "Batch Job State Change"}', '{"a": ' + "[" * 100_000,
     event("a", "SUCCEEDED").replace("Batch Job State Change", "Batch Job Queue Blocked"),
     event("a", "SUCCEEDED").replace('"SUCCEEDED"', '"NEW"'), event("a", "RUNNING").replace('"a"', "7")],
)  # fmt: skip
def test_what_is_no_jobs_event_is_passed_over(message: str) -> None:
    records = Records()
    records.add(message)
    assert records.details == {}


# ------------------------------------------------------------ looking for them
class Logs:
    """CloudWatch Logs with these events. It understands no pattern, as moto does not; or it refuses.

    An event's time is when its job was made, and its end where it has one.
    """

    def __init__(self, *messages: str, code: str = "", endless: bool = False) -> None:
        self.messages, self.code, self.endless = list(messages), code, endless
        self.asked: list[dict[str, Any]] = []

    def get_paginator(self, name: str) -> Any:
        assert name == "filter_log_events"
        return SimpleNamespace(paginate=self._pages)

    def _pages(self, **asked: Any) -> Any:
        self.asked.append(asked)
        assert asked["logGroupName"] == GROUP
        assert len(asked["filterPattern"]) <= 1024
        if self.code:
            answer: Any = {"Error": {"Code": self.code, "Message": "no"}}
            raise ClientError(answer, "FilterLogEvents")
        yield {"events": [], "nextToken": "more"}
        for _ in range(50 * self.endless):
            yield {"events": [], "nextToken": "more"}
        found = [one for one in self.messages if asked["startTime"] <= self._time(one) <= asked["endTime"]]
        for at in range(0, len(found), 3):
            yield {"events": [{"message": message} for message in found[at : at + 3]]}

    def _time(self, message: str) -> int:
        detail = json.loads(message)["detail"]
        return int(detail.get("stoppedAt", detail["createdAt"]))


class Batch:
    """AWS Batch that shows one job and has forgotten the others."""

    def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
        return {"jobs": [json.loads(event("here", "RUNNING"))["detail"]] if "here" in jobs else []}

    def get_paginator(self, _name: str) -> Any:
        return SimpleNamespace(paginate=lambda **_: [{"jobSummaryList": []}])


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a minute after the jobs were made, and their ids are short."""
    monkeypatch.setattr("awa_batch.history.forgotten._ID", re.compile(r"[\w-]+"))
    monkeypatch.setattr("awa_batch.history.forgotten.time.time", lambda: START / 1000 + 60)
    monkeypatch.setattr("awa_batch.batch.jobs._SUBMITTED", {})


def windows(clients: Any) -> list[tuple[float, float]]:
    """Return the times in which was looked: days before now."""
    end = START + 60_000 + MARGIN
    return [((end - one["startTime"]) / DAY, (end - one["endTime"]) / DAY) for one in clients.logs.asked]


def made(*messages: str, code: str = "", account: bool = False, endless: bool = False) -> Any:
    value = json.loads((DATA / "contract.json").read_text())
    value["log_groups"]["events"] = GROUP
    if account:
        value["environment"] = "dev"
    logs = Logs(*messages, code=code, endless=endless)
    clients = SimpleNamespace(contract=Contract.checked(value), batch=Batch(), logs=logs)
    give_memory(clients.batch, Forgotten(clients))  # type: ignore[arg-type]
    return clients


def test_what_aws_shows_is_not_looked_for_and_what_it_does_not_is() -> None:
    clients = made(*life("gone", "FAILED", 2))
    found = describe_jobs(clients.batch, ["here", "gone"])
    assert {job_id: one["status"] for job_id, one in found.items()} == {"here": "RUNNING", "gone": "FAILED"}
    assert len(found["gone"]["attempts"]) == 2
    assert list(found) == ["here", "gone"]
    assert describe_jobs(clients.batch, ["gone", "here"])
    assert len(clients.logs.asked) == 1  # what was looked for once is not again
    assert describe_jobs(clients.batch, ["never", "gone"]).keys() == {"gone"}
    asked = len(clients.logs.asked)
    assert describe_jobs(clients.batch, ["never"]) == {}
    assert len(clients.logs.asked) == asked


def test_others_jobs_are_looked_for_from_now_back_until_they_are_found() -> None:
    day = {"createdAt": START - 25 * DAY, "stoppedAt": START - 24 * DAY}
    clients = made(event("old", "SUCCEEDED", **day), event("new", "SUCCEEDED", 1))
    assert describe_jobs(clients.batch, ["new"])
    assert windows(clients) == [(10, 0)]
    assert describe_jobs(clients.batch, ["old"])
    assert windows(clients)[1:] == [(10, 0), (30, 10)]
    clients = made()
    assert describe_jobs(clients.batch, ["never"]) == {}
    looked = windows(clients)
    assert [end for _, end in looked] == [0, *(start for start, _ in looked[:-1])]  # one after the other
    assert looked[-1][0] == 3653
    assert len(looked) == 9


def test_an_arrays_children_are_looked_for_in_the_time_that_it_took() -> None:
    took = {"createdAt": START - 40 * DAY, "stoppedAt": START - 25 * DAY}
    array = event("arr", "FAILED", **took, arrayProperties={"size": 2, "statusSummary": {"FAILED": 2}})
    early = event("arr:0", "FAILED", **took | {"stoppedAt": START - 39 * DAY})
    late = event("arr:1", "FAILED", **took | {"stoppedAt": START - 26 * DAY})
    clients = made(array, early, late)
    assert describe_jobs(clients.batch, ["arr:0", "arr:1"]).keys() == {"arr:0", "arr:1"}  # nobody knew the array
    assert [round(start) for start, _ in windows(clients)] == [10, 30, 40]
    clients = made(array, early, late)
    assert describe_jobs(clients.batch, ["arr"])
    assert "arr*" not in clients.logs.asked[-1]["filterPattern"]  # its 10,000 children need not be read for it
    assert describe_jobs(clients.batch, ["arr:0", "arr:1"]).keys() == {"arr:0", "arr:1"}
    assert [(round(start), round(end)) for start, end in windows(clients)][2:] == [(40, 24)]
    assert '$.detail.jobId = "arr*"' in clients.logs.asked[-1]["filterPattern"]


def test_children_come_with_their_array_in_one_search() -> None:
    children = [event(f"arr:{index}", "FAILED" if index == 7 else "SUCCEEDED", 3, 1, arrayProperties={"index": index})
                for index in range(20)]  # fmt: skip
    clients = made(event("arr", "FAILED", 4, arrayProperties={"size": 20, "statusSummary": {"FAILED": 1}}), *children)
    ids = [f"arr:{index}" for index in range(20)]
    assert list(describe_jobs(clients.batch, ["arr", *ids])) == ["arr", *ids]
    assert [job.index for job in list_children(clients.batch, "arr", "FAILED")] == [7]
    assert len(clients.logs.asked) == 1
    assert '$.detail.jobId = "arr*"' in clients.logs.asked[0]["filterPattern"]


def test_children_of_an_array_that_aws_shows_are_looked_for_from_its_submission_on() -> None:
    clients = made(event("here:1", "FAILED", 1))
    assert describe_jobs(clients.batch, ["here:0", "here:1", "here:99"]).keys() == {"here:1"}
    assert [round(start) for start, _ in windows(clients)] == [0]  # the minute since it was made
    clients = made()
    assert list_children(clients.batch, "here", "SUCCEEDED") == []
    assert clients.logs.asked == []  # none of its children is in that state


def test_what_this_process_has_just_submitted_is_looked_for_no_further_back() -> None:
    sender: Any = SimpleNamespace(submit_job=lambda **_: {"jobId": "lags"})
    submit_job(sender, {"jobName": "n", "jobQueue": "q", "jobDefinition": "d"})
    clients = made()
    assert describe_jobs(clients.batch, ["lags"]) == {}
    assert [round(start) for start, _ in windows(clients)] == [0]


def test_many_ids_are_looked_for_some_at_a_time() -> None:
    ids = [f"0f3cbd9e-14c2-4b5e-9d53-{number:012}" for number in range(51)]
    clients = made(*(event(job_id, "SUCCEEDED", 1) for job_id in ids))
    assert len(describe_jobs(clients.batch, ids[:25])) == 25
    assert len(clients.logs.asked) == 3
    clients = made(*(event(job_id, "SUCCEEDED", 1) for job_id in ids), event("other", "SUCCEEDED", 1))
    assert describe_jobs(clients.batch, ids).keys() == set(ids)
    assert len(clients.logs.asked) == 1  # more than can be named: all that ended
    assert "jobId" not in clients.logs.asked[0]["filterPattern"]


def test_what_a_list_has_is_not_looked_for_again() -> None:
    clients = made(*(event(f"job-{number}", "SUCCEEDED", 1) for number in range(30)), event("arr:0", "FAILED", 1))
    found = list_recent(clients.batch, clients.contract, hours=1)
    assert len(describe_jobs(clients.batch, [job.id for job in found])) == 30
    assert len(clients.logs.asked) == 1
    assert "$.detail.arrayProperties.index NOT EXISTS" in clients.logs.asked[0]["filterPattern"]


def test_a_job_of_this_clone_is_looked_for_from_its_submission_on() -> None:
    record("local", Submission("mine", "n", "q", "d:1", START + 5))
    clients = made(event("mine", "SUCCEEDED", 1), event("other", "SUCCEEDED", 1))
    assert describe_jobs(clients.batch, ["mine"])
    assert describe_jobs(clients.batch, ["other"])
    assert clients.logs.asked[0]["startTime"] == START + 5 - MARGIN
    assert windows(clients)[1] == (10, 0)


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_what_may_not_be_read_is_not_known_and_why_is_told(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clients = made(code=code)
    assert describe_jobs(clients.batch, ["gone"]) == {}
    assert len(clients.logs.asked) == 1  # it is not asked again and again
    told = forgotten_words(clients.batch)
    assert told.startswith("its history cannot be read")
    assert GROUP in told
    with pytest.raises(CallError, match="log group"):
        shown(monkeypatch, made(code=code), "--everybody")


def test_a_call_that_failed_is_no_answer() -> None:
    with pytest.raises(CallError, match="log group"):
        describe_jobs(made(code="ThrottlingException").batch, ["gone"])


def test_what_was_not_read_to_the_end_is_not_taken_for_what_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("awa_batch.history.forgotten.MOST_PAGES", 5)
    clients = made(endless=True)
    with pytest.raises(TooManyPagesError, match="more than 5 answers"):
        describe_jobs(clients.batch, ["gone"])
    assert starting_times(clients, START, START + 1) == {}


def test_what_is_no_id_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("awa_batch.history.forgotten._ID", ID)
    clients = made()
    assert describe_jobs(clients.batch, ["nope", 'a" || $.x = "b', "0f3cbd9e-14c2-4b5e-9d53"]) == {}
    assert clients.logs.asked == []
    assert describe_jobs(clients.batch, ["0f3cbd9e-14c2-4b5e-9d53-000000000001:7"]) == {}
    assert clients.logs.asked


def test_without_a_history_nothing_is_looked_for() -> None:
    assert memory_of(SimpleNamespace()) is None  # type: ignore[arg-type]
    assert describe_jobs(Batch(), ["gone"]) == {}  # type: ignore[arg-type]


@pytest.mark.parametrize(("account", "hours", "looked"), [(False, 1, 1), (True, 24, 0), (True, 24 * 7, 1)])
def test_lists_have_what_aws_lists_no_more(
    account: bool, hours: float, looked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("awa_batch.observe.queries.time.time", lambda: START / 1000 + 60)
    clients = made(*life("gone", "FAILED"), *life("done", "SUCCEEDED"), event("gone:1", "FAILED", 1), account=account)
    found = list_recent(clients.batch, clients.contract, hours=hours)
    assert len(clients.logs.asked) == looked
    assert {job.id: job.status for job in found} == ({"gone": "FAILED", "done": "SUCCEEDED"} if looked else {})
    if looked:
        named = list_recent(clients.batch, clients.contract, hours=hours, name="NAME-go*")
        assert [job.id for job in named] == ["gone"]


def test_a_run_of_another_machine_is_found_by_its_jobs_names() -> None:
    prefix = name_prefix("night", run_mark(made().contract, "night", "sha"))

    def one(job_id: str, name: str, created: int = START) -> str:
        return event(job_id, "FAILED", 1, jobName=name, createdAt=created)

    clients = made(
        one("b", f"{prefix}000002-x"), one("a", f"{prefix}000001-x"), one("twice", f"{prefix}000001-x", START + 5),
        one("other", "night-shift-0123456789-000001-x"), one("plain", "night-x"), one("longer", f"mid{prefix}000001-x"),
        one("before", f"{prefix}000003-x", START - 31 * DAY),
    )  # fmt: skip
    assert ids_of_run(clients, "night") == ["a", "b"]
    assert [job.id for job in jobs_of_run(clients, "night", failed=True)] == ["a", "b"]
    assert '($.detail.jobName = "night-*")' in clients.logs.asked[0]["filterPattern"]
    with pytest.raises(UsageError, match="no such run in local, and no job there is of one"):
        ids_of_run(clients, "evening")
    with pytest.raises(UsageError, match="not a run's name"):
        ids_of_run(clients, 'x" || "')


# ------------------------------------------------------------------ who it was
def test_jobs_say_who_submitted_them_where_that_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWA_BATCH_SUBMITTER", "ci <main>")
    value = json.loads((DATA / "contract.json").read_text())
    plain = build_request(Contract.checked(value), JobSpec(definition="ec2-sample"))
    assert SUBMITTED_BY not in plain.submit_job.get("tags", {})
    kept = build_request(made().contract, JobSpec(definition="ec2-sample", tags={"team": "x"}))
    assert kept.submit_job["tags"] == {SUBMITTED_BY: "ci _main_", "team": "x"}
    monkeypatch.delenv("AWA_BATCH_SUBMITTER")
    assert "@" in submitter()


def shown(monkeypatch: pytest.MonkeyPatch, clients: Any, *words: str) -> Any:
    monkeypatch.setattr("awa_batch.cli.commands.history.open_environment", lambda *_: clients)
    monkeypatch.setattr("awa_batch.cli.commands.history.time.time", lambda: START / 1000 + 60)
    done = CliRunner().invoke(cli, ["history", *words], env={"COLUMNS": "160"})
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_history_of_everybody_has_each_job_as_it_was_last(monkeypatch: pytest.MonkeyPatch) -> None:
    by = {"tags": {SUBMITTED_BY: "alice@laptop"}}
    clients = made(event("a", "RUNNING", 2, **by), event("a", "SUBMITTED", 1, **by), *life("b", "FAILED"))
    value = json.loads(shown(monkeypatch, clients, "--everybody", "-o", "json").stdout)
    assert [(one["job_id"], one["status"], one["submitted_by"]) for one in value] == [
        ("b", "FAILED", None),
        ("a", "RUNNING", "alice@laptop"),
    ]
    table = shown(monkeypatch, clients, "--everybody").stdout
    assert "alice@laptop" in table
    assert shown(monkeypatch, clients, "--everybody", "-o", "id", "-n", "1").stdout == "b\n"


def test_an_environment_without_a_history_says_how_to_have_one(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = made()
    del clients.contract.log_groups["events"]
    with pytest.raises(UsageError, match="--everybody: local keeps no history"):
        shown(monkeypatch, clients, "--everybody")
    with pytest.raises(UsageError, match="--since goes with --everybody alone"):
        shown(monkeypatch, clients, "--since", "7d")
