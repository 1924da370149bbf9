"""What other services do with Batch: EventBridge, EventBridge Scheduler, Step Functions, the tagging API, ECS."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from bench.emulators.account import Account, equal, must
from bench.emulators.behaviours import USER, behaviour

G = "Around it"


@behaviour(G, "a change of a job's state is an event for EventBridge", USER + "batch_job_events.html")
def changes_are_events(a: Account) -> None:
    sqs, events = a.client("sqs"), a.client("events")
    url = sqs.create_queue(QueueName=a.name("events"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    rule, queue = a.name("rule"), a.shared_queue()
    pattern = {"source": ["aws.batch"], "detail-type": ["Batch Job State Change"], "detail": {"status": ["SUCCEEDED"]}}
    events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=rule, Targets=[{"Id": "1", "Arn": arn}])
    job = a.run(queue=queue)["jobId"]
    seen: list[str] = []

    def there() -> bool:
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            seen.append(json.loads(message["Body"])["detail"]["jobId"])
        return job in seen

    a.until(there, "the event is in the queue", 15)
    events.remove_targets(Rule=rule, Ids=["1"])
    events.delete_rule(Name=rule)


@behaviour(G, "a rule of EventBridge submits a job", USER + "batch-cwe-target.html")
def events_submit_jobs(a: Account) -> None:
    events, queue = a.client("events"), a.queue()
    arn, definition, rule = a.described_queue(queue)["jobQueueArn"], a.definition("true"), a.name("rule")
    events.put_rule(Name=rule, EventPattern=json.dumps({"source": [rule]}))
    target = {"Id": "1", "Arn": arn, "RoleArn": a.place()["role"],
              "BatchParameters": {"JobDefinition": definition, "JobName": "by-event"}}  # fmt: skip
    events.put_targets(Rule=rule, Targets=[target])
    events.put_events(Entries=[{"Source": rule, "DetailType": "x", "Detail": "{}"}])
    by_name = [{"name": "JOB_NAME", "values": ["by-event"]}]
    a.until(lambda: bool(a.batch.list_jobs(jobQueue=queue, filters=by_name)["jobSummaryList"]), "there is a job", 15)


@behaviour(
    G,
    "a schedule of EventBridge Scheduler submits a job",
    "https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html",
)
def schedules_submit_jobs(a: Account) -> None:
    queue, name = a.queue(), a.name("schedule")
    request = {"JobName": "by-schedule", "JobQueue": queue, "JobDefinition": a.definition("true")}
    due = (datetime.now(UTC) + timedelta(seconds=10)).strftime("%Y-%m-%dT%H:%M:%S")
    a.client("scheduler").create_schedule(
        Name=name, ScheduleExpression=f"at({due})", FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:scheduler:::aws-sdk:batch:submitJob", "RoleArn": a.place()["role"],
                "Input": json.dumps(request)},
    )  # fmt: skip
    by_name = [{"name": "JOB_NAME", "values": ["by-schedule"]}]
    # Within 60 s of the time ("Amazon EventBridge Scheduler", "What is").
    a.until(lambda: bool(a.batch.list_jobs(jobQueue=queue, filters=by_name)["jobSummaryList"]), "there is a job", 65)


@behaviour(
    G,
    "a state machine waits for a job (batch:submitJob.sync)",
    "https://docs.aws.amazon.com/step-functions/latest/dg/connect-batch.html",
)
def state_machines_wait_for_jobs(a: Account) -> None:
    states = a.client("stepfunctions")
    queue = a.shared_queue()
    machine = {"StartAt": "Job", "States": {"Job": {
        "Type": "Task", "Resource": "arn:aws:states:::batch:submitJob.sync", "End": True,
        "Parameters": {"JobName": "j", "JobQueue": queue, "JobDefinition": a.definition("sleep 1")}}}}  # fmt: skip
    made = states.create_state_machine(
        name=a.name("machine"), definition=json.dumps(machine), roleArn=a.place()["role"]
    )
    run = states.start_execution(stateMachineArn=made["stateMachineArn"])["executionArn"]
    a.until(lambda: states.describe_execution(executionArn=run)["status"] != "RUNNING", "the execution ends", 40)
    found = states.describe_execution(executionArn=run)
    equal(found["status"], "SUCCEEDED", "status of the execution")
    equal(json.loads(found["output"]).get("Status"), "SUCCEEDED", "Status in its output")


@behaviour(G, "the Resource Groups Tagging API finds a queue by its tag", USER + "using-tags.html")
def tags_are_found(a: Account) -> None:
    value = a.name("value")
    arn = a.described_queue(a.queue(tags={"team": value}))["jobQueueArn"]
    asked = [{"Key": "team", "Values": [value]}]
    found = a.client("resourcegroupstaggingapi").get_resources(TagFilters=asked)["ResourceTagMappingList"]
    equal([one["ResourceARN"] for one in found], [arn], "resources of the tag")


@behaviour(G, "a running job is a task of its environment's ECS cluster", USER + "job_states.html")
def jobs_are_tasks(a: Account) -> None:
    environment = a.environment()
    job = a.submit("sleep 20", queue=a.queue(environment))
    a.wait(job, "RUNNING")
    arn = a.described_environment(environment).get("ecsClusterArn")
    must(arn, "there is no ecsClusterArn")
    found = a.client("ecs").list_tasks(cluster=arn)["taskArns"]
    a.batch.terminate_job(jobId=job, reason="enough")
    equal(len(found), 1, "tasks")
