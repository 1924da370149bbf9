"""Jobs, as AWS documents their lives: on both runners."""

from __future__ import annotations

import json
import re
import time

import pytest
from batch_support import READ_KEYS, LocalBatch, refused

ESSENTIAL = "Essential container in task exited"


def test_a_job_succeeds_with_timestamps_attempt_and_log(aws: LocalBatch) -> None:
    definition = aws.definition("sh", "-c", "echo one; echo two >&2; printf three")
    job = aws.wait(aws.submit(aws.queue(), definition))
    assert job["status"] == "SUCCEEDED"
    assert job["statusReason"] == ESSENTIAL
    assert job["createdAt"] <= job["startedAt"] <= job["stoppedAt"]
    (attempt,) = job["attempts"]
    assert attempt["container"]["exitCode"] == 0
    assert attempt["statusReason"] == ESSENTIAL
    assert attempt["startedAt"] <= attempt["stoppedAt"]
    stream = attempt["container"]["logStreamName"]
    assert re.fullmatch(rf"{definition}/default/[0-9a-f]{{32}}", stream)
    assert job["container"]["logStreamName"] == stream
    assert attempt["container"]["taskArn"].endswith(stream.rsplit("/", 1)[1])
    assert ":container-instance/" in attempt["container"]["containerInstanceArn"]
    assert sorted(aws.lines(job)) == ["one", "three", "two"]
    assert not job["isCancelled"]
    assert not job["isTerminated"]


