"""Whatever the server does, a submission makes exactly one job and tells its id, or says that it cannot tell."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from scripted_batch import PAGES, ScriptedBatch, lead_to

from awa_batch.batch.clients import Clients
from awa_batch.batch.failures import CallError
from awa_batch.batch.listing import ids_by_name
from awa_batch.batch.patience import Outage
from awa_batch.cli.words import FlagWords
from awa_batch.contract import Contract
from awa_batch.errors import AwsError
from awa_batch.job import JobSpec
from awa_batch.limits import MAX_REQUEST_BYTES
from awa_batch.limits.size import request_size
from awa_batch.request import JobRequest, build_request
from awa_batch.submission import Submitted, send_request, submit_request
from awa_batch.submission.care import LOOKUP_WAITS, Care, lookup_waits
from awa_batch.submission.single import MAX_TRIES

NOT_ACCEPTED = ["throttle", "500", "502", "drop", "timeout"]
LOST_ANSWERS = ["accept+500", "accept+502", "accept+drop", "accept+timeout", "accept+garbage", "accept+cut"]
LOST_ANSWERS += [f"accept+{page}" for page in PAGES]


def submit(clients: Clients, job: JobRequest) -> Submitted:
    return submit_request(clients.batch_submit, clients.batch, job)


def test_a_good_server_is_asked_once(clients: Clients, server: ScriptedBatch, job: JobRequest) -> None:
    assert submit(clients, job) == Submitted("id-1", job.job_name)
    assert (server.submits, server.lookups) == (1, 0)


@pytest.mark.parametrize("fault", NOT_ACCEPTED)
def test_not_accepted_is_sent_again(
    fault: str, clients: Clients, server: ScriptedBatch, job: JobRequest, waits: list[float]
) -> None:
    server.script = [fault, fault]
    assert submit(clients, job) == Submitted("id-1", job.job_name, resent=fault != "throttle")
    assert server.acceptances(job.job_name) == ["id-1"]
    assert server.submits == 3
    assert waits


@pytest.mark.parametrize("fault", LOST_ANSWERS)
def test_a_lost_answer_is_found_by_name(
    fault: str, clients: Clients, server: ScriptedBatch, job: JobRequest, waits: list[float]
) -> None:
    server.script = [fault]
    assert submit(clients, job) == Submitted("id-1", job.job_name, found=True)
    assert server.acceptances(job.job_name) == ["id-1"]
    assert (server.submits, server.lookups) == (1, 1)
    assert waits == [LOOKUP_WAITS[0]]


def test_a_job_has_some_seconds_to_show_up_before_it_is_sent_again() -> None:
    assert len(LOOKUP_WAITS) >= 3
    assert sum(LOOKUP_WAITS) == 30  # lags of 12 s have doubled jobs
    assert LOOKUP_WAITS[0] <= 0.5
    for seconds in (1, 7.25, 60, 3600):
        assert sum(lookup_waits(seconds)) == pytest.approx(seconds)


@pytest.mark.parametrize("fault", LOST_ANSWERS)
def test_a_job_that_is_listed_late_is_not_sent_again(
    fault: str, clients: Clients, server: ScriptedBatch, job: JobRequest, waits: list[float]
) -> None:
    server.script = [fault]
    server.hidden = len(LOOKUP_WAITS) - 1
    assert submit(clients, job).job_id == "id-1"
    assert server.submits == 1
    assert waits == list(LOOKUP_WAITS)


@pytest.mark.parametrize(
    "script",
    [
        ["throttle", "accept+drop"],
        ["drop", "throttle", "500", "accept+timeout"],
        ["timeout", "throttle", "accept+500"],
        ["502", "drop", "drop", "drop", "accept+cut"],
        ["throttle"] * (MAX_TRIES - 1),
        ["500"] * (MAX_TRIES - 1) + ["accept+drop"],
    ],
    ids="-".join,
)
def test_faults_in_a_row_make_one_job(
    script: list[str], clients: Clients, server: ScriptedBatch, job: JobRequest, waits: list[float]
) -> None:
    server.script = script
    assert submit(clients, job).job_id == "id-1"
    assert server.acceptances(job.job_name) == ["id-1"]


def test_every_try_sends_the_same_bytes(
    clients: Clients, server: ScriptedBatch, job: JobRequest, waits: list[float]
) -> None:
    server.script = ["throttle", "500", "drop"]
    submit(clients, job)
    assert len(set(server.bodies)) == 1
    assert json.loads(server.bodies[0]) == job.submit_job


def test_a_lost_job_that_shows_up_after_a_throttled_second_try_is_taken(
    clients: Clients, server: ScriptedBatch, job: JobRequest, waits: list[float]
) -> None:
    server.script = ["accept+drop", "throttle"]
    server.hidden = len(LOOKUP_WAITS)
    assert submit(clients, job) == Submitted("id-1", job.job_name, found=True)
    assert server.acceptances(job.job_name) == ["id-1"]


def test_where_the_name_is_there_twice_the_older_job_is_meant(
    clients: Clients, server: ScriptedBatch, job: JobRequest, waits: list[float]
) -> None:
    server.script = ["accept+drop", "accept+drop"]
    server.hidden = len(LOOKUP_WAITS)
    assert submit(clients, job).job_id == "id-1"


def test_the_lookup_reads_every_page_and_takes_no_namesake(
    clients: Clients, server: ScriptedBatch, job: JobRequest, waits: list[float]
) -> None:
    server.script = ["accept+drop"]
    server.page_size = 2
    server.others = [{"jobName": job.job_name.upper(), "jobId": f"other-{i}", "createdAt": 0} for i in range(5)]
    assert submit(clients, job).job_id == "id-1"
    assert server.lookups == 3


@pytest.mark.parametrize("fault", ["500", "drop", "502"])
def test_what_stays_unclear_names_the_job(
    fault: str, clients: Clients, server: ScriptedBatch, job: JobRequest, waits: list[float]
) -> None:
    server.script = [fault] * MAX_TRIES
    with pytest.raises(AwsError, match=f"unclear whether job {job.job_name} was accepted") as caught:
        submit(clients, job)
    said = FlagWords().say(caught.value.remedy)
    assert said == f"Look for it with `awa-batch status --name {job.job_name}` before you submit again."
    assert caught.value.exit_code == 3
    assert server.submits == MAX_TRIES
    assert max(waits) <= 15


def test_a_lookup_that_is_refused_stops_the_sending(
    clients: Clients, server: ScriptedBatch, job: JobRequest, waits: list[float]
) -> None:
    server.script = ["accept+drop"]
    server.lookup_status = 403
    with pytest.raises(AwsError, match=f"job {job.job_name} was accepted, and it cannot be looked up: .*ListJobs"):
        submit(clients, job)
    assert server.submits == 1


def test_a_refusal_is_final(clients: Clients, server: ScriptedBatch, job: JobRequest, waits: list[float]) -> None:
    server.script = ["refuse"]
    with pytest.raises(AwsError, match=r"hello-abcd2345: ClientException: JobQueue is DISABLED"):
        submit(clients, job)
    assert (server.submits, server.lookups, waits) == (1, 0, [])


def test_a_refusal_after_a_lost_answer_is_still_unclear(
    clients: Clients, server: ScriptedBatch, job: JobRequest, waits: list[float]
) -> None:
    server.script = ["drop", "refuse"]
    with pytest.raises(AwsError, match=r"unclear whether job hello-abcd2345 was accepted: .*DISABLED"):
        submit(clients, job)
    assert server.submits == 2


def test_throttled_to_the_end_says_that_nothing_was_submitted(
    clients: Clients, server: ScriptedBatch, job: JobRequest, waits: list[float]
) -> None:
    server.script = ["throttle"] * 1_000
    with pytest.raises(AwsError, match="throttled job hello-abcd2345 for 5 min 00 s; it was not submitted"):
        submit(clients, job)
    assert server.lookups == 0
    assert 290 <= sum(waits) <= 301
    assert server.submits < 60


def test_an_endpoint_that_nobody_serves_is_waited_for_and_told(
    contract: Contract, job: JobRequest, monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    closed = ScriptedBatch()
    closed.server_close()
    lead_to(monkeypatch, closed.url)
    there = Clients(contract)
    told: list[object] = []
    with pytest.raises(AwsError, match="AWS cannot be reached while submitting hello-abcd2345") as caught:
        submit_request(there.batch_submit, there.batch, job, Care(), Outage(20, told.append))
    assert caught.value.exit_code == 3
    assert "AWS_ENDPOINT_URL" in caught.value.fix
    assert sum(waits) == pytest.approx(20)
    (line,) = told
    assert "trying again for 20 s (--patience sets it)" in FlagWords().say(line)  # type: ignore[arg-type]


def test_without_patience_the_first_failure_is_the_last(
    clients: Clients, server: ScriptedBatch, job: JobRequest, waits: list[float]
) -> None:
    server.script = ["throttle"]
    with pytest.raises(AwsError, match="throttled"):
        submit_request(clients.batch_submit, clients.batch, job, Care(), Outage(0))
    assert (server.submits, waits) == (1, [])


@pytest.mark.parametrize("page", ["503 in Shift-JIS", "200 null", "302"])
def test_an_outage_of_the_looks_is_waited_through(
    page: str, clients: Clients, server: ScriptedBatch, job: JobRequest, waits: list[float]
) -> None:
    server.script = ["accept+drop"]
    server.lookup_pages = [page] * 4
    told: list[object] = []
    outage = Outage(60, told.append)
    assert submit_request(clients.batch_submit, clients.batch, job, Care(), outage).job_id == "id-1"
    assert (server.submits, len(told)) == (1, 2)


def test_without_credentials_nothing_is_sent(
    contract: Contract, server: ScriptedBatch, job: JobRequest, monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "missing")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "missing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(AwsError, match="No AWS credentials while submitting hello-abcd2345"):
        submit(Clients(replace(contract, environment="dev")), job)
    assert (server.submits, waits) == (0, [])


def test_a_requests_size_is_that_of_the_bytes_that_are_sent(
    clients: Clients, server: ScriptedBatch, contract: Contract
) -> None:
    spec = JobSpec("ec2-sample", command=["echo", "é あ"], env={"A": "b"}, params={"p": "ß" * 2000})
    request = build_request(contract, spec)
    submit(clients, request)
    assert request.request_bytes == len(server.bodies[0]) == request_size(request.submit_job)
    assert request.request_bytes < MAX_REQUEST_BYTES


@pytest.mark.parametrize("lag", [7, 12, 25])
def test_a_job_that_is_listed_seconds_later_is_not_doubled(
    lag: float, clients: Clients, server: ScriptedBatch, job: JobRequest, waits: list[float]
) -> None:
    server.script = ["accept+drop"]
    server.hidden = sum(sum(LOOKUP_WAITS[: look + 1]) < lag for look in range(len(LOOKUP_WAITS)))
    assert submit(clients, job) == Submitted("id-1", job.job_name, found=True)
    assert server.submits == 1


def test_what_was_sent_again_is_told(
    clients: Clients, server: ScriptedBatch, job: JobRequest, waits: list[float]
) -> None:
    server.script = ["accept+drop"]
    server.hidden = len(LOOKUP_WAITS)
    assert submit(clients, job) == Submitted("id-2", job.job_name, resent=True)
    server.reset()
    server.script = ["accept+drop", "accept+drop"]
    server.hidden = len(LOOKUP_WAITS)
    assert submit(clients, job) == Submitted("id-1", job.job_name, found=True, resent=True)
    told: list[object] = []
    server.reset()
    server.script = ["drop"]
    send_request(clients, job, tell=told.append)
    assert f"awa-batch status --name {job.job_name}" in FlagWords().say(told[0])  # type: ignore[arg-type]


@pytest.mark.parametrize("fault", ["drop", "accept+drop", "500"])
def test_with_never_double_nothing_is_sent_again(
    fault: str, clients: Clients, server: ScriptedBatch, job: JobRequest, waits: list[float]
) -> None:
    server.script = ["throttle", fault]
    server.hidden = 100
    with pytest.raises(AwsError, match=f"unclear whether job {job.job_name} was accepted: .*not sent again") as caught:
        submit_request(clients.batch_submit, clients.batch, job, Care(lookup_waits=(1.0, 2.0), never_double=True))
    assert f"awa-batch status --name {job.job_name}" in FlagWords().say(caught.value.remedy)
    assert (server.submits, server.lookups) == (2, 2)


@pytest.mark.parametrize("page", [page for page in PAGES if page != "200 job id of a number"])
def test_an_answer_that_is_not_awss_is_passing_for_a_read(page: str, clients: Clients, server: ScriptedBatch) -> None:
    server.lookup_pages = [page] * 20  # more than the SDK tries
    with pytest.raises(CallError) as caught:
        ids_by_name(clients.batch, "arn/q", "n")
    assert caught.value.is_passing
    assert caught.value.fix
