"""Capacity, order, fair share, retries, reclaims, blocked queues."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from batch_support import LocalBatch, refused

from local_batch import lifecycle
from local_batch.errors import ToolError


def post(aws: LocalBatch, path: str, body: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(
        aws.server.endpoint_url + path, json.dumps(body).encode(), aws.own_call(), method="POST"
    )
    with urllib.request.urlopen(request) as reply:
        return dict(json.load(reply))


# -- capacity and order


def test_jobs_wait_in_runnable_for_vcpus(aws: LocalBatch) -> None:
    queue = aws.queue(vcpus=2)
    jobs = [aws.submit(queue, aws.definition("sleep", "3")) for _ in range(3)]
    aws.wait(jobs[1], "RUNNING")
    assert aws.state(jobs[2]) == "RUNNABLE"
    last = aws.wait(jobs[2])
    assert last["startedAt"] >= min(aws.job(job)["stoppedAt"] for job in jobs[:2])


@pytest.mark.parametrize(
    ("types", "asked", "vcpus", "at_once"),
    [
        (["m5.4xlarge"], {"MEMORY": str(30 << 10)}, 16, 2),  # 16 vCPUs, 64 GiB: one instance, no room for another
        (["m5.2xlarge"], {"MEMORY": str(20 << 10)}, 16, 2),  # 8 vCPUs, 32 GiB: two instances with a job each
        (["optimal"], {"MEMORY": str(60 << 10)}, 16, 2),  # r7i.4xlarge has 128 GiB
        (["g5.xlarge"], {"GPU": "1"}, 12, 3),  # 4 vCPUs and a GPU each
        (["g5.12xlarge"], {"GPU": "3"}, 12, 1),  # 48 vCPUs and 4 GPUs: the last instance may go beyond the maximum
    ],
)
def test_memory_and_gpus_hold_jobs_back(
    process_aws: LocalBatch, types: list[str], asked: dict[str, str], vcpus: int, at_once: int
) -> None:
    aws = process_aws
    queue = aws.queue(aws.environment(instanceTypes=types, vcpus=vcpus))
    wanted = {"VCPU": "1", "MEMORY": "128", **asked}
    requirements = [{"type": kind, "value": value} for kind, value in wanted.items()]
    definition = aws.definition("sleep", "600", properties={"resourceRequirements": requirements})
    jobs = [aws.submit(queue, definition) for _ in range(at_once + 1)]
    for job in jobs[:at_once]:
        aws.wait(job, "RUNNING")
    assert aws.state(jobs[at_once]) == "RUNNABLE"
    assert "statusReason" not in aws.job(jobs[at_once])  # nothing is wrong: it waits for its turn
    aws.batch.terminate_job(jobId=jobs[0], reason="room")
    aws.wait(jobs[at_once], "RUNNING")
    for job in jobs[1:]:
        aws.batch.terminate_job(jobId=job, reason="the test is over")


def test_fifo_starts_in_order_and_never_past_the_head(aws: LocalBatch) -> None:
    queue, definition = aws.queue(vcpus=2), aws.definition("sleep", "2")
    first = aws.submit(queue, definition)
    big = aws.submit(queue, definition, vcpu="2")
    small = aws.submit(queue, definition)
    aws.wait(first, "RUNNING")
    aws.wait(small, "RUNNABLE")
    found = [aws.wait(job) for job in (first, big, small)]
    starts = [job["startedAt"] for job in found]
    assert starts == sorted(starts)
    assert found[1]["startedAt"] >= found[0]["stoppedAt"]
    assert found[2]["startedAt"] >= found[1]["stoppedAt"]


def test_a_queue_of_higher_priority_goes_first(process_aws: LocalBatch) -> None:
    aws = process_aws
    environment = aws.environment(vcpus=1)
    low, high = aws.queue(environment, priority=1), aws.queue(environment, priority=100)
    definition = aws.definition("sleep", "0.3")
    first = aws.submit(low, aws.definition("sleep", "600"))
    aws.wait(first, "RUNNING")
    waiting_low, waiting_high = aws.submit(low, definition), aws.submit(high, definition)
    aws.wait(waiting_high, "RUNNABLE")
    aws.batch.terminate_job(jobId=first, reason="both wait")
    assert aws.wait(waiting_high)["startedAt"] < aws.wait(waiting_low)["startedAt"]


def test_environments_are_filled_in_their_order(process_aws: LocalBatch) -> None:
    aws = process_aws
    one, two = aws.environment(vcpus=1), aws.environment(vcpus=1)
    name = aws.queue(one, two)
    definition = aws.definition("sh", "-c", "echo $AWS_BATCH_CE_NAME; sleep 2")
    jobs = [aws.submit(name, definition) for _ in range(2)]
    assert [aws.lines(aws.wait(job)) for job in jobs] == [[one], [two]]
    order = [{"order": 5, "computeEnvironment": one}, {"order": 2, "computeEnvironment": two}]
    aws.update_queue(name, computeEnvironmentOrder=order)
    aws.until(lambda: aws.queue_detail(name)["status"] == "VALID")
    assert aws.lines(aws.wait(aws.submit(name, definition))) == [two]


def test_a_disabled_environment_takes_no_jobs(process_aws: LocalBatch) -> None:
    aws = process_aws
    environment = aws.environment()
    queue, definition = aws.queue(environment), aws.definition("true")
    aws.update_environment(environment, state="DISABLED")
    job = aws.submit(queue, definition)
    aws.wait(job, "RUNNABLE")
    time.sleep(0.3)
    assert aws.state(job) == "RUNNABLE"
    aws.update_environment(environment, state="ENABLED")
    assert aws.wait(job)["status"] == "SUCCEEDED"


def test_a_disabled_queue_refuses_but_finishes_what_it_has(process_aws: LocalBatch) -> None:
    aws = process_aws
    queue, definition = aws.queue(vcpus=1), aws.definition("sleep", "0.3")
    jobs = [aws.submit(queue, definition) for _ in range(2)]
    aws.update_queue(queue, state="DISABLED")
    with refused("DISABLED"):
        aws.submit(queue, definition)
    assert [aws.wait(job)["status"] for job in jobs] == ["SUCCEEDED", "SUCCEEDED"]


def test_more_vcpus_let_waiting_jobs_start(process_aws: LocalBatch) -> None:
    aws = process_aws
    environment = aws.environment(vcpus=1)
    queue = aws.queue(environment)
    job = aws.submit(queue, aws.definition("true", vcpu="2"))
    aws.wait(job, "RUNNABLE")
    aws.update_environment(environment, computeResources={"maxvCpus": 2})
    assert aws.wait(job)["status"] == "SUCCEEDED"


def test_a_job_larger_than_the_machine_runs_alone(process_aws: LocalBatch) -> None:
    aws = process_aws
    job = aws.wait(aws.submit(aws.queue(vcpus=256), aws.definition("true", vcpu="64")))
    assert job["status"] == "SUCCEEDED"


# -- fair share


def fair_queue(aws: LocalBatch, *, vcpus: int = 1, **policy: Any) -> str:
    arn = aws.batch.create_scheduling_policy(name=aws.name("sp"), fairsharePolicy=policy)["arn"]
    return aws.queue(vcpus=vcpus, schedulingPolicyArn=arn)


def occupied(aws: LocalBatch, queue: str, share: str) -> str:
    """Let one job take the only vCPU until it is terminated: all submitted meanwhile are there to choose from."""
    job_id = aws.submit(queue, aws.definition("sleep", "600"), shareIdentifier=share)
    aws.wait(job_id, "RUNNING")
    return job_id


def test_shares_take_turns(process_aws: LocalBatch) -> None:
    aws = process_aws
    queue, definition = fair_queue(aws), aws.definition("sleep", "0.1")
    warm = occupied(aws, queue, "warm")
    many = [aws.submit(queue, definition, shareIdentifier="many") for _ in range(4)]
    few = [aws.submit(queue, definition, shareIdentifier="few") for _ in range(2)]
    aws.batch.terminate_job(jobId=warm, reason="the others are there")
    starts = {job: aws.wait(job)["startedAt"] for job in [*many, *few]}
    order = sorted(starts, key=lambda job: starts[job])
    assert "few" in {"few" if job in few else "many" for job in order[:2]}
    assert max(order.index(job) for job in few) < len(order) - 1
    assert aws.job(few[0])["shareIdentifier"] == "few"


def test_a_lower_weight_gets_more(process_aws: LocalBatch) -> None:
    aws = process_aws
    shares = [{"shareIdentifier": "light", "weightFactor": 0.1}, {"shareIdentifier": "heavy*", "weightFactor": 10.0}]
    queue, definition = fair_queue(aws, shareDistribution=shares), aws.definition("sleep", "0.1")
    warm = occupied(aws, queue, "warm")
    heavy = [aws.submit(queue, definition, shareIdentifier="heavy1") for _ in range(3)]
    light = [aws.submit(queue, definition, shareIdentifier="light") for _ in range(5)]
    aws.batch.terminate_job(jobId=warm, reason="the others are there")
    starts = {job: aws.wait(job)["startedAt"] for job in [*heavy, *light]}
    order = sorted(starts, key=lambda job: starts[job])
    assert sum(job in light for job in order[:6]) == 5


def test_scheduling_priority_orders_within_a_share(process_aws: LocalBatch) -> None:
    aws = process_aws
    queue, definition = fair_queue(aws), aws.definition("sleep", "0.1", schedulingPriority=5)
    first = occupied(aws, queue, "a")
    low = aws.submit(queue, definition, shareIdentifier="a", schedulingPriorityOverride=1)
    middle = aws.submit(queue, definition, shareIdentifier="a")
    high = aws.submit(queue, definition, shareIdentifier="a", schedulingPriorityOverride=9)
    aws.wait(high, "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED")
    front = aws.batch.get_job_queue_snapshot(jobQueue=queue)["frontOfQueue"]["jobs"]
    aws.batch.terminate_job(jobId=first, reason="the others are there")
    assert [aws.job(job)["schedulingPriority"] for job in (low, middle, high)] == [1, 5, 9]
    assert len(front) <= 3
    starts = [aws.wait(job)["startedAt"] for job in (high, middle, low)]
    assert starts == sorted(starts)


def test_compute_reservation_keeps_room_for_new_shares(process_aws: LocalBatch, tmp_path: Path) -> None:
    aws = process_aws
    queue = fair_queue(aws, vcpus=4, computeReservation=50)
    definition = aws.definition("sh", "-c", f"until [ -e '{tmp_path}/go' ]; do sleep 0.05; done")
    busy = [aws.submit(queue, definition, shareIdentifier="busy") for _ in range(4)]
    aws.wait(busy[1], "RUNNING")
    time.sleep(0.2)
    assert [aws.state(job) for job in busy[2:]] == ["RUNNABLE", "RUNNABLE"]
    fresh = aws.submit(queue, definition, shareIdentifier="fresh")
    aws.wait(fresh, "RUNNING")
    assert aws.state(busy[3]) == "RUNNABLE"
    (tmp_path / "go").touch()
    assert [aws.wait(job)["status"] for job in [*busy, fresh]] == ["SUCCEEDED"] * 5


def test_snapshot_shows_the_front_in_dispatch_order(process_aws: LocalBatch) -> None:
    aws = process_aws
    queue, definition = aws.queue(vcpus=1), aws.definition("sleep", "60")
    running = aws.submit(queue, definition)
    aws.wait(running, "RUNNING")
    waiting = [aws.submit(queue, definition) for _ in range(3)]
    array = aws.submit(queue, definition, arrayProperties={"size": 200})
    aws.wait(f"{array}:199", "RUNNABLE")
    snapshot = aws.batch.get_job_queue_snapshot(jobQueue=queue)
    front = snapshot["frontOfQueue"]["jobs"]
    assert [job["jobArn"].split("/")[1] for job in front[:4]] == [*waiting, f"{array}:0"]
    assert len(front) == 100
    assert all(job["earliestTimeAtPosition"] > 0 for job in front)
    assert snapshot["queueUtilization"]["totalCapacityUsage"] == [{"capacityUnit": "VCPU", "quantity": 1.0}]
    for job in (array, *waiting, running):
        aws.batch.terminate_job(jobId=job, reason="done")


def test_a_snapshot_says_since_when_each_job_is_at_its_place(process_aws: LocalBatch) -> None:
    aws = process_aws
    queue, definition = aws.queue(vcpus=1), aws.definition("sleep", "60")
    running = aws.submit(queue, definition)
    aws.wait(running, "RUNNING")
    first, second, third = (aws.submit(queue, definition) for _ in range(3))
    aws.wait(third, "RUNNABLE")

    def since() -> dict[str, int]:
        front = aws.batch.get_job_queue_snapshot(jobQueue=queue)["frontOfQueue"]["jobs"]
        return {job["jobArn"].split("/")[1]: job["earliestTimeAtPosition"] for job in front}

    before = since()
    assert before[first] <= before[second] <= before[third]
    aws.submit(queue, definition, jobName="behind")
    time.sleep(0.05)
    aws.batch.cancel_job(jobId=second, reason="away")
    after = since()
    assert after[first] == before[first]
    assert after[third] > before[third]
    aws.batch.terminate_job(jobId=running, reason="room")
    aws.wait(first, "RUNNING")
    assert since()[third] > after[third]
    aws.batch.terminate_jobs(jobs=[first, third], reason="done")


def test_fair_share_snapshot_names_the_shares_in_use(process_aws: LocalBatch) -> None:
    aws = process_aws
    queue, definition = fair_queue(aws, vcpus=3), aws.definition("sleep", "60")
    jobs = [aws.submit(queue, definition, shareIdentifier=share) for share in ("a", "a", "b", "b", "c")]
    aws.wait(jobs[4], "RUNNABLE", "RUNNING")
    aws.until(lambda: len(aws.statuses(queue).get("RUNNING", [])) == 3)
    found = aws.batch.get_job_queue_snapshot(jobQueue=queue)["queueUtilization"]["fairshareUtilization"]
    used = {one["shareIdentifier"]: one["capacityUsage"][0]["quantity"] for one in found["topCapacityUtilization"]}
    assert sum(used.values()) == 3
    assert found["activeShareCount"] == len(used)
    aws.batch.terminate_jobs(jobs=jobs, reason="done")


def test_refused_shares(process_aws: LocalBatch) -> None:
    aws = process_aws
    fair, fifo, definition = fair_queue(aws), aws.queue(), aws.definition("true")
    with refused("shareIdentifier must be specified"):
        aws.submit(fair, definition)
    with refused("alphanumeric"):
        aws.submit(fair, definition, shareIdentifier="no-hyphen")
    with refused("9999"):
        aws.submit(fair, definition, shareIdentifier="a", schedulingPriorityOverride=10_000)
    with refused("shareIdentifier must not"):
        aws.submit(fifo, definition, shareIdentifier="a")
    without = aws.definition("true", schedulingPriority=None)
    with refused("Either schedulingPriority in job definition or schedulingPriorityOverride is required"):
        aws.submit(fair, without, shareIdentifier="a")
    for priority in (0, 1):
        aws.submit(fair, without, shareIdentifier="a", schedulingPriorityOverride=priority)


def test_a_fifo_queue_makes_nothing_of_a_priority(process_aws: LocalBatch) -> None:
    aws = process_aws
    queue, definition = aws.queue(vcpus=1), aws.definition("sleep", "0.1", schedulingPriority=5)
    running = aws.submit(queue, aws.definition("sleep", "1"))
    jobs = [aws.submit(queue, definition, schedulingPriorityOverride=priority) for priority in (1, 9)]
    assert [aws.job(job)["schedulingPriority"] for job in jobs] == [5, 5]
    starts = [aws.wait(job)["startedAt"] for job in (running, *jobs)]
    assert starts == sorted(starts)


# -- retries


def test_a_failing_job_has_all_its_attempts(aws: LocalBatch) -> None:
    definition = aws.definition("sh", "-c", "echo try $AWS_BATCH_JOB_ATTEMPT; exit 1", retryStrategy={"attempts": 3})
    job = aws.wait(aws.submit(aws.queue(), definition))
    assert job["status"] == "FAILED"
    assert len(job["attempts"]) == 3
    streams = [attempt["container"]["logStreamName"] for attempt in job["attempts"]]
    assert len(set(streams)) == 3
    assert job["container"]["logStreamName"] == streams[2]
    assert aws.lines(job) == ["try 3"]


def test_a_job_that_succeeds_at_last_has_succeeded(aws: LocalBatch) -> None:
    definition = aws.definition("sh", "-c", 'test "$AWS_BATCH_JOB_ATTEMPT" = 2')
    job = aws.wait(aws.submit(aws.queue(), definition, retryStrategy={"attempts": 5}))
    assert job["status"] == "SUCCEEDED"
    assert [attempt["container"]["exitCode"] for attempt in job["attempts"]] == [1, 0]


@pytest.mark.parametrize(
    ("rules", "attempts"),
    [
        ([{"onExitCode": "42", "action": "EXIT"}], 1),
        ([{"onExitCode": "4*", "action": "exit"}], 1),
        ([{"onExitCode": "43", "action": "EXIT"}], 3),
        ([{"onExitCode": "42", "action": "RETRY"}, {"onReason": "*", "action": "EXIT"}], 3),
        ([{"onReason": "*", "action": "EXIT"}, {"onExitCode": "42", "action": "RETRY"}], 1),
        ([{"onStatusReason": "Essential container*", "onExitCode": "42", "action": "EXIT"}], 1),
        ([{"onStatusReason": "Host EC2*", "onExitCode": "42", "action": "EXIT"}], 3),
    ],
)
def test_evaluate_on_exit_reads_its_rules_in_order(
    process_aws: LocalBatch, rules: list[dict[str, str]], attempts: int
) -> None:
    definition = process_aws.definition("sh", "-c", "exit 42")
    strategy = {"attempts": 3, "evaluateOnExit": rules}
    job = process_aws.wait(process_aws.submit(process_aws.queue(), definition, retryStrategy=strategy))
    assert len(job["attempts"]) == attempts


def test_a_pull_failure_can_be_matched_by_its_reason(process_aws: LocalBatch) -> None:
    aws = process_aws
    rules = [{"onReason": "CannotPullContainerError:*", "action": "EXIT"}]
    definition = aws.definition("true", properties={"image": aws.image.replace("ab", "cd")})
    strategy = {"attempts": 4, "evaluateOnExit": rules}
    job = aws.wait(aws.submit(aws.queue(), definition, retryStrategy=strategy))
    assert len(job["attempts"]) == 1


# -- Spot


def test_a_reclaimed_ec2_job_is_retried_as_its_rules_say(aws: LocalBatch) -> None:
    rules = [{"onStatusReason": "Host EC2*", "action": "RETRY"}, {"onReason": "*", "action": "EXIT"}]
    definition = aws.definition(
        "sh", "-c", 'if [ "$AWS_BATCH_JOB_ATTEMPT" = 1 ]; then exec sleep 60; fi',
        retryStrategy={"attempts": 2, "evaluateOnExit": rules},
    )  # fmt: skip
    job_id = aws.submit(aws.queue(kind="SPOT"), definition)
    aws.wait(job_id, "RUNNING")
    assert lifecycle.reclaim(aws.server, job_id) == [job_id]
    job = aws.wait(job_id)
    assert job["status"] == "SUCCEEDED"
    first, second = job["attempts"]
    assert first["statusReason"].startswith("Host EC2 (instance i-")
    assert first["statusReason"].endswith(") terminated.")
    assert "exitCode" not in first["container"]
    assert second["container"]["exitCode"] == 0


def test_a_reclaimed_fargate_job_gets_sigterm_and_its_own_reason(aws: LocalBatch) -> None:
    code = (
        "import os, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (os.write(1, b'saving\\n'), sys.exit(5)))\n"
        "print('up', flush=True)\ntime.sleep(60)"
    )
    definition = aws.definition("python3", "-c", code, fargate=True, vcpu="0.25", memory="512")
    job_id = aws.submit(aws.queue(kind="FARGATE_SPOT"), definition)
    aws.wait(job_id, "RUNNING")
    aws.until(lambda: aws.lines(aws.job(job_id)) == ["up"])
    lifecycle.reclaim(aws.server, job_id)
    job = aws.wait(job_id)
    assert (job["status"], job["statusReason"]) == ("FAILED", "Your Spot Task was interrupted.")
    assert job["attempts"][0]["container"]["exitCode"] == 5
    assert aws.lines(job) == ["up", "saving"]


def test_only_a_running_job_can_be_reclaimed(process_aws: LocalBatch) -> None:
    aws = process_aws
    done = aws.run("true")
    with pytest.raises(ToolError, match="only a STARTING or RUNNING job"):
        lifecycle.reclaim(aws.server, done["jobId"])
    with pytest.raises(ToolError, match="not found"):
        lifecycle.reclaim(aws.server, "nope")


# -- blocked queues


def limits(reason: str) -> list[dict[str, Any]]:
    return [{"reason": reason, "state": "RUNNABLE", "maxTimeSeconds": 600, "action": "CANCEL"}]


def test_a_job_that_fits_nowhere_blocks_its_queue_and_says_why(process_aws: LocalBatch) -> None:
    aws = process_aws
    queue, definition = aws.queue(vcpus=2), aws.definition("true")
    large = aws.submit(queue, definition, vcpu="4")
    small = aws.submit(queue, definition)
    aws.until(lambda: "statusReason" in aws.job(large))
    job = aws.job(large)
    assert job["status"] == "RUNNABLE"
    assert job["statusReason"].startswith("MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE")
    assert aws.state(small) == "RUNNABLE"
    aws.batch.cancel_job(jobId=large, reason="my mistake")
    assert aws.wait(small)["status"] == "SUCCEEDED"


def test_a_state_time_limit_cancels_the_job_at_the_head(process_aws: LocalBatch) -> None:
    aws = process_aws
    reason = "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE"
    queue, definition = aws.queue(vcpus=2, jobStateTimeLimitActions=limits(reason)), aws.definition("true")
    large, small = aws.submit(queue, definition, vcpu="4"), aws.submit(queue, definition)
    job = aws.wait(large)
    assert (job["status"], job["isCancelled"]) == ("FAILED", True)
    assert job["statusReason"] == f"Canceled by JobStateTimeLimit action due to reason: {reason}"
    assert job["stoppedAt"] - job["createdAt"] >= 2900
    assert aws.wait(small)["status"] == "SUCCEEDED"


def test_a_state_time_limit_holds_for_a_queue_that_was_blocked_before(process_aws: LocalBatch) -> None:
    aws = process_aws
    reason = "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE"
    queue = aws.queue(vcpus=2)
    large = aws.submit(queue, aws.definition("true"), vcpu="4")
    aws.until(lambda: aws.job(large).get("statusReason", "").startswith(reason))
    aws.update_queue(queue, jobStateTimeLimitActions=limits(reason))
    job = aws.wait(large)
    assert job["statusReason"] == f"Canceled by JobStateTimeLimit action due to reason: {reason}"
    assert job["stoppedAt"] - job["createdAt"] >= 2900  # the ten minutes are 3 s here, and count from the block


def test_missing_capacity_can_be_tried(process_aws: LocalBatch) -> None:
    aws = process_aws
    reason = "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY"
    environment = aws.environment()
    queue, definition = aws.queue(environment, jobStateTimeLimitActions=limits(reason)), aws.definition("true")
    post(aws, "/_batch/capacity", {"computeEnvironment": environment, "available": False})
    first = aws.submit(queue, definition)
    assert aws.wait(first)["statusReason"].endswith(reason)
    second = aws.submit(queue, definition)
    aws.until(lambda: aws.job(second).get("statusReason", "").startswith(reason))
    post(aws, "/_batch/capacity", {"computeEnvironment": environment, "available": True})
    assert aws.wait(second)["status"] == "SUCCEEDED"
    with pytest.raises(urllib.error.HTTPError):
        post(aws, "/_batch/capacity", {"computeEnvironment": "none", "available": True})


# -- infrastructure updates


def test_an_infrastructure_update_ends_jobs_as_its_policy_says(process_aws: LocalBatch) -> None:
    aws = process_aws
    environment = aws.environment()
    queue, definition = aws.queue(environment), aws.definition("sleep", "60")
    job = aws.submit(queue, definition)
    aws.wait(job, "RUNNING")
    aws.update_environment(environment, computeResources={"maxvCpus": 12})
    aws.update_environment(
        environment,
        computeResources={"instanceTypes": ["c5.large"]},
        updatePolicy={"terminateJobsOnUpdate": False, "jobExecutionTimeoutMinutes": 10},
    )
    time.sleep(0.4)
    assert aws.state(job) == "RUNNING"  # the ten minutes are 3 s here
    ended = aws.wait(job)
    assert ended["statusReason"].startswith("Host EC2 (instance i-")
    job = aws.submit(queue, definition)
    aws.wait(job, "RUNNING")
    aws.update_environment(
        environment,
        computeResources={"instanceTypes": ["m5.large"]},
        updatePolicy={"terminateJobsOnUpdate": True},
    )
    assert aws.wait(job, seconds=8)["statusReason"].startswith("Host EC2 (instance i-")


@pytest.mark.parametrize(
    ("types", "asked"),
    [
        (["m7i"], {"MEMORY": str(4 << 20)}),
        (["m7i"], {"GPU": "1"}),
        (["m7i.large"], {"VCPU": "4"}),
        (["c7i.large", "m7i.large"], {"MEMORY": "8192"}),
        (["optimal"], {"GPU": "1"}),
        (["g5.xlarge"], {"GPU": "2"}),
    ],
)
def test_a_job_that_no_instance_type_holds_waits_and_says_why(
    process_aws: LocalBatch, types: list[str], asked: dict[str, str]
) -> None:
    aws = process_aws
    queue = aws.queue(aws.environment(instanceTypes=types))
    wanted = {"VCPU": "1", "MEMORY": "128", **asked}
    requirements = [{"type": kind, "value": value} for kind, value in wanted.items()]
    definition = aws.definition("true", properties={"resourceRequirements": requirements})
    job_id = aws.submit(queue, definition)
    reason = (
        "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement (vCPU/memory/GPU) is higher than "
        "that can be met by the CE(s) attached to the job queue."
    )
    aws.until(lambda: aws.job(job_id).get("statusReason") == reason)
    assert aws.state(job_id) == "RUNNABLE"
    # Behind it stands what would fit; a second environment with larger instances takes both.
    behind = aws.submit(queue, aws.definition("true"))
    larger = aws.environment(instanceTypes=["p5", "u-6tb1.112xlarge"])
    names = [aws.queue_detail(queue)["computeEnvironmentOrder"][0]["computeEnvironment"], larger]
    order = [{"order": number, "computeEnvironment": name} for number, name in enumerate(names, 1)]
    aws.update_queue(queue, computeEnvironmentOrder=order)
    assert {aws.wait(one)["status"] for one in (job_id, behind)} == {"SUCCEEDED"}
