"""Jobs that AWS Batch has forgotten, from their events: in any order, more than once, and for every command."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from toolkit_support import DATA

from awa_batch.batch.jobs import describe_jobs
from awa_batch.batch.memory import give_memory, memory_of
from awa_batch.cli.main import cli
from awa_batch.contract import Contract
from awa_batch.errors import UsageError
from awa_batch.history import Submission, record
from awa_batch.history.forgotten import MARGIN, Forgotten
from awa_batch.history.records import Records
from awa_batch.job import JobSpec
from awa_batch.observe import list_children, list_recent
from awa_batch.request import build_request
from awa_batch.request.submitter import SUBMITTED_BY, submitter

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
    """CloudWatch Logs with these events. It understands no pattern, as moto does not; or it refuses."""

    def __init__(self, *messages: str, code: str = "") -> None:
        self.messages, self.code = list(messages), code
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
        yield {"events": []}
        for at in range(0, len(self.messages), 3):
            yield {"events": [{"message": message} for message in self.messages[at : at + 3]]}


class Batch:
    """AWS Batch that shows one job and has forgotten the others."""

    def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
        return {"jobs": [json.loads(event("here", "RUNNING"))["detail"]] if "here" in jobs else []}

    def get_paginator(self, _name: str) -> Any:
        return SimpleNamespace(paginate=lambda **_: [{"jobSummaryList": []}])


def made(*messages: str, code: str = "", account: bool = False) -> Any:
    value = json.loads((DATA / "contract.json").read_text())
    value["log_groups"]["events"] = GROUP
    if account:
        value["environment"] = "dev"
    clients = SimpleNamespace(contract=Contract.checked(value), batch=Batch(), logs=Logs(*messages, code=code))
    give_memory(clients.batch, Forgotten(clients))  # type: ignore[arg-type]
    return clients


def test_what_aws_shows_is_not_looked_for_and_what_it_does_not_is() -> None:
    clients = made(*life("gone", "FAILED", 2))
    found = describe_jobs(clients.batch, ["here", "gone", "never"])
    assert {job_id: one["status"] for job_id, one in found.items()} == {"here": "RUNNING", "gone": "FAILED"}
    assert len(found["gone"]["attempts"]) == 2
    assert list(found) == ["here", "gone"]
    assert describe_jobs(clients.batch, ["gone", "here"])
    assert len(clients.logs.asked) == 1  # what was looked for once is not again


def test_children_come_with_their_array_in_one_search() -> None:
    children = [event(f"arr:{index}", "FAILED" if index == 7 else "SUCCEEDED", 3, 1, arrayProperties={"index": index})
                for index in range(20)]  # fmt: skip
    clients = made(event("arr", "FAILED", 4, arrayProperties={"size": 20, "statusSummary": {"FAILED": 1}}), *children)
    ids = [f"arr:{index}" for index in range(20)]
    assert list(describe_jobs(clients.batch, ["arr", *ids])) == ["arr", *ids]
    assert [job.index for job in list_children(clients.batch, "arr", "FAILED")] == [7]
    assert len(clients.logs.asked) == 1
    assert '$.detail.jobId = "arr*"' in clients.logs.asked[0]["filterPattern"]


def test_many_ids_are_looked_for_some_at_a_time() -> None:
    ids = [f"0f3cbd9e-14c2-4b5e-9d53-{number:012}" for number in range(25)]
    clients = made(*(event(job_id, "SUCCEEDED", 1) for job_id in ids))
    assert len(describe_jobs(clients.batch, ids)) == 25
    assert len(clients.logs.asked) == 3


def test_a_job_of_this_clone_is_looked_for_from_its_submission_on() -> None:
    record("local", Submission("mine", "n", "q", "d:1", START + 5))
    clients = made(event("mine", "SUCCEEDED", 1), event("other", "SUCCEEDED", 1))
    assert describe_jobs(clients.batch, ["mine"])
    assert describe_jobs(clients.batch, ["other"])
    assert [asked["startTime"] for asked in clients.logs.asked] == [START + 5 - MARGIN, 0]


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_what_may_not_be_read_is_not_known(code: str) -> None:
    assert describe_jobs(made(code=code).batch, ["gone"]) == {}


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
