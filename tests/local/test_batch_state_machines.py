"""Step Functions on the local AWS: state machines that submit jobs and wait for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from batch_support import LocalBatch, started

from local_batch import lifecycle

ROLE = "arn:aws:iam::123456789012:role/machine"


def start(aws: LocalBatch, resource: str, parameters: dict[str, Any], given: Any = None, **more: Any) -> str:
    """Start a machine of one task, and return its execution."""
    states = aws.client("stepfunctions")
    task = {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True, **more}
    definition = {"StartAt": "Job", "States": {"Job": task, "Caught": {"Type": "Pass", "End": True}}}
    machine = states.create_state_machine(name=aws.name("machine"), definition=json.dumps(definition), roleArn=ROLE)
    return str(
        states.start_execution(stateMachineArn=machine["stateMachineArn"], input=json.dumps(given or {}))[
            "executionArn"
        ]
    )


def ended(aws: LocalBatch, execution: str) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def there() -> bool:
        found.update(aws.client("stepfunctions").describe_execution(executionArn=execution))
        return found["status"] != "RUNNING"

    aws.until(there)
    return found


SYNC = "arn:aws:states:::batch:submitJob.sync"


def asked(aws: LocalBatch, queue: str, *command: str, **more: Any) -> dict[str, Any]:
    return {"JobName": "of-machine", "JobQueue": queue, "JobDefinition": aws.definition(*command), **more}


def test_a_state_machine_waits_for_its_job(aws: LocalBatch) -> None:
    queue = aws.queue()
    parameters = asked(
        aws, queue, "sh", "-c", "echo Ref::what $MANAGED_BY_AWS",
        **{"Parameters.$": "$.parameters"}, PropagateTags=True, Tags={"team": "a"},
        ContainerOverrides={"Environment": [{"Name": "A", "Value": "1"}]},
    )  # fmt: skip
    found = ended(aws, start(aws, SYNC, parameters, {"parameters": {"what": "word"}}))
    assert found["status"] == "SUCCEEDED", found
    output = json.loads(found["output"])
    assert (output["Status"], output["JobName"], output["Container"]["ExitCode"]) == ("SUCCEEDED", "of-machine", 0)
    job = aws.job(output["JobId"])
    assert (job["tags"], job["propagateTags"]) == ({"team": "a"}, True)
    assert {"name": "A", "value": "1"} in job["container"]["environment"]
    assert aws.lines(job) == ["word STARTED_BY_STEP_FUNCTIONS"]


def test_a_job_that_fails_fails_its_state(process_aws: LocalBatch) -> None:
    aws, queue = process_aws, process_aws.queue()
    parameters = asked(aws, queue, "sh", "-c", "exit 7")
    found = ended(aws, start(aws, SYNC, parameters))
    assert (found["status"], found["error"]) == ("FAILED", "States.TaskFailed")
    cause = json.loads(found["cause"])
    assert (cause["Status"], cause["Attempts"][0]["Container"]["ExitCode"]) == ("FAILED", 7)
    caught = start(aws, SYNC, parameters, Catch=[{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}])
    found = ended(aws, caught)
    assert found["status"] == "SUCCEEDED"
    assert json.loads(found["output"])["Error"] == "States.TaskFailed"


def test_what_batch_refuses_fails_its_state(process_aws: LocalBatch) -> None:
    aws = process_aws
    found = ended(aws, start(aws, SYNC, asked(aws, "no-such", "true")))
    assert (found["status"], found["error"]) == ("FAILED", "Batch.ClientException")
    assert "no-such not found" in found["cause"]


def test_a_state_that_does_not_wait_has_the_jobs_id(process_aws: LocalBatch) -> None:
    aws, queue = process_aws, process_aws.queue()
    for resource in ("arn:aws:states:::batch:submitJob", "arn:aws:states:::aws-sdk:batch:submitJob"):
        found = ended(aws, start(aws, resource, asked(aws, queue, "sleep", "60")))
        assert found["status"] == "SUCCEEDED", found
        job = json.loads(found["output"])["JobId"]
        aws.wait(job, "RUNNING")
        aws.batch.terminate_job(jobId=job, reason="seen")


def test_an_execution_that_is_stopped_ends_its_job(process_aws: LocalBatch) -> None:
    aws, queue = process_aws, process_aws.queue()
    execution = start(aws, SYNC, asked(aws, queue, "sleep", "60"))
    jobs: list[dict[str, Any]] = []
    aws.until(lambda: bool(jobs.extend(aws.batch.list_jobs(jobQueue=queue)["jobSummaryList"]) or jobs))
    aws.client("stepfunctions").stop_execution(executionArn=execution)
    assert ended(aws, execution)["status"] == "ABORTED"
    assert "execution" in aws.wait(jobs[0]["jobId"], "FAILED")["statusReason"]


def test_a_reset_ends_executions_and_forgets_state_machines(tmp_path: Path) -> None:
    with started(tmp_path, "process") as aws:
        execution = start(aws, SYNC, asked(aws, queue := aws.queue(), "sleep", "60"))
        aws.until(lambda: bool(aws.batch.list_jobs(jobQueue=queue)["jobSummaryList"]))
        lifecycle.reset(aws.server)
        states = aws.client("stepfunctions")
        assert states.list_state_machines()["stateMachines"] == []
        with pytest.raises(states.exceptions.ExecutionDoesNotExist):
            states.describe_execution(executionArn=execution)
