"""The local Batch in front of another emulator: another server of moto's, which stands for any."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import urllib3
from batch_support import REGION, LocalBatch, refused, started
from botocore.config import Config
from botocore.exceptions import ClientError

from local_batch import lifecycle
from local_batch.errors import RefusedError


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the other emulator."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    log = (tmp_path_factory.mktemp("emulator") / "log").open("wb")
    process = subprocess.Popen(command, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        LocalBatch.until(lambda: _answers(url), 60, lambda: f"no answer of {url}; it ended: {process.poll()}")
        yield url
    finally:
        process.kill()
        process.wait()
        log.close()


def _answers(url: str) -> bool:
    try:
        return urllib3.request("GET", f"{url}/moto-api/seed", retries=False, timeout=5).status > 0
    except urllib3.exceptions.HTTPError:
        return False


@pytest.fixture(scope="module")
def front(emulator: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBatch]:
    """The local Batch in front of it."""
    options = ("--queues", "default", "--upstream", emulator, "--upstream-reset", "/moto-api/reset")
    with started(tmp_path_factory.mktemp("front"), "process", *options, "--max-vcpus", "4") as aws:
        yield aws


def there(emulator: str, service: str) -> Any:
    session: Any = boto3.session.Session()
    return session.client(
        service,
        endpoint_url=emulator,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(proxies={}),
    )


def test_all_but_batch_is_the_other_emulators(front: LocalBatch, emulator: str) -> None:
    s3, same = front.client("s3"), there(emulator, "s3")
    s3.create_bucket(Bucket="shared", CreateBucketConfiguration={"LocationConstraint": REGION})
    body = bytes(range(256)) * 4096
    s3.put_object(Bucket="shared", Key="a/b c+ü//d", Body=body, Metadata={"some-thing": "x"})
    got = same.get_object(Bucket="shared", Key="a/b c+ü//d")
    assert (got["Body"].read(), got["Metadata"]) == (body, {"some-thing": "x"})
    assert s3.head_object(Bucket="shared", Key="a/b c+ü//d")["ContentLength"] == len(body)
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket="shared", Key="none")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "shared", "Key": "a/b c+ü//d"})
    assert urllib3.request("GET", url).data == body
    assert there(emulator, "batch").describe_job_queues()["jobQueues"] == []
    assert {one["jobQueueName"] for one in front.batch.describe_job_queues()["jobQueues"]} == {
        "default",
        "default-fargate",
    }


def test_a_job_with_its_secrets_logs_and_events(front: LocalBatch, emulator: str) -> None:
    secret = there(emulator, "secretsmanager").create_secret(Name="s", SecretString='{"k": "from afar"}')["ARN"]
    there(emulator, "ssm").put_parameter(Name="/p", Value="parameter", Type="SecureString")
    messages = front.client("sqs").create_queue(QueueName="ended")["QueueUrl"]
    front.client("events").put_rule(
        Name="ended", EventPattern=json.dumps({"source": ["aws.batch"], "detail": {"status": ["SUCCEEDED"]}})
    )
    arn = front.client("sqs").get_queue_attributes(QueueUrl=messages, AttributeNames=["QueueArn"])["Attributes"]
    front.client("events").put_targets(Rule="ended", Targets=[{"Id": "1", "Arn": arn["QueueArn"]}])
    secrets = [{"name": "ONE", "valueFrom": f"{secret}:k::"}, {"name": "TWO", "valueFrom": "/p"}]
    role = {"executionRoleArn": "arn:aws:iam::123456789012:role/execution"}
    definition = front.definition("sh", "-c", 'echo "$ONE $TWO"', properties={"secrets": secrets, **role})

    done = front.wait(front.submit("default", definition))

    assert (done["status"], front.lines(done)) == ("SUCCEEDED", ["from afar parameter"])
    got = there(emulator, "sqs").receive_message(QueueUrl=messages.replace(front.server.endpoint_url, emulator),
                                                 WaitTimeSeconds=10)["Messages"]  # fmt: skip
    assert json.loads(got[0]["Body"])["detail"]["jobId"] == done["jobId"]
    missing = front.definition("true", properties={"secrets": [{"name": "X", "valueFrom": "/none"}], **role})
    failed = front.wait(front.submit("default", missing), "FAILED")
    assert "invalid parameters: none" in failed["attempts"][0]["container"]["reason"]


def test_keys_that_it_hands_out_are_taken(front: LocalBatch) -> None:
    role = front.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    given = front.client("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    session: Any = boto3.session.Session()
    keys = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }
    batch = session.client("batch", endpoint_url=front.server.endpoint_url, region_name=REGION, **keys)
    assert batch.describe_job_queues()["jobQueues"]
    with pytest.raises(ClientError, match="UnrecognizedClient"):
        session.client(
            "batch", endpoint_url=front.server.endpoint_url, region_name=REGION,
            **keys | {"aws_access_key_id": "AKIA" + "X" * 16},
        ).describe_job_queues()  # fmt: skip


def test_stacks_with_objects_of_batch_are_refused(front: LocalBatch, emulator: str) -> None:
    """The other emulator would make them in a Batch of its own."""
    formation = front.client("cloudformation")
    queue = {"Type": "AWS::Batch::JobQueue", "Properties": {"Priority": 1}}
    with refused("would make the stack's objects of Batch where", code="InvalidAction"):
        formation.create_stack(StackName="s", TemplateBody=json.dumps({"Resources": {"Q": queue}}))
    topic = json.dumps({"Resources": {"T": {"Type": "AWS::SNS::Topic"}}})
    formation.create_stack(StackName="t", TemplateBody=topic)
    assert there(emulator, "cloudformation").describe_stacks()["Stacks"][0]["StackName"] == "t"
    formation.delete_stack(StackName="t")


def test_a_reset_is_of_both(front: LocalBatch, emulator: str) -> None:
    there(emulator, "sqs").create_queue(QueueName="to-go")
    front.definition("true")
    lifecycle.reset(front.server)
    assert "QueueUrls" not in there(emulator, "sqs").list_queues()
    assert front.batch.describe_job_definitions()["jobDefinitions"] == []


def test_the_command_says_what_to_do_where_nothing_can_be_reset(tmp_path: Path) -> None:
    place = ("--state-dir", str(tmp_path))

    def run(*words: str) -> tuple[int, list[str]]:
        command = [sys.executable, "-m", "local_batch", *words, *place]
        done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
        return done.returncode, done.stderr.splitlines()

    with started(tmp_path, "process", "--upstream", "http://127.0.0.1:9") as aws:
        for words in (("reset",), ("reset", "--in-place")):
            assert run(*words) == (
                1,
                [
                    "aws-batch-local: It is not known how http://127.0.0.1:9 is reset; nothing was reset",
                    "  Try again, or begin with an empty Batch: aws-batch-local down, then aws-batch-local up",
                ],
            )
        assert lifecycle.status(tmp_path) == aws.server
        code, said = run("capacity", "none")
        assert code == 1
        assert said[1] == "  See those that are there: aws batch describe-compute-environments"
    code, said = run("up", "--upstream-reset", "/reset")
    assert (code, said[0]) == (2, "aws-batch-local: --upstream-reset /reset resets nothing without an upstream.")


def test_what_cannot_be_reset_or_does_not_answer_is_said(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
        with started(tmp_path / "one", "process", "--upstream", nobody) as aws:
            aws.definition("true")
            with pytest.raises(RefusedError, match="not known how"):
                lifecycle.reset(aws.server)
            with pytest.raises(ClientError, match=r"ServiceUnavailable.*does not answer"):
                aws.client("sqs").list_queues()
            with pytest.raises(ClientError, match=r"ServiceUnavailable.*does not answer"):
                aws.client("s3").list_buckets()
            assert aws.batch.describe_job_definitions()["jobDefinitions"]
        with started(tmp_path / "two", "process", "--upstream", nobody, "--upstream-reset", "/reset") as aws:
            aws.definition("true")
            with pytest.raises(RefusedError, match="no object was reset"):
                lifecycle.reset(aws.server)
            assert aws.batch.describe_job_definitions()["jobDefinitions"]