def test_states_come_in_order(aws: LocalBatch) -> None:
    queue, definition = aws.queue(), aws.definition("sleep", "2")
    first = aws.submit(queue, definition)
    job = aws.submit(queue, definition, dependsOn=[{"jobId": first}])
    seen = []
    while not seen or seen[-1] not in {"SUCCEEDED", "FAILED"}:
        state = aws.state(job)
        if not seen or seen[-1] != state:
            seen.append(state)
    order = ["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
    assert [order.index(state) for state in seen] == sorted({order.index(state) for state in seen})
    assert {"PENDING", "RUNNING", "SUCCEEDED"} <= set(seen)


def test_a_failed_job_has_its_exit_code(aws: LocalBatch) -> None:
    job = aws.run("sh", "-c", "exit 7")
    assert (job["status"], job["statusReason"]) == ("FAILED", ESSENTIAL)
    assert job["attempts"][0]["container"]["exitCode"] == 7
    assert job["container"]["exitCode"] == 7
    assert "reason" not in job["container"]


def test_a_command_that_is_not_there_fails_before_it_starts(aws: LocalBatch) -> None:
    job = aws.run("no-such-program")
    assert (job["status"], job["statusReason"]) == ("FAILED", "Task failed to start")
    (attempt,) = job["attempts"]
    assert attempt["container"]["reason"].startswith("CannotStartContainerError: ")
    assert "no-such-program" in attempt["container"]["reason"]
    assert "exitCode" not in attempt["container"]
    assert "startedAt" not in attempt


def test_an_image_that_is_not_there_cannot_be_pulled(aws: LocalBatch) -> None:
    missing = "127.0.0.1:9/none@sha256:" + "0" * 64 if aws.runner == "docker" else aws.image.replace("ab", "cd")
    job = aws.run("true", properties={"image": missing})
    assert job["status"] == "FAILED"
    assert job["attempts"][0]["container"]["reason"].startswith("CannotPullContainerError: ")


def test_environment_as_batch_sets_it(aws: LocalBatch) -> None:
    queue = aws.queue()
    definition = aws.definition(
        "env", properties={"environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}
    )
    job = aws.wait(aws.submit(queue, definition, env={"B": "x = y", "C": ""}))
    found = dict(line.split("=", 1) for line in aws.lines(job))
    assert (found["A"], found["B"], found["C"]) == ("1", "x = y", "")
    assert found["AWS_BATCH_JOB_ID"] == job["jobId"]
    assert found["AWS_BATCH_JOB_ATTEMPT"] == "1"
    assert found["AWS_BATCH_JQ_NAME"] == queue
    assert (
        found["AWS_BATCH_CE_NAME"]
        == aws.queue_detail(queue)["computeEnvironmentOrder"][0]["computeEnvironment"].split("/")[1]
    )
    assert "AWS_BATCH_JOB_ARRAY_INDEX" not in found
    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == "ap-northeast-1"
    shown = {pair["name"]: pair["value"] for pair in job["container"]["environment"]}
    assert shown == {"A": "1", "B": "x = y", "C": ""}


def test_a_job_reaches_the_local_aws(aws: LocalBatch) -> None:
    code = READ_KEYS + (
        "import base64; pair = f'{key}:{secret}'.encode(); "
        "head = {'Authorization': 'Basic ' + base64.b64encode(pair).decode()}; "
        "asked = urllib.request.Request(os.environ['AWS_ENDPOINT_URL'] + '/_batch/health', headers=head); "
        "print(urllib.request.urlopen(asked, timeout=10).read().decode())"
    )
    job = aws.run("python3", "-c", code)
    assert json.loads(aws.lines(job)[0])["server_id"] == aws.server.server_id


def test_parameters_are_substituted_in_the_command_only(aws: LocalBatch) -> None:
    definition = aws.definition(
        "echo", "Ref::who", "and-Ref::who", "Ref::unknown", "$HOME",
        parameters={"who": "definition"},
        properties={"environment": [{"name": "P", "value": "Ref::who"}]},
    )  # fmt: skip
    queue = aws.queue()
    plain = aws.wait(aws.submit(queue, definition))
    assert aws.lines(plain) == ["definition and-definition Ref::unknown $HOME"]
    job = aws.wait(aws.submit(queue, definition, parameters={"who": "job; echo x", "more": "1"}))
    assert aws.lines(job) == ["job; echo x and-job; echo x Ref::unknown $HOME"]
    assert job["parameters"] == {"who": "job; echo x", "more": "1"}
    shown = aws.wait(aws.submit(queue, definition, command=["env"]))
    assert "P=Ref::who" in aws.lines(shown)


def test_without_a_command_the_image_has_the_word(process_aws: LocalBatch) -> None:
    job = process_aws.run()
    assert process_aws.lines(job) == ["from the image"]


def test_overrides_of_resources(aws: LocalBatch) -> None:
    job = aws.wait(aws.submit(aws.queue(), aws.definition("true"), vcpu="2"))
    assert {entry["type"]: entry["value"] for entry in job["container"]["resourceRequirements"]} == {
        "VCPU": "2",
        "MEMORY": "128",
    }


def test_deprecated_resources_are_ignored_where_requirements_are_given(aws: LocalBatch) -> None:
    queue, definition = aws.queue(), aws.definition("true")
    overrides = {"vcpus": 4, "memory": 999}
    job_id = aws.batch.submit_job(jobName="j", jobQueue=queue, jobDefinition=definition, containerOverrides=overrides)[
        "jobId"
    ]
    job = aws.wait(job_id)
    assert job["status"] == "SUCCEEDED"
    assert "vcpus" not in job["container"]
    assert job["container"]["resourceRequirements"][0]["value"] == "1"


def test_logs_come_while_the_job_runs(aws: LocalBatch) -> None:
    queue, definition = aws.queue(), aws.definition("sh", "-c", "echo first; sleep 60; echo never")
    job_id = aws.submit(queue, definition)
    job = aws.wait(job_id, "RUNNING")
    aws.until(lambda: aws.lines(aws.job(job_id)) == ["first"])
    token = aws.logs.get_log_events(
        logGroupName="/aws/batch/job", logStreamName=aws.job(job_id)["container"]["logStreamName"], startFromHead=True
    )["nextForwardToken"]
    assert aws.state(job["jobId"]) == "RUNNING"
    aws.batch.terminate_job(jobId=job_id, reason="seen enough")
    job = aws.wait(job_id)
    again = aws.logs.get_log_events(
        logGroupName="/aws/batch/job", logStreamName=job["container"]["logStreamName"], nextToken=token
    )
    assert again["events"] == []
    assert again["nextForwardToken"] == token


def test_a_long_log_is_whole_and_in_order(aws: LocalBatch) -> None:
    job = aws.run("python3", "-c", "for n in range(3000): print(n, 'ü' * 20)")
    group, stream = "/aws/batch/job", job["container"]["logStreamName"]
    lines, token = [], None
    while True:
        more = {"nextToken": token} if token else {}
        found = aws.logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True, limit=700, **more)
        lines += [event["message"] for event in found["events"]]
        if found["nextForwardToken"] == token:
            break
        token = found["nextForwardToken"]
    assert lines == [f"{n} {'ü' * 20}" for n in range(3000)]


def test_the_definitions_log_group_is_used_and_must_exist(aws: LocalBatch) -> None:
    group = f"/aws/batch/{aws.name('group')}"
    options = {"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": group}}}
    queue, definition = aws.queue(), aws.definition("echo", "hello", properties=options)
    job = aws.wait(aws.submit(queue, definition))
    assert job["status"] == "FAILED"
    assert "ResourceInitializationError" in job["attempts"][0]["container"]["reason"]
    assert "log group does not exist" in job["attempts"][0]["container"]["reason"]
    aws.logs.create_log_group(logGroupName=group)
    job = aws.wait(aws.submit(queue, definition))
    assert aws.lines(job, group) == ["hello"]


