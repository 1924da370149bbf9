"""A reset of the local Batch: all of it and of the services beside it, or nothing, while the server goes on."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator

import pytest
import urllib3
from batch_support import REGION, LocalBatch, started
from botocore.exceptions import ClientError

from local_batch import lifecycle
from local_batch.errors import RefusedError


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBatch]:
    """A server of these tests' own: a reset takes everything from whoever else uses it."""
    options = ("--queues", "default", "--stop-seconds", "30", "--max-vcpus", "2")
    with started(tmp_path_factory.mktemp("reset"), "process", *options) as aws:
        yield aws


def test_a_reset_forgets_batch_and_every_other_service(own: LocalBatch) -> None:
    environment = own.environment()
    queue, definition = own.queue(environment), own.definition("sh", "-c", "trap '' TERM; sleep 100")
    running = own.submit(queue, definition)
    waiting = own.submit(queue, definition, vcpu="2", arrayProperties={"size": 3})
    own.wait(running, "RUNNING")
    s3, sqs = own.client("s3"), own.client("sqs")
    s3.create_bucket(Bucket="things", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="things", Key="one", Body=b"1")
    messages = sqs.create_queue(QueueName="messages")["QueueUrl"]
    rule, events = {"source": ["aws.batch"]}, own.client("events")
    events.put_rule(Name="all", EventPattern=json.dumps(rule))
    files = own.state_dir / "efs" / "fs-12345678"
    files.mkdir(parents=True)
    (files / "left").touch()
    answers: list[object] = []

    def poll() -> None:
        try:
            answers.append(sqs.receive_message(QueueUrl=messages, WaitTimeSeconds=2).get("Messages"))
        except ClientError:  # it came after the reset, on a busy machine
            answers.append(None)

    poller = threading.Thread(target=poll)
    poller.start()  # a long poll does not keep a reset waiting

    began = time.monotonic()
    lifecycle.reset(own.server)

    assert time.monotonic() - began < 20, "SIGTERM, which the job ignores, would have taken 30 s"
    assert own.batch.describe_jobs(jobs=[running, waiting])["jobs"] == []
    assert own.batch.describe_job_definitions()["jobDefinitions"] == []
    queues = own.batch.describe_job_queues()["jobQueues"]
    assert {one["jobQueueName"] for one in queues} == {"default", "default-fargate"}
    assert s3.list_buckets()["Buckets"] == []
    assert sqs.list_queues().get("QueueUrls", []) == []
    assert events.list_rules()["Rules"] == []
    assert own.logs.describe_log_groups()["logGroups"] == []
    assert not files.exists()
    assert lifecycle.status(own.state_dir) == own.server, "same process, same address, same keys"
    history = [json.loads(line)["event"] for line in (own.state_dir / "jobs.jsonl").read_text().splitlines()]
    assert history[-2:] == ["failed", "server-reset"]
    poller.join()
    assert len(answers) == 1

    # It works as a new one does, and a job of the same names finds nothing of the old ones.
    done = own.wait(own.submit("default", own.definition("echo", "again")))
    assert (done["status"], own.lines(done)) == ("SUCCEEDED", ["again"])


def test_only_the_owner_resets(own: LocalBatch) -> None:
    own.definition("true")
    url = f"{own.server.endpoint_url}/_batch/reset"
    for headers in ({}, {"Authorization": own.signed("batch")}):
        assert urllib3.request("POST", url, headers=headers, retries=False).status == 403
    assert own.batch.describe_job_definitions()["jobDefinitions"]


def test_the_default_queues_are_there_in_every_region(own: LocalBatch) -> None:
    batch = own.client("batch", "eu-central-1")
    found = {one["jobQueueName"]: one for one in batch.describe_job_queues()["jobQueues"]}
    assert {name: (one["status"], one["jobQueueType"]) for name, one in found.items()} == {
        "default": ("VALID", "ECS"),
        "default-fargate": ("VALID", "ECS_FARGATE"),
    }
    types = {
        one["computeEnvironmentName"]: one["computeResources"]["type"]
        for one in batch.describe_compute_environments()["computeEnvironments"]
    }
    assert types == {"default": "EC2", "default-fargate": "FARGATE"}
    fargate = own.wait(own.submit("default-fargate", own.definition("true", vcpu="0.25", memory="512", fargate=True)))
    assert fargate["status"] == "SUCCEEDED"


def test_the_time_scale_changes_while_it_runs_and_a_reset_takes_it_back(own: LocalBatch) -> None:
    definition = own.definition("sleep", "100", timeout={"attemptDurationSeconds": 600})
    lifecycle.set_time_scale(own.server, 6000)
    assert own.wait(own.submit("default", definition), "FAILED")["statusReason"].startswith("Job attempt duration")
    with pytest.raises(RefusedError, match="above 0"):
        lifecycle.set_time_scale(own.server, -1)
    lifecycle.reset(own.server)
    job = own.submit("default", own.definition("sleep", "1", timeout={"attemptDurationSeconds": 600}))
    assert own.wait(job)["status"] == "SUCCEEDED"


def test_capacity_is_taken_and_given_back(own: LocalBatch) -> None:
    lifecycle.set_capacity(own.server, "default", available=False)
    job = own.submit("default", own.definition("true"))
    own.until(lambda: str(own.job(job).get("statusReason", "")).startswith("CAPACITY:"))
    lifecycle.set_capacity(own.server, "default", available=True)
    assert own.wait(job)["status"] == "SUCCEEDED"
    with pytest.raises(RefusedError, match="not found"):
        lifecycle.set_capacity(own.server, "none", available=True)
