"""Arrays and dependencies, on both runners."""

from __future__ import annotations

import itertools
from typing import Any

from batch_support import LocalBatch, refused

ALL_STATES = {"SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED"}


def children(aws: LocalBatch, parent: str, size: int) -> list[dict[str, Any]]:
    found = aws.batch.describe_jobs(jobs=[f"{parent}:{index}" for index in range(size)])["jobs"]
    return [dict(job) for job in found]


def test_an_array_has_a_parent_and_children_with_their_index(aws: LocalBatch) -> None:
    definition = aws.definition(
        "sh", "-c", "echo $AWS_BATCH_JOB_ARRAY_INDEX of $AWS_BATCH_JOB_ARRAY_SIZE in $AWS_BATCH_JOB_ID"
    )
    parent_id = aws.submit(aws.queue(), definition, arrayProperties={"size": 3}, jobName="many")
    parent = aws.wait(parent_id)
    assert parent["status"] == "SUCCEEDED"
    assert parent["arrayProperties"]["size"] == 3
    assert parent["arrayProperties"]["statusSummary"] == dict.fromkeys(ALL_STATES, 0) | {"SUCCEEDED": 3}
    assert parent["attempts"] == []
    assert parent["createdAt"] <= parent["startedAt"] <= parent["stoppedAt"]
    for index, child in enumerate(children(aws, parent_id, 3)):
        assert child["jobId"] == f"{parent_id}:{index}"
        assert child["jobArn"] == f"{parent['jobArn']}:{index}"
        assert child["arrayProperties"] == {"index": index}
        assert child["jobName"] == "many"
        assert aws.lines(child) == [f"{index} of 3 in {parent_id}:{index}"]


def test_a_failed_child_fails_the_parent_after_all_are_done(aws: LocalBatch) -> None:
    definition = aws.definition("sh", "-c", 'if [ "$AWS_BATCH_JOB_ARRAY_INDEX" = 0 ]; then exit 9; fi; sleep 0.5')
    parent_id = aws.submit(aws.queue(), definition, arrayProperties={"size": 3})
    parent = aws.wait(parent_id)
    assert (parent["status"], parent["statusReason"]) == ("FAILED", "Array Child Job failed")
    assert parent["arrayProperties"]["statusSummary"]["FAILED"] == 1
    assert parent["arrayProperties"]["statusSummary"]["SUCCEEDED"] == 2
    failed, *others = children(aws, parent_id, 3)
    assert failed["container"]["exitCode"] == 9
    assert parent["stoppedAt"] >= max(child["stoppedAt"] for child in others)


def test_a_parent_is_pending_while_children_run(aws: LocalBatch) -> None:
    parent_id = aws.submit(aws.queue(vcpus=1), aws.definition("sleep", "2"), arrayProperties={"size": 2})
    aws.wait(f"{parent_id}:0", "RUNNING")
    parent = aws.job(parent_id)
    assert parent["status"] == "PENDING"
    assert parent["arrayProperties"]["statusSummary"]["RUNNING"] == 1
    assert parent["arrayProperties"]["statusSummary"]["RUNNABLE"] == 1
    listed = aws.batch.list_jobs(arrayJobId=parent_id)["jobSummaryList"]
    assert [job["jobId"] for job in listed] == [f"{parent_id}:0"]
    assert listed[0]["arrayProperties"]["index"] == 0
    assert aws.wait(parent_id)["status"] == "SUCCEEDED"


def test_a_child_is_retried_by_itself(aws: LocalBatch) -> None:
    definition = aws.definition(
        "sh", "-c", 'test "$AWS_BATCH_JOB_ATTEMPT" = 2 || test "$AWS_BATCH_JOB_ARRAY_INDEX" = 1',
        retryStrategy={"attempts": 2},
    )  # fmt: skip
    parent_id = aws.submit(aws.queue(), definition, arrayProperties={"size": 2})
    assert aws.wait(parent_id)["status"] == "SUCCEEDED"
    assert [len(child["attempts"]) for child in children(aws, parent_id, 2)] == [2, 1]


def test_sequential_children_run_one_after_the_other(aws: LocalBatch) -> None:
    parent_id = aws.submit(
        aws.queue(), aws.definition("true"), arrayProperties={"size": 3}, dependsOn=[{"type": "SEQUENTIAL"}]
    )
    assert aws.wait(parent_id)["status"] == "SUCCEEDED"
    found = children(aws, parent_id, 3)
    for before, after in itertools.pairwise(found):
        assert before["stoppedAt"] <= after["startedAt"]