def test_secrets_are_resolved(aws: LocalBatch) -> None:
    manager, ssm = aws.client("secretsmanager"), aws.client("ssm")
    secret = manager.create_secret(Name=aws.name("db"), SecretString='{"user": "me", "password": "correct-horse"}')[
        "ARN"
    ]
    plain = manager.create_secret(Name=aws.name("key"), SecretString="k1")["ARN"]
    name = f"/{aws.name('folder')}/token"
    ssm.put_parameter(Name=name, Value="t0ken", Type="SecureString")
    secrets = [
        {"name": "PASSWORD", "valueFrom": f"{secret}:password::"},
        {"name": "KEY", "valueFrom": plain},
        {"name": "TOKEN", "valueFrom": f"arn:aws:ssm:ap-northeast-1:123456789012:parameter{name}"},
        {"name": "TOKEN2", "valueFrom": name},
    ]
    reader = {"executionRoleArn": "arn:aws:iam::123456789012:role/execution"}
    job = aws.run("sh", "-c", "echo $PASSWORD $KEY $TOKEN $TOKEN2", properties={"secrets": secrets, **reader})
    assert aws.lines(job) == ["correct-horse k1 t0ken t0ken"]
    assert job["container"]["secrets"] == secrets
    assert "correct-horse" not in json.dumps(job)
    for value in (f"{secret}:absent::", "/no/such/parameter"):
        job = aws.run("true", properties={"secrets": [{"name": "X", "valueFrom": value}], **reader})
        assert job["status"] == "FAILED"
        assert job["attempts"][0]["container"]["reason"].startswith(
            "ResourceInitializationError: unable to pull secrets"
        )


def test_a_terminated_job_gets_sigterm_and_keeps_the_reason(aws: LocalBatch) -> None:
    code = (
        "import os, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (os.write(1, b'asked to stop\\n'), sys.exit(3)))\n"
        "print('up', flush=True)\ntime.sleep(60)"
    )
    queue, definition = aws.queue(), aws.definition("python3", "-c", code, retryStrategy={"attempts": 3})
    job_id = aws.submit(queue, definition)
    aws.wait(job_id, "RUNNING")
    aws.until(lambda: aws.lines(aws.job(job_id)) == ["up"])
    aws.batch.terminate_job(jobId=job_id, reason="not needed")
    job = aws.wait(job_id)
    assert (job["status"], job["statusReason"], job["isTerminated"]) == ("FAILED", "not needed", True)
    assert len(job["attempts"]) == 1
    assert job["attempts"][0]["container"]["exitCode"] == 3
    assert aws.lines(job) == ["up", "asked to stop"]


