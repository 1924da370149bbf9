"""The server itself: started, found, stopped, killed, and safe to have on a machine."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from batch_support import OPTIONS, LocalBatch, make_process_image, refused, started
from botocore.exceptions import ClientError

from local_batch import lifecycle
from local_batch.errors import ServerGoneError, ServerSilentError, ToolError, UsageError
from local_batch.processes import started_at
from local_batch.runners.ownership import marked, state_id

SERVER = [sys.executable, "-m", "local_batch.server"]


def history(state_dir: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (state_dir / "jobs.jsonl").read_text().splitlines()]


def run_server(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*SERVER, *options], capture_output=True, text=True, timeout=60, check=False)


# -- life


def test_start_status_stop(tmp_path: Path) -> None:
    said: list[str] = []
    assert lifecycle.status(tmp_path) is None
    assert lifecycle.stop(tmp_path) is False
    server = lifecycle.start(tmp_path, "process", say=said.append)
    try:
        assert len(said) == 1
        assert server.endpoint_url in said[0]
        assert lifecycle.status(tmp_path) == server
        assert lifecycle.start(tmp_path, "process") == server
        assert json.loads((tmp_path / "server.json").read_text()) == server.as_dict()
        asked = LocalBatch(server, tmp_path).own_call()
        with urllib.request.urlopen(
            urllib.request.Request(f"{server.endpoint_url}/_batch/health", headers=asked)
        ) as reply:
            assert json.load(reply) == server.as_dict()
        assert (tmp_path / "server.log").stat().st_size
    finally:
        assert lifecycle.stop(tmp_path) is True
    assert lifecycle.status(tmp_path) is None
    assert not (tmp_path / "server.json").exists()
    assert started_at(server.pid) is None


def test_two_starts_at_once_make_one_server(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: lifecycle.start(tmp_path, "process"), range(2))
    try:
        assert first == second
    finally:
        lifecycle.stop(tmp_path)


def test_a_killed_server_is_noticed_and_replaced(tmp_path: Path) -> None:
    first = lifecycle.start(tmp_path, "process")
    os.kill(first.pid, signal.SIGKILL)
    os.waitpid(first.pid, 0)
    with pytest.raises(ServerGoneError) as gone:
        lifecycle.status(tmp_path)
    assert gone.value.exit_code == 4
    assert gone.value.last == first
    second = lifecycle.start(tmp_path, "process")
    try:
        assert second.server_id != first.server_id
        assert lifecycle.status(tmp_path) == second
    finally:
        lifecycle.stop(tmp_path)


def test_a_silent_server_is_not_taken_for_gone_and_can_be_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = lifecycle.start(tmp_path, "process")
    monkeypatch.setattr(lifecycle, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(lifecycle, "SILENT_SECONDS", 0.5)
    os.kill(server.pid, signal.SIGSTOP)
    with pytest.raises(ServerSilentError, match=f"pid {server.pid}"):
        lifecycle.status(tmp_path)
    assert lifecycle.stop(tmp_path) is True
    assert started_at(server.pid) is None
    assert lifecycle.status(tmp_path) is None


def test_another_process_under_the_old_pid_and_port_is_not_the_server(tmp_path: Path) -> None:
    server = lifecycle.start(tmp_path, "process")
    try:
        path = tmp_path / "server.json"
        path.write_text(path.read_text().replace(server.server_id, "00000000-0000-0000-0000-000000000000"))
        with pytest.raises(ServerGoneError):
            lifecycle.status(tmp_path)
    finally:
        os.kill(server.pid, signal.SIGTERM)
        while started_at(server.pid):
            os.waitpid(server.pid, 0)


def test_stopping_stops_the_jobs(tmp_path: Path) -> None:
    with started(tmp_path, "process") as aws:
        job = aws.submit(aws.queue(), aws.definition("sh", "-c", "setsid sleep 600 & sleep 600"))
        aws.wait(job, "RUNNING")
        mark = state_id(tmp_path)
        assert len(marked(mark)) >= 2
    assert marked(mark) == {}
    last = [line for line in history(tmp_path) if line.get("job") == job][-1]
    assert (last["event"], last["reason"]) == ("failed", "The local AWS was stopped")


@pytest.mark.parametrize("runner", ["process", "docker"])
def test_a_killed_servers_jobs_are_stopped_and_accounted_for(
    tmp_path: Path, runner: str, request: pytest.FixtureRequest
) -> None:
    if runner == "docker":
        request.getfixturevalue("docker_aws")  # skips, or fails in CI, where there is no engine
    make_process_image(tmp_path)
    aws = LocalBatch(lifecycle.start(tmp_path, runner, options=OPTIONS), tmp_path)
    queue = aws.queue(vcpus=2)
    done = aws.submit(queue, aws.definition("true"), jobName="done")
    aws.wait(done)
    # The second one leaves its process group: only the mark in its environment tells whose it is.
    definition = aws.definition("sh", "-c", "setsid sleep 600 & sleep 600")
    jobs = [aws.submit(queue, definition, jobName=f"running-{n}") for n in range(2)]
    for job in jobs:
        aws.wait(job, "RUNNING")
    waiting = aws.submit(queue, definition, jobName="waiting")
    aws.wait(waiting, "RUNNABLE")
    os.kill(aws.server.pid, signal.SIGKILL)
    os.waitpid(aws.server.pid, 0)
    if runner == "process":
        assert marked(state_id(tmp_path))
    lifecycle.start(tmp_path, runner, options=OPTIONS)
    try:
        lost = {line["job"]: line for line in history(tmp_path) if line["event"] == "lost"}
        assert set(lost) == {*jobs, waiting}
        assert {lost[job]["was"] for job in jobs} == {"running"}
        assert all("was stopped" in lost[job]["reason"] for job in jobs)
        assert lost[waiting]["was"] == "waiting"
        assert "had not started" in lost[waiting]["reason"]
        if runner == "process":
            assert marked(state_id(tmp_path)) == {}
        else:
            from local_batch.runners.docker_runner import STATE_LABEL, connect

            label = f"{STATE_LABEL}={state_id(tmp_path)}"
            assert connect().containers(all=True, filters={"label": label}) == []
        assert "waiting" in (tmp_path / "server.log").read_text()
    finally:
        lifecycle.stop(tmp_path)


@pytest.mark.parametrize("runner", ["process", "docker"])
def test_stopping_after_the_server_was_killed_ends_what_it_left(
    tmp_path: Path, runner: str, request: pytest.FixtureRequest
) -> None:
    if runner == "docker":
        request.getfixturevalue("docker_aws")  # skips, or fails in CI, where there is no engine
    make_process_image(tmp_path)
    aws = LocalBatch(lifecycle.start(tmp_path, runner, options=OPTIONS), tmp_path)
    job = aws.submit(aws.queue(vcpus=1), aws.definition("sh", "-c", "setsid sleep 600 & sleep 600"))
    aws.wait(job, "RUNNING")
    os.kill(aws.server.pid, signal.SIGKILL)
    os.waitpid(aws.server.pid, 0)
    (tmp_path / "server.json").write_text("damaged")  # the journal knows it too
    left = running_of(tmp_path, runner)
    assert left()
    if runner == "docker":
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
            with pytest.raises(ToolError, match="its containers may still run"):
                lifecycle.stop(tmp_path)
        assert left()
    assert lifecycle.stop(tmp_path) is True
    assert left() == []
    last = [line for line in history(tmp_path) if line.get("job") == job][-1]
    assert (last["event"], last["was"]) == ("lost", "running")
    assert "was stopped" in last["reason"]
    assert not (tmp_path / "server.json").exists()
    assert lifecycle.stop(tmp_path) is False  # there is nothing any more


def running_of(state_dir: Path, runner: str) -> Callable[[], list[Any]]:
    """Return a look at what a state directory's servers have started and is there."""
    mark = state_id(state_dir)
    if runner == "process":
        return lambda: [pid for pid in marked(mark) if started_at(pid)]
    from local_batch.runners.docker_runner import STATE_LABEL, connect

    client = connect()
    return lambda: list(client.containers(all=True, filters={"label": f"{STATE_LABEL}={mark}"}))


