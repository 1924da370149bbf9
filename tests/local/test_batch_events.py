"""EventBridge events of the local Batch, delivered to SNS, SQS and CloudWatch Logs."""

from __future__ import annotations

import json
import time
from typing import Any

from batch_support import LocalBatch  # noqa: TC002 - as in the other tests


def messages(aws: LocalBatch, url: str, wanted: int, seconds: float = 10) -> list[dict[str, Any]]:
    sqs, found = aws.client("sqs"), []
    deadline = time.monotonic() + seconds
    while len(found) < wanted and time.monotonic() < deadline:
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.append(json.loads(message["Body"]))
    return found


def sqs_queue(aws: LocalBatch) -> tuple[str, str]:
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=aws.name("q"))["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def rule(aws: LocalBatch, pattern: dict[str, Any], **target: Any) -> str:
    events, name = aws.client("events"), aws.name("rule")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": ["aws.batch"], **pattern}))
    events.put_targets(Rule=name, Targets=[{"Id": "one", **target}])
    return name


def remove(aws: LocalBatch, name: str) -> None:
    aws.client("events").remove_targets(Rule=name, Ids=["one"])
    aws.client("events").delete_rule(Name=name)


def test_every_change_of_state_is_an_event_in_order(process_aws: LocalBatch) -> None:
    aws = process_aws
    url, arn = sqs_queue(aws)
    queue, definition = aws.queue(), aws.definition("sh", "-c", "exit 3")
    name = rule(aws, {"detail-type": ["Batch Job State Change"], "detail": {"jobName": ["watched"]}}, Arn=arn)
    aws.submit(queue, definition, jobName="other")
    job_id = aws.submit(queue, definition, jobName="watched")
    found = messages(aws, url, 5)
    remove(aws, name)
    assert [event["detail"]["status"] for event in found] == ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "FAILED"]
    last = found[-1]
    job = aws.job(job_id)
    assert last["source"] == "aws.batch"
    assert last["detail-type"] == "Batch Job State Change"
    assert (last["account"], last["region"], last["resources"]) == ("123456789012", "ap-northeast-1", [job["jobArn"]])
    assert last["detail"]["jobId"] == job_id
    assert last["detail"]["attempts"][0]["container"]["exitCode"] == 3
    assert last["detail"]["container"]["exitCode"] == 3
    assert last["detail"]["jobQueue"] == job["jobQueue"]


def test_failures_reach_a_topic_through_an_input_transformer(process_aws: LocalBatch) -> None:
    aws = process_aws
    sns = aws.client("sns")
    topic = sns.create_topic(Name=aws.name("alerts"))["TopicArn"]
    url, arn = sqs_queue(aws)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    name = rule(
        aws,
        {"detail-type": ["Batch Job State Change"], "detail": {"status": ["FAILED"]}},
        Arn=topic,
        InputTransformer={
            "InputPathsMap": {"name": "$.detail.jobName", "why": "$.detail.statusReason", "all": "$.detail.attempts"},
            "InputTemplate": '{"text": "<name> failed: <why>", "attempts": <all>, "left": "<unknown>"}',
        },
    )
    queue = aws.queue()
    aws.submit(queue, aws.definition("true"), jobName="fine")
    running = aws.submit(queue, aws.definition("sleep", "60"), jobName="broken")
    aws.wait(running, "RUNNING")
    aws.batch.terminate_job(jobId=running, reason='a "quoted" reason')
    (envelope,) = messages(aws, url, 1)
    remove(aws, name)
    assert envelope["TopicArn"] == topic
    message = json.loads(envelope["Message"])
    assert message["text"] == 'broken failed: a "quoted" reason'
    assert message["attempts"][0]["statusReason"] == 'a "quoted" reason'
    assert message["left"] == "<unknown>"


def test_a_blocked_queue_is_an_event(process_aws: LocalBatch) -> None:
    aws = process_aws
    url, arn = sqs_queue(aws)
    name = rule(aws, {"detail-type": ["Batch Job Queue Blocked"]}, Arn=arn)
    queue = aws.queue(vcpus=1)
    job = aws.submit(queue, aws.definition("true", vcpu="2"))
    (event,) = messages(aws, url, 1)
    remove(aws, name)
    detail = aws.job(job)
    assert event["resources"] == [detail["jobArn"], detail["jobQueue"]]
    assert event["detail"]["status"] == "RUNNABLE"
    assert event["detail"]["statusReason"].startswith("MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE")
    aws.batch.cancel_job(jobId=job, reason="seen")


def test_what_cannot_be_delivered_goes_to_the_dead_letter_queue(process_aws: LocalBatch) -> None:
    aws = process_aws
    url, arn = sqs_queue(aws)
    missing = "arn:aws:sns:ap-northeast-1:123456789012:no-such-topic"
    name = rule(
        aws, {"detail": {"status": ["SUCCEEDED"], "jobName": ["dead"]}}, Arn=missing, DeadLetterConfig={"Arn": arn}
    )
    aws.submit(aws.queue(), aws.definition("true"), jobName="dead")
    (event,) = messages(aws, url, 1)
    remove(aws, name)
    assert event["detail"]["status"] == "SUCCEEDED"


def test_a_log_group_and_a_disabled_rule(process_aws: LocalBatch) -> None:
    aws = process_aws
    group = f"/aws/events/{aws.name('batch')}"
    aws.logs.create_log_group(logGroupName=group)
    name = rule(
        aws, {"detail": {"status": ["SUCCEEDED"]}}, Arn=f"arn:aws:logs:ap-northeast-1:123456789012:log-group:{group}"
    )
    first = aws.run("true")

    def logged() -> list[str]:
        return [
            json.loads(event["message"])["detail"]["jobId"]
            for event in aws.logs.filter_log_events(logGroupName=group)["events"]
        ]

    aws.until(lambda: logged() == [first["jobId"]])
    aws.client("events").disable_rule(Name=name)
    aws.run("true")
    time.sleep(0.2)
    assert logged() == [first["jobId"]]
    remove(aws, name)


def test_an_arrays_children_have_events_of_their_own(process_aws: LocalBatch) -> None:
    aws = process_aws
    url, arn = sqs_queue(aws)
    name = rule(aws, {"detail": {"status": ["SUCCEEDED"]}}, Arn=arn)
    parent = aws.submit(aws.queue(), aws.definition("true"), arrayProperties={"size": 2})
    found = messages(aws, url, 3)
    remove(aws, name)
    assert {event["detail"]["jobId"] for event in found} == {parent, f"{parent}:0", f"{parent}:1"}