def test_a_job_that_ignores_sigterm_is_killed(aws: LocalBatch) -> None:
    code = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(60)"
    job_id = aws.submit(aws.queue(), aws.definition("python3", "-c", code))
    aws.wait(job_id, "RUNNING")
    aws.until(lambda: aws.lines(aws.job(job_id)) == ["up"])
    begun = time.monotonic()
    aws.batch.terminate_job(jobId=job_id, reason="now")
    job = aws.wait(job_id)
    assert job["attempts"][0]["container"]["exitCode"] == 137
    assert time.monotonic() - begun >= 0.9


def test_a_job_that_takes_too_long_times_out_and_is_not_retried(aws: LocalBatch) -> None:
    definition = aws.definition("sleep", "60", timeout={"attemptDurationSeconds": 60}, retryStrategy={"attempts": 5})
    job = aws.wait(aws.submit(aws.queue(), definition))
    assert (job["status"], job["statusReason"]) == ("FAILED", "Job attempt duration exceeded timeout")
    assert len(job["attempts"]) == 1
    assert job["timeout"] == {"attemptDurationSeconds": 60}


def test_a_submissions_timeout_goes_before_the_definitions(aws: LocalBatch) -> None:
    definition = aws.definition("sleep", "1", timeout={"attemptDurationSeconds": 60})
    job = aws.wait(aws.submit(aws.queue(), definition, timeout={"attemptDurationSeconds": 6000}))
    assert job["status"] == "SUCCEEDED"


def test_cancel_acts_on_waiting_jobs_only(aws: LocalBatch) -> None:
    queue, definition = aws.queue(vcpus=1), aws.definition("sleep", "60")
    running, waiting = aws.submit(queue, definition), aws.submit(queue, definition)
    host = aws.wait(running, "RUNNING")["container"]["containerInstanceArn"]
    assert ":container-instance/AWSBatch-" in host
    aws.wait(waiting, "RUNNABLE")
    aws.batch.cancel_job(jobId=waiting, reason="changed my mind")
    aws.batch.cancel_job(jobId=running, reason="changed my mind")
    job = aws.wait(waiting)
    assert (job["status"], job["statusReason"], job["isCancelled"]) == ("FAILED", "changed my mind", True)
    assert job["attempts"] == []
    assert aws.state(running) == "RUNNING"
    assert not aws.job(running)["isCancelled"]
    aws.batch.terminate_job(jobId=running, reason="end")
    assert aws.wait(running)["statusReason"] == "end"


def test_a_cancelled_pending_job_ends_when_its_dependency_has_ended(aws: LocalBatch) -> None:
    queue = aws.queue()
    first = aws.submit(queue, aws.definition("sleep", "3"))
    second = aws.submit(queue, aws.definition("true"), dependsOn=[{"jobId": first}])
    aws.wait(second, "PENDING")
    aws.batch.cancel_job(jobId=second, reason="no more")
    assert aws.state(second) == "PENDING"
    job = aws.wait(second)
    assert aws.state(first) == "SUCCEEDED"
    assert (job["statusReason"], job["isCancelled"], job["attempts"]) == ("no more", True, [])


def test_stopping_what_is_not_there_succeeds(process_aws: LocalBatch) -> None:
    aws = process_aws
    done = aws.run("true")
    for job_id in ("00000000-0000-0000-0000-000000000000", done["jobId"]):
        aws.batch.cancel_job(jobId=job_id, reason="r")
        aws.batch.terminate_job(jobId=job_id, reason="r")
    assert aws.job(done["jobId"])["status"] == "SUCCEEDED"
    assert not aws.job(done["jobId"])["isTerminated"]
    for stop in (aws.batch.cancel_job, aws.batch.terminate_job):
        with refused("jobId must not be empty"):
            stop(jobId=" ", reason="r")
        with refused("reason must not be empty"):
            stop(jobId=done["jobId"], reason="")