@pytest.mark.parametrize("damage", [b"\xff", b"[]", b"{", b"", b'{"pid": "x"}', b"[" * 100_000])
def test_a_damaged_server_file_is_set_aside_with_a_line(tmp_path: Path, damage: bytes) -> None:
    for name in ("server.json", "jobs.jsonl", "credentials.json", "server.lock"):
        (tmp_path / name).write_bytes(damage)
    said: list[str] = []
    server = lifecycle.start(tmp_path, "process", say=said.append)
    try:
        assert lifecycle.status(tmp_path) == server
        assert len([line for line in said if "is set aside as server.json.damaged-1" in line]) == 1
        assert len([line for line in said if "is set aside as jobs.jsonl.damaged-1" in line]) == (1 if damage else 0)
        assert (tmp_path / "server.json.damaged-1").read_bytes() == damage
    finally:
        assert lifecycle.stop(tmp_path) is True


def test_a_server_whose_files_were_damaged_is_stopped_all_the_same(tmp_path: Path) -> None:
    for name in ("server.json", "credentials.json"):
        server = lifecycle.start(tmp_path, "process")
        (tmp_path / name).write_bytes(b"\xff")
        with pytest.raises((ToolError, UsageError)):  # whichever file it was
            lifecycle.start(tmp_path, "process")
        assert lifecycle.stop(tmp_path) is True
        assert started_at(server.pid) is None
        assert lifecycle.stop(tmp_path) is False


