"""The `aws` command against the local Batch, used as its own documentation shows."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from batch_support import REGION, LocalBatch

from bench.peers import aws_command


def run(aws: LocalBatch, *words: str, code: int = 0) -> Any:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    env = kept | {
        "AWS_ENDPOINT_URL": aws.server.endpoint_url,
        **aws.keys.variables(),
        "AWS_DEFAULT_REGION": REGION,
        "AWS_PAGER": "",
    }
    done = subprocess.run(
        [str(aws_command()), *words], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == code, done.stderr
    if code:
        return done.stderr
    try:
        return json.loads(done.stdout) if done.stdout else None
    except ValueError:
        return done.stdout


def test_from_submit_to_logs(process_aws: LocalBatch) -> None:
    aws = process_aws
    queue, definition = aws.queue(), aws.definition("echo", "hello", "Ref::who", parameters={"who": "you"})
    submitted = run(
        aws, "batch", "submit-job", "--job-name", "cli", "--job-queue", queue, "--job-definition", definition,
        "--parameters", "who=cli", "--container-overrides", "environment=[{name=A,value=b}]",
        "--retry-strategy", "attempts=2", "--timeout", "attemptDurationSeconds=60", "--tags", "k=v",
    )  # fmt: skip
    assert submitted["jobName"] == "cli"
    aws.wait(submitted["jobId"])
    (job,) = run(aws, "batch", "describe-jobs", "--jobs", submitted["jobId"])["jobs"]
    assert (job["status"], job["tags"], job["retryStrategy"]["attempts"]) == ("SUCCEEDED", {"k": "v"}, 2)
    listed = run(aws, "batch", "list-jobs", "--job-queue", queue, "--job-status", "SUCCEEDED")["jobSummaryList"]
    assert [one["jobId"] for one in listed] == [submitted["jobId"]]
    events = run(
        aws, "logs", "get-log-events", "--log-group-name", "/aws/batch/job",
        "--log-stream-name", job["container"]["logStreamName"],
    )["events"]  # fmt: skip
    assert [event["message"] for event in events] == ["hello cli"]


def test_logs_tail(process_aws: LocalBatch) -> None:
    aws = process_aws
    job = aws.run("sh", "-c", "echo first; echo second")
    words = ["--log-stream-names", job["container"]["logStreamName"]]
    found = run(aws, "logs", "filter-log-events", "--log-group-name", "/aws/batch/job", "--interleaved", *words)
    assert [event["message"] for event in found["events"]] == ["first", "second"]
    # `aws logs tail` is that call in a loop; it came with version 2 of the command.
    if not run(aws, "--version").startswith("aws-cli/1."):
        tailed = str(run(aws, "logs", "tail", "/aws/batch/job", *words))
        assert tailed.index("first") < tailed.index("second")


def test_objects_and_refusals(process_aws: LocalBatch) -> None:
    aws = process_aws
    name, network = aws.name("cli"), aws.network()
    resources = f"subnets={network['subnets'][0]},securityGroupIds={network['securityGroupIds'][0]}"
    run(
        aws, "batch", "create-compute-environment", "--compute-environment-name", name, "--type", "MANAGED",
        "--compute-resources", f"type=FARGATE,maxvCpus=4,{resources}",
    )  # fmt: skip
    aws.until(lambda: aws.environment_detail(name)["status"] == "VALID")
    run(
        aws, "batch", "create-job-queue", "--job-queue-name", name, "--priority", "1",
        "--compute-environment-order", f"order=1,computeEnvironment={name}",
    )  # fmt: skip
    arn = run(aws, "batch", "describe-job-queues", "--job-queues", name)["jobQueues"][0]["jobQueueArn"]
    run(aws, "batch", "tag-resource", "--resource-arn", arn, "--tags", "a=b")
    assert run(aws, "batch", "list-tags-for-resource", "--resource-arn", arn) == {"tags": {"a": "b"}}
    words = run(
        aws, "batch", "submit-job", "--job-name", "x", "--job-queue", "none", "--job-definition", "none", code=254
        if not run(aws, "--version").startswith("aws-cli/1.") else 255,
    )  # fmt: skip
    assert "An error occurred (ClientException) when calling the SubmitJob operation" in words
    assert "JobQueue none not found." in words