def test_bulk_cancel_and_terminate(process_aws: LocalBatch) -> None:
    aws = process_aws
    queue, definition = aws.queue(vcpus=1), aws.definition("sleep", "60")
    jobs = [aws.submit(queue, definition) for _ in range(3)]
    aws.wait(jobs[0], "RUNNING")
    unknown = "11111111-1111-1111-1111-111111111111"
    answer = aws.batch.cancel_jobs(jobs=[jobs[1], unknown, "not a job"], reason="bulk")
    assert answer["successful"] == [jobs[1], unknown]
    assert [(error["job"], error["code"]) for error in answer["errors"]] == [("not a job", "ValidationException")]
    answer = aws.batch.terminate_jobs(jobs=[jobs[0], jobs[2]], reason="bulk end")
    assert answer["successful"] == [jobs[0], jobs[2]]
    assert answer["errors"] == []
    assert [aws.wait(job)["statusReason"] for job in jobs] == ["bulk end", "bulk", "bulk end"]
    with refused("50"):
        aws.batch.terminate_jobs(jobs=[unknown] * 51, reason="r")


@pytest.mark.parametrize("leave", ["", "setsid "])
def test_a_containers_end_is_the_end_of_all_it_started(process_aws: LocalBatch, leave: str) -> None:
    aws = process_aws
    job = aws.run("sh", "-c", f"{leave}sleep 600 & echo $!")
    assert job["status"] == "SUCCEEDED"
    pid = aws.lines(job)[0]
    from pathlib import Path

    def gone() -> bool:
        stat = Path(f"/proc/{pid}/stat")
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"

    aws.until(gone)


def test_a_jobs_end_is_seen_while_something_else_still_writes(process_aws: LocalBatch) -> None:
    aws = process_aws
    for leave in ("", "setsid "):
        job = aws.run("sh", "-c", f"{leave}yes still here & sleep 0.3; exit 4")
        assert job["container"]["exitCode"] == 4
        assert set(aws.lines(job)[:-1]) == {"still here"}


def test_tags_and_propagation_are_kept_and_shown(aws: LocalBatch) -> None:
    definition = aws.definition("true", tags={"from": "definition", "both": "definition"}, propagateTags=True)
    job = aws.wait(aws.submit(aws.queue(), definition, tags={"both": "job", "own": "1"}))
    assert job["tags"] == {"both": "job", "own": "1"}
    assert job["propagateTags"] is True
    assert aws.batch.list_tags_for_resource(resourceArn=job["jobArn"])["tags"] == {"both": "job", "own": "1"}


def test_more_than_fifty_propagated_tags_fail_the_job(process_aws: LocalBatch) -> None:
    aws = process_aws
    definition = aws.definition("true", tags={f"d{n}": "x" for n in range(30)}, propagateTags=True)
    job = aws.wait(aws.submit(aws.queue(), definition, tags={f"j{n}": "x" for n in range(30)}))
    assert (job["status"], job["attempts"]) == ("FAILED", [])
    assert "50" in job["statusReason"]


def test_overrides_above_8192_characters_fail_the_job(process_aws: LocalBatch) -> None:
    aws = process_aws
    job = aws.wait(aws.submit(aws.queue(), aws.definition("true"), env={"BIG": "x" * 8200}))
    assert (job["status"], job["attempts"]) == ("FAILED", [])
    assert job["statusReason"] == "Container Overrides length must be at most 8192"


def test_a_job_on_fargate_has_no_container_instance(aws: LocalBatch) -> None:
    definition = aws.definition("echo", "hi", fargate=True, vcpu="0.25", memory="512")
    job = aws.wait(aws.submit(aws.queue(kind="FARGATE"), definition))
    assert job["status"] == "SUCCEEDED"
    assert job["platformCapabilities"] == ["FARGATE"]
    assert job["container"]["fargatePlatformConfiguration"] == {"platformVersion": "LATEST"}
    assert "containerInstanceArn" not in job["attempts"][0]["container"]