def test_a_restart_says_nothing_of_jobs_that_had_ended(tmp_path: Path) -> None:
    with started(tmp_path, "process") as aws:
        aws.run("true")
    with started(tmp_path, "process"):
        assert not [line for line in history(tmp_path) if line["event"] == "lost"]


def test_ended_jobs_are_forgotten_after_their_time(tmp_path: Path) -> None:
    with started(tmp_path, "process", "--keep-seconds", "1") as aws:
        queue, definition = aws.queue(), aws.definition("true")
        job = aws.submit(queue, definition)
        array = aws.submit(queue, definition, arrayProperties={"size": 2})
        aws.wait(array)
        aws.until(lambda: aws.batch.describe_jobs(jobs=[job, array, f"{array}:0"])["jobs"] == [])
        assert aws.statuses(queue) == {}


def test_sigterm_is_followed_by_sigkill_after_the_time_given(tmp_path: Path) -> None:
    with started(tmp_path, "process", "--stop-seconds", "0.2") as aws:
        job = aws.submit(aws.queue(), aws.definition("sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.1; done"))
        aws.wait(job, "RUNNING")
        aws.until(lambda: aws.lines(aws.job(job)) == ["up"])
        aws.batch.terminate_job(jobId=job, reason="now")
        assert aws.wait(job)["attempts"][0]["container"]["exitCode"] == 137


# -- bad input


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.2", "::", "example.org"])
def test_a_public_address_is_refused(tmp_path: Path, host: str) -> None:
    done = run_server("--state-dir", str(tmp_path), "--runner", "process", "--host", host)
    assert done.returncode == 2
    assert done.stderr.startswith(f"host {host}: ")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "server.json").exists()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run_server("--state-dir", str(tmp_path), "--runner", "process", "--port", port)
        assert done.returncode == 2
        assert done.stderr.startswith(f"port {port} is taken on 127.0.0.1.")
        with pytest.raises(UsageError, match=f"did not start: port {port} is taken"):
            lifecycle.start(tmp_path, "process", options=["--port", port])


def test_bad_numbers_are_named(tmp_path: Path) -> None:
    for option in ("--max-vcpus", "--time-scale", "--stop-seconds", "--keep-seconds"):
        done = run_server("--state-dir", str(tmp_path), option, "-1")
        assert done.returncode == 2
        assert done.stderr.startswith(f"{option[2:].replace('-', '_')} -1: it must be above 0.")
    assert run_server("--state-dir", str(tmp_path), "--port", "70000").returncode == 2


def test_no_engine_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    done = run_server("--state-dir", str(tmp_path), "--runner", "docker")
    assert done.returncode == 1
    assert "no Docker engine answers" in done.stderr
    server = lifecycle.start(tmp_path, "auto")
    try:
        assert server.runner == "process"
        assert server.runner_reason.startswith("no Docker engine answers")
    finally:
        lifecycle.stop(tmp_path)


def test_a_second_server_on_one_directory_is_refused(process_aws: LocalBatch) -> None:
    done = run_server("--state-dir", str(process_aws.state_dir), "--runner", "process")
    assert done.returncode == 2
    assert "runs already" in done.stderr


# -- safety and the wire


def test_it_listens_on_loopback_only(process_aws: LocalBatch) -> None:
    port = f":{process_aws.server.port:04X}"
    lines = [
        line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
    ]
    addresses = {line[1] for line in lines if line[3] == "0A" and line[1].endswith(port)}
    assert addresses == {"0100007F" + port}


def test_nothing_passes_through_a_shell(process_aws: LocalBatch, tmp_path: Path) -> None:
    aws = process_aws
    target = tmp_path / "made"
    job = aws.wait(
        aws.submit(
            aws.queue(), aws.definition("echo", "Ref::x"), parameters={"x": f"; touch {target}; $(touch {target})"}
        )
    )
    assert aws.lines(job) == [f"; touch {target}; $(touch {target})"]
    assert not target.exists()


