"""EventBridge events of the local Batch, delivered to SNS, SQS and CloudWatch Logs."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from batch_support import LocalBatch, refused

from local_batch import events

if TYPE_CHECKING:
    import pytest

    from local_batch.scheduler.job import Job
    from local_batch.services.moto_gate import MotoGate


def messages(aws: LocalBatch, url: str, wanted: int, seconds: float = 10) -> list[dict[str, Any]]:
    sqs, found = aws.client("sqs"), []
    deadline = time.monotonic() + seconds
    while len(found) < wanted and time.monotonic() < deadline:
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.append(json.loads(message["Body"]))
    return found


ROLE = "arn:aws:iam::123456789012:role/events"


def jobs_of(aws: LocalBatch, queue: str, wanted: int) -> list[dict[str, Any]]:
    """Wait until a queue has so many jobs of the name ``of-event``; return them."""
    found: list[dict[str, Any]] = []

    def there() -> bool:
        listed = aws.batch.list_jobs(jobQueue=queue, filters=[{"name": "JOB_NAME", "values": ["of-event"]}])
        found[:] = listed["jobSummaryList"]
        return len(found) >= wanted

    aws.until(there)
    return [aws.job(one["jobId"]) for one in found]


def put_event(aws: LocalBatch, detail: dict[str, Any], **more: Any) -> None:
    entry = {"Source": "mine", "DetailType": "t", "Detail": json.dumps(detail), **more}
    assert aws.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def sqs_queue(aws: LocalBatch) -> tuple[str, str]:
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=aws.name("q"))["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def rule(aws: LocalBatch, pattern: dict[str, Any], **target: Any) -> str:
    bridge, name = aws.client("events"), aws.name("rule")
    bridge.put_rule(Name=name, EventPattern=json.dumps({"source": ["aws.batch"], **pattern}))
    bridge.put_targets(Rule=name, Targets=[{"Id": "one", **target}])
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


def test_only_what_a_rule_may_match_is_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    # In this process: an array of 10,000 must not be written out under the lock for a rule that wants none of it.
    failed = {"source": ["aws.batch"], "detail": {"status": ["FAILED"], "jobName": [{"prefix": "a"}]}}
    written: list[str] = []
    monkeypatch.setattr(events, "detail_of", lambda job: written.append(job.status) or {"status": job.status})
    gate = SimpleNamespace(event_patterns=lambda region: {"with": [failed], "without": []}[region])
    told = events.Events(cast("MotoGate", gate))
    for region in ("with", "without"):
        for status in ("SUBMITTED", "RUNNABLE", "SUCCEEDED", "FAILED"):
            submission = SimpleNamespace(
                name="b", queue=SimpleNamespace(region=region, arn="q"), definition=SimpleNamespace(arn="d")
            )
            told.changed(cast("Job", SimpleNamespace(submission=submission, status=status, id="i", arn="arn")))
    assert written == ["FAILED"]


def test_a_pattern_is_never_said_not_to_match_wrongly() -> None:
    known = {"source": "aws.batch", "detail": {"status": "FAILED"}}
    for pattern in (
        {"source": ["aws.batch"]}, {"detail": {"status": ["RUNNING", "FAILED"]}}, {"detail-type": ["x"]},
        {"source": [{"prefix": "aws."}]}, {"$or": [{"source": ["x"]}]}, {"detail": {"status": [{"exists": True}]}},
        {"detail": {"attempts": ["x"]}},
    ):  # fmt: skip
        assert events.may_match(pattern, known), pattern
    for pattern in ({"source": ["aws.s3"]}, {"source": ["aws.batch"], "detail": {"status": ["RUNNING"]}}):
        assert not events.may_match(pattern, known), pattern


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


def test_an_event_that_is_put_submits_a_job_to_a_queue(aws: LocalBatch) -> None:
    queue, definition = aws.queue(), aws.definition("sh", "-c", "echo $WHO got Ref::key", parameters={"key": "none"})
    arn = aws.queue_detail(queue)["jobQueueArn"]
    source = aws.name("mine")
    name = rule(
        aws,
        {"source": [source]},
        Arn=arn,
        RoleArn=ROLE,
        BatchParameters={"JobDefinition": definition, "JobName": "of-event", "RetryStrategy": {"Attempts": 3}},
        InputTransformer={
            "InputPathsMap": {"key": "$.detail.object.key"},
            "InputTemplate": '{"Parameters": {"key": <key>}, "JobName": "another", '
            '"ContainerOverrides": {"Environment": [{"Name": "WHO", "Value": "<key>"}]}}',
        },
    )
    put_event(aws, {"object": {"key": "a b"}}, Source=aws.name("other"))
    put_event(aws, {"object": {"key": "a b"}}, Source=source)
    (job,) = jobs_of(aws, queue, 1)
    remove(aws, name)
    assert (job["parameters"], job["retryStrategy"]["attempts"]) == ({"key": "a b"}, 3)
    assert aws.lines(aws.wait(job["jobId"], "SUCCEEDED")) == ["a b got a b"]


def test_a_change_of_a_job_submits_an_array(process_aws: LocalBatch) -> None:
    aws = process_aws
    queue, first = aws.queue(), aws.name("first")
    arn, definition = aws.queue_detail(queue)["jobQueueArn"], aws.definition("true")
    name = rule(
        aws,
        {"detail": {"status": ["SUCCEEDED"], "jobName": [first]}},
        Arn=arn,
        RoleArn=ROLE,
        BatchParameters={"JobDefinition": definition, "JobName": "of-event", "ArrayProperties": {"Size": 2}},
    )
    aws.submit(queue, definition, jobName=first)
    (job,) = jobs_of(aws, queue, 1)
    remove(aws, name)
    assert job["arrayProperties"]["size"] == 2
    assert job["parameters"] == {}  # the event itself says nothing of the job
    aws.wait(job["jobId"], "SUCCEEDED")


def test_a_job_that_batch_refuses_goes_to_the_dead_letter_queue_of_its_rule(process_aws: LocalBatch) -> None:
    aws = process_aws
    url, dead = sqs_queue(aws)
    source, arn = aws.name("mine"), aws.queue_detail(aws.queue())["jobQueueArn"]
    name = rule(
        aws,
        {"source": [source]},
        Arn=arn,
        RoleArn=ROLE,
        BatchParameters={"JobDefinition": "no-such", "JobName": "of-event"},
        DeadLetterConfig={"Arn": dead},
    )
    put_event(aws, {"a": 1}, Source=source)
    sqs, found = aws.client("sqs"), []
    aws.until(
        lambda: bool(
            found.extend(sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages", [])) or found
        )
    )
    remove(aws, name)
    attributes = {key: value["StringValue"] for key, value in found[0]["MessageAttributes"].items()}
    assert attributes["RULE_ARN"].endswith(f":rule/{name}")
    assert (attributes["TARGET_ARN"], attributes["ERROR_CODE"]) == (arn, "ClientException")
    assert "no-such not found" in attributes["ERROR_MESSAGE"]


def test_events_that_are_put_reach_a_topic_and_no_target_of_a_disabled_rule(process_aws: LocalBatch) -> None:
    aws = process_aws
    topic = aws.client("sns").create_topic(Name=aws.name("alerts"))["TopicArn"]
    url, arn = sqs_queue(aws)
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    source = aws.name("mine")
    topical = rule(aws, {"source": [source]}, Arn=topic, InputPath="$.detail")
    direct = rule(aws, {"source": [source]}, Arn=arn)
    aws.client("events").disable_rule(Name=direct)
    put_event(aws, {"n": 1}, Source=source)
    put_event(aws, {"n": 2}, Source=source, Time=0)
    found = messages(aws, url, 2)
    assert [json.loads(one["Message"]) for one in found] == [{"n": 1}, {"n": 2}]
    aws.client("events").enable_rule(Name=direct)
    put_event(aws, {"n": 3}, Source=source, Time=0)
    whole = next(one for one in messages(aws, url, 2) if "detail" in one)
    assert (whole["time"], whole["source"], whole["region"]) == ("1970-01-01T00:00:00Z", source, "ap-northeast-1")
    remove(aws, topical), remove(aws, direct)


def test_refused_targets_of_batch(process_aws: LocalBatch) -> None:
    aws = process_aws
    arn = "arn:aws:batch:ap-northeast-1:123456789012:job-queue/q"
    name = rule(aws, {"source": [aws.name("mine")]}, Arn=sqs_queue(aws)[1])
    whole = {"JobDefinition": "jd", "JobName": "j"}
    for words, target in (
        ("RoleArn is required for target arn:aws:batch", {"BatchParameters": whole}),
        ("Parameter(s) BatchParameters must be specified for target: two", {"RoleArn": ROLE}),
        ("Size", {"RoleArn": ROLE, "BatchParameters": {**whole, "ArrayProperties": {"Size": 1}}}),
        ("Attempts", {"RoleArn": ROLE, "BatchParameters": {**whole, "RetryStrategy": {"Attempts": 11}}}),
    ):
        with refused(words, code="ValidationException"):
            aws.client("events").put_targets(Rule=name, Targets=[{"Id": "two", "Arn": arn, **target}])
    assert len(aws.client("events").list_targets_by_rule(Rule=name)["Targets"]) == 1
    remove(aws, name)


def test_a_rule_with_a_schedule_submits_a_job_and_tells_its_targets(process_aws: LocalBatch) -> None:
    aws, bridge, name = process_aws, process_aws.client("events"), process_aws.name("rule")
    queue, (url, sqs_arn) = aws.queue(), sqs_queue(aws)
    arn = bridge.put_rule(Name=name, ScheduleExpression="cron(* * * * ? *)")["RuleArn"]
    parameters = {"JobDefinition": aws.definition("true"), "JobName": "of-event"}
    batch = {"Arn": aws.queue_detail(queue)["jobQueueArn"], "RoleArn": ROLE, "BatchParameters": parameters}
    bridge.put_targets(Rule=name, Targets=[{"Id": "one", **batch}, {"Id": "two", "Arn": sqs_arn}])
    found = messages(aws, url, 1, seconds=90)  # the next full minute
    bridge.remove_targets(Rule=name, Ids=["two"])
    remove(aws, name)
    assert (found[0]["detail-type"], found[0]["source"], found[0]["resources"]) == (
        "Scheduled Event",
        "aws.events",
        [arn],
    )
    assert found[0]["time"].endswith(":00Z")
    assert aws.wait(jobs_of(aws, queue, 1)[0]["jobId"])["status"] == "SUCCEEDED"


def test_refused_schedules_of_rules(process_aws: LocalBatch) -> None:
    bridge = process_aws.client("events")
    for expression in (
        "cron(0 25 * * ? *)",
        "rate(2 hour)",
        "rate(1 hours)",
        "rate(0 hours)",
        "at(2027-01-01T00:00:00)",
    ):
        with refused("Parameter ScheduleExpression is not valid", code="ValidationException"):
            bridge.put_rule(Name="never", ScheduleExpression=expression)
    assert bridge.list_rules(NamePrefix="never")["Rules"] == []