def test_a_failed_sequential_child_fails_those_after_it(aws: LocalBatch) -> None:
    parent_id = aws.submit(
        aws.queue(),
        aws.definition("sh", "-c", 'test "$AWS_BATCH_JOB_ARRAY_INDEX" != 1'),
        arrayProperties={"size": 4},
        dependsOn=[{"type": "SEQUENTIAL"}],
    )
    assert aws.wait(parent_id)["status"] == "FAILED"
    found = children(aws, parent_id, 4)
    assert [child["status"] for child in found] == ["SUCCEEDED", "FAILED", "FAILED", "FAILED"]
    assert [child["statusReason"] for child in found[2:]] == ["Dependent Job failed"] * 2


def test_n_to_n_children_wait_for_their_own_index(aws: LocalBatch) -> None:
    queue = aws.queue()
    slow_first = aws.definition("sh", "-c", 'if [ "$AWS_BATCH_JOB_ARRAY_INDEX" = 0 ]; then sleep 4; fi')
    first = aws.submit(queue, slow_first, arrayProperties={"size": 2})
    second = aws.submit(
        queue, aws.definition("true"), arrayProperties={"size": 2}, dependsOn=[{"jobId": first, "type": "N_TO_N"}]
    )
    aws.wait(f"{second}:1")
    assert aws.state(f"{first}:0") != "SUCCEEDED"
    assert aws.state(f"{second}:0") == "PENDING"
    assert aws.wait(second)["status"] == "SUCCEEDED"


def test_an_n_to_n_child_fails_with_its_own_index_only(aws: LocalBatch) -> None:
    queue = aws.queue()
    first = aws.submit(
        queue, aws.definition("sh", "-c", 'test "$AWS_BATCH_JOB_ARRAY_INDEX" != 0'), arrayProperties={"size": 2}
    )
    second = aws.submit(
        queue, aws.definition("true"), arrayProperties={"size": 2}, dependsOn=[{"jobId": first, "type": "N_TO_N"}]
    )
    assert aws.wait(second)["status"] == "FAILED"
    assert [child["status"] for child in children(aws, second, 2)] == ["FAILED", "SUCCEEDED"]


def test_an_array_waits_for_an_array(aws: LocalBatch) -> None:
    queue = aws.queue()
    first = aws.submit(queue, aws.definition("sleep", "0.3"), arrayProperties={"size": 2})
    second = aws.submit(queue, aws.definition("true"), arrayProperties={"size": 3}, dependsOn=[{"jobId": first}])
    assert aws.wait(second)["status"] == "SUCCEEDED"
    last = max(child["stoppedAt"] for child in children(aws, first, 2))
    assert min(child["startedAt"] for child in children(aws, second, 3)) >= last


def test_a_job_waits_for_all_it_depends_on(aws: LocalBatch) -> None:
    queue, definition = aws.queue(), aws.definition("sleep", "0.2")
    firsts = [aws.submit(queue, definition) for _ in range(3)]
    job = aws.wait(aws.submit(queue, definition, dependsOn=[{"jobId": one} for one in firsts]))
    assert job["dependsOn"] == [{"jobId": one} for one in firsts]
    assert job["startedAt"] >= max(aws.job(one)["stoppedAt"] for one in firsts)


def test_a_job_may_wait_for_one_child(aws: LocalBatch) -> None:
    queue = aws.queue()
    definition = aws.definition("sh", "-c", 'if [ "$AWS_BATCH_JOB_ARRAY_INDEX" = 1 ]; then sleep 60; fi')
    parent = aws.submit(queue, definition, arrayProperties={"size": 2})
    assert (
        aws.wait(aws.submit(queue, aws.definition("true"), dependsOn=[{"jobId": f"{parent}:0"}]))["status"]
        == "SUCCEEDED"
    )
    aws.batch.terminate_job(jobId=parent, reason="done with it")
    assert aws.wait(parent)["statusReason"] == "done with it"