def test_broken_requests_are_answered(process_aws: LocalBatch) -> None:
    def post(path: str, body: bytes) -> tuple[int, str, dict[str, Any]]:
        own = path.startswith("/_batch/")
        headers = process_aws.own_call() if own else {"Authorization": process_aws.signed("batch")}
        request = urllib.request.Request(process_aws.server.endpoint_url + path, body, headers, method="POST")
        try:
            with urllib.request.urlopen(request) as reply:
                return reply.status, "", json.load(reply)
        except urllib.error.HTTPError as error:
            return error.code, error.headers["x-amzn-ErrorType"], json.load(error)

    assert post("/v1/describejobs", b"{")[:2] == (400, "SerializationException")
    assert post("/v1/describejobs", b"[]")[:2] == (400, "SerializationException")
    assert post("/v1/describejobs", b'{"jobs": "x"}')[:2] == (400, "SerializationException")
    code, kind, answer = post("/v1/describejobs", b"{}")
    assert (code, kind) == (400, "ClientException")
    assert "'jobs' failed to satisfy constraint: Member must not be null" in answer["message"]
    assert post("/v1/listjobs", b'{"jobQueue": "q", "jobStatus": "NO"}')[2]["message"].count("enum value set") == 1
    assert post("/v1/submitservicejob", b"{}")[:2] == (400, "ClientException")
    assert post("/_batch/reclaim", b"{}")[0] == 400


def test_what_is_not_there_says_so(process_aws: LocalBatch) -> None:
    with refused("Service jobs are not there in the local AWS Batch"):
        process_aws.batch.submit_service_job(
            jobName="j", jobQueue="q", serviceRequestPayload="{}", serviceJobType="SAGEMAKER_TRAINING"
        )


def test_every_operation_of_the_model_is_there_or_named_as_missing() -> None:
    from local_batch.operations.table import OPERATIONS

    known = set(botocore.session.get_session().get_service_model("batch").operation_names)
    missing = known - set(OPERATIONS)
    text = (Path(__file__).resolve().parents[2] / "scripts/local_batch/docs/conformance.md").read_text()
    assert [name for name in missing if f"`{name}`" not in text] == []
    assert set(OPERATIONS) <= known


def test_large_objects_go_through_to_s3(process_aws: LocalBatch, tmp_path: Path) -> None:
    s3, bucket = process_aws.client("s3"), process_aws.name("bucket")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    data = os.urandom(20 << 20)
    s3.put_object(Bucket=bucket, Key="a b/ü+%.bin", Body=data, Metadata={"some_key": "v"}, ChecksumAlgorithm="CRC32")
    found = s3.get_object(Bucket=bucket, Key="a b/ü+%.bin")
    assert found["Body"].read() == data
    assert found["Metadata"] == {"some_key": "v"}
    part = s3.get_object(Bucket=bucket, Key="a b/ü+%.bin", Range="bytes=10-19")
    assert part["Body"].read() == data[10:20]
    assert s3.head_object(Bucket=bucket, Key="a b/ü+%.bin")["ContentLength"] == len(data)
    path = tmp_path / "big"
    path.write_bytes(data)
    s3.upload_file(str(path), bucket, "multi")  # several parts, in threads
    s3.download_file(bucket, "multi", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == data

    def chunks() -> Any:
        for start in range(0, len(data), 1 << 20):
            yield data[start : start + (1 << 20)]

    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", process_aws.server.port)
    connection.request(
        "PUT",
        f"/{bucket}/chunked",
        body=chunks(),
        headers={"Transfer-Encoding": "chunked", "Authorization": process_aws.signed("s3")},
        encode_chunked=True,
    )
    assert connection.getresponse().status == 200
    assert s3.get_object(Bucket=bucket, Key="chunked")["Body"].read() == data


def test_one_connection_serves_many_requests(process_aws: LocalBatch) -> None:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", process_aws.server.port)
    sockets = set()
    for _ in range(3):
        signed = {"Authorization": process_aws.signed("batch")}
        connection.request("POST", "/v1/describejobs", b'{"jobs": ["x"]}', signed)
        reply = connection.getresponse()
        assert json.load(reply) == {"jobs": []}
        sockets.add(connection.sock)
    assert len(sockets) == 1


def test_many_clients_at_once(process_aws: LocalBatch) -> None:
    aws = process_aws
    queue, definition = aws.queue(), aws.definition("true")
    with ThreadPoolExecutor(16) as pool:
        jobs = list(pool.map(lambda n: aws.submit(queue, definition, jobName=f"j{n}"), range(100)))
        names = [aws.name("bucket") for _ in range(20)]
        s3 = aws.client("s3", "us-east-1")
        list(pool.map(lambda name: s3.create_bucket(Bucket=name), names))
    assert len(set(jobs)) == 100
    assert [aws.wait(job)["status"] for job in jobs] == ["SUCCEEDED"] * 100
    assert set(names) <= {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}


def test_a_long_poll_does_not_hold_up_its_sender(process_aws: LocalBatch) -> None:
    sqs = process_aws.client("sqs")
    url = sqs.create_queue(QueueName=process_aws.name("poll"))["QueueUrl"]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=10)
        time.sleep(0.3)
        begun = time.monotonic()
        process_aws.client("sqs").send_message(QueueUrl=url, MessageBody="hello")
        assert waiting.result()["Messages"][0]["Body"] == "hello"
        assert time.monotonic() - begun < 9