def test_a_failed_dependency_fails_all_that_hang_on_it(aws: LocalBatch) -> None:
    queue, good = aws.queue(), aws.definition("true")
    first = aws.submit(queue, aws.definition("sh", "-c", "sleep 0.3; false"))
    second = aws.submit(queue, good, dependsOn=[{"jobId": first}])
    third = aws.submit(queue, good, dependsOn=[{"jobId": second}])
    array = aws.submit(queue, good, dependsOn=[{"jobId": first}], arrayProperties={"size": 2})
    for job_id in (second, third, array, f"{array}:1"):
        job = aws.wait(job_id)
        assert (job["status"], job["statusReason"]) == ("FAILED", "Dependent Job failed")
        assert job["attempts"] == []
    late = aws.wait(aws.submit(queue, good, dependsOn=[{"jobId": first}]))
    assert (late["status"], late["statusReason"]) == ("FAILED", "Dependent Job failed")


def test_a_dependency_that_has_succeeded_already_does_not_hold(aws: LocalBatch) -> None:
    queue, good = aws.queue(), aws.definition("true")
    first = aws.submit(queue, good)
    aws.wait(first)
    assert aws.wait(aws.submit(queue, good, dependsOn=[{"jobId": first}]))["status"] == "SUCCEEDED"


def test_terminating_an_array_ends_all_children(aws: LocalBatch) -> None:
    queue = aws.queue(vcpus=2)
    parent_id = aws.submit(queue, aws.definition("sleep", "60"), arrayProperties={"size": 5})
    aws.wait(f"{parent_id}:1", "RUNNING")
    aws.batch.terminate_job(jobId=parent_id, reason="all of it")
    parent = aws.wait(parent_id)
    assert (parent["status"], parent["statusReason"], parent["isTerminated"]) == ("FAILED", "all of it", True)
    assert {child["statusReason"] for child in children(aws, parent_id, 5)} == {"all of it"}


def test_cancelling_an_array_leaves_running_children(aws: LocalBatch) -> None:
    queue = aws.queue(vcpus=1)
    parent_id = aws.submit(queue, aws.definition("sleep", "2"), arrayProperties={"size": 3})
    aws.wait(f"{parent_id}:0", "RUNNING")
    aws.batch.cancel_job(jobId=parent_id, reason="no more")
    assert aws.state(parent_id) == "PENDING"
    parent = aws.wait(parent_id)
    assert (parent["status"], parent["isCancelled"]) == ("FAILED", True)
    assert [child["status"] for child in children(aws, parent_id, 3)] == ["SUCCEEDED", "FAILED", "FAILED"]


def test_one_child_can_be_stopped(aws: LocalBatch) -> None:
    parent_id = aws.submit(aws.queue(), aws.definition("sleep", "2"), arrayProperties={"size": 2})
    aws.wait(f"{parent_id}:0", "RUNNING")
    aws.batch.terminate_job(jobId=f"{parent_id}:0", reason="this one")
    assert aws.wait(parent_id)["statusReason"] == "Array Child Job failed"
    assert [child["status"] for child in children(aws, parent_id, 2)] == ["FAILED", "SUCCEEDED"]


def test_refused_arrays_and_dependencies(process_aws: LocalBatch) -> None:
    aws = process_aws
    queue, definition = aws.queue(), aws.definition("true")
    known = aws.submit(queue, definition, arrayProperties={"size": 2})
    for size in (1, 10_001):
        with refused("array size", "10000"):
            aws.submit(queue, definition, arrayProperties={"size": size})
    with refused("not found"):
        aws.submit(queue, definition, dependsOn=[{"jobId": "11111111-1111-1111-1111-111111111111"}])
    with refused("maximum of 20"):
        aws.submit(queue, definition, dependsOn=[{"jobId": known}] * 21)
    with refused("SEQUENTIAL"):
        aws.submit(queue, definition, dependsOn=[{"type": "SEQUENTIAL"}])
    with refused("SEQUENTIAL"):
        aws.submit(queue, definition, arrayProperties={"size": 2}, dependsOn=[{"type": "SEQUENTIAL", "jobId": known}])
    with refused("N_TO_N"):
        aws.submit(queue, definition, dependsOn=[{"type": "N_TO_N", "jobId": known}])
    with refused("sizes"):
        aws.submit(queue, definition, arrayProperties={"size": 3}, dependsOn=[{"type": "N_TO_N", "jobId": known}])
    with refused("jobId"):
        aws.submit(queue, definition, arrayProperties={"size": 3}, dependsOn=[{"type": "N_TO_N"}])
    with refused("jobId"):
        aws.submit(queue, definition, dependsOn=[{}])