def test_a_launch_templates_own_tags_are_not_its_instances(process_aws: LocalBatch) -> None:
    ec2 = process_aws.client("ec2")
    tags = [{"Key": "Name", "Value": "mine"}]
    ec2.create_launch_template(
        LaunchTemplateName="template",
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": tags}],
        LaunchTemplateData={"TagSpecifications": [{"ResourceType": "instance", "Tags": tags}]},
    )
    (version,) = ec2.describe_launch_template_versions(LaunchTemplateName="template")["LaunchTemplateVersions"]
    assert [one["ResourceType"] for one in version["LaunchTemplateData"]["TagSpecifications"]] == ["instance"]
    (template,) = ec2.describe_launch_templates(LaunchTemplateNames=["template"])["LaunchTemplates"]
    assert template["Tags"] == tags


def test_lifecycle_rules_keep_how_many_versions_they_leave(process_aws: LocalBatch) -> None:
    s3, bucket = process_aws.client("s3", "us-east-1"), process_aws.name("bucket")
    s3.create_bucket(Bucket=bucket)
    rules = [
        {
            "ID": f"rule-{n}",
            "Status": "Enabled",
            "Filter": {},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 90, **more},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 3},
        }
        for n, more in enumerate([{"NewerNoncurrentVersions": 10}, {}, {"NewerNoncurrentVersions": 2}])
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == rules


@pytest.mark.parametrize("kinds", [["NONE"], ["SSE-C"]])
def test_a_bucket_keeps_which_kinds_of_encryption_it_blocks(process_aws: LocalBatch, kinds: list[str]) -> None:
    s3, bucket = process_aws.client("s3", "us-east-1"), process_aws.name("bucket")
    s3.create_bucket(Bucket=bucket)
    blocked: dict[str, Any] = {"BlockedEncryptionTypes": {"EncryptionType": kinds}}
    own = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}
    key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/data"}
    named = {"ApplyServerSideEncryptionByDefault": key, "BucketKeyEnabled": True}
    for given, shown in (blocked, own | blocked), (named | blocked, named | blocked), (named, named):
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [given]})
        assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"] == [shown]
    with pytest.raises(ClientError, match="MalformedXML"):
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [{}]})


@pytest.mark.parametrize(
    ("service", "operation", "members", "words"),
    [
        ("cloudformation", "validate_template", {"TemplateBody": "{}"}, "failed in ValidateTemplate of cloudformation"),
        ("glue", "get_databases", {}, "does not serve glue: "),
        ("braket", "get_device", {"deviceArn": "arn:x"}, "does not serve braket: "),
        ("ec2", "describe_ipams", {}, "does not serve DescribeIpams of ec2: "),
        ("events", "describe_endpoint", {"Name": "n"}, "does not serve DescribeEndpoint of events: "),
    ],
)  # fmt: skip
def test_what_moto_does_not_have_is_said(
    process_aws: LocalBatch, service: str, operation: str, members: dict[str, Any], words: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(process_aws.client(service), operation)(**members)
    answer = caught.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert words in answer["Error"]["Message"]


def test_a_failure_of_moto_is_answered(process_aws: LocalBatch) -> None:
    # moto reads a header that every request of DynamoDB has, and raises a KeyError where there is none.
    request = urllib.request.Request(
        process_aws.server.endpoint_url, b"{}", {"Authorization": process_aws.signed("dynamodb")}, method="POST"
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 501
    assert "failed in POST / of dynamodb" in caught.value.read().decode()
