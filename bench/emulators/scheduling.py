"""What runs when: dependencies, arrays, capacity, priorities, shares; jobs of several containers and nodes."""

from __future__ import annotations

import contextlib
import itertools
import time

from bench.emulators.account import Account, equal, must
from bench.emulators.behaviours import API, USER, behaviour

D, C, N = "Dependencies, arrays", "Scheduling", "Several containers, several nodes"
DEPENDENCIES = USER + "job_dependencies.html"
ARRAYS = USER + "array_jobs.html"
NODES = USER + "multi-node-parallel-jobs.html"


def started_in_order(a: Account, *jobs: str) -> None:
    """Hold that jobs started one after the other."""
    times = [a.wait(job)["startedAt"] for job in jobs]
    must(times == sorted(times), f"they started at {times}")


@behaviour(D, "a job is PENDING until the one that it depends on has succeeded", DEPENDENCIES)
def dependent_waits(a: Account) -> None:
    first = a.submit("sleep 4")
    second = a.submit(dependsOn=[{"jobId": first}])
    a.wait(first, "RUNNING")
    equal(a.job(second)["status"], "PENDING", "status meanwhile")
    one, two = a.wait(first), a.wait(second)
    equal((one["status"], two["status"]), ("SUCCEEDED", "SUCCEEDED"), "statuses")
    must(two["startedAt"] >= one["stoppedAt"], "it started before the other's end")


@behaviour(D, "where that one fails, the job fails and does not run", DEPENDENCIES)
def dependent_fails(a: Account) -> None:
    second = a.submit("true", dependsOn=[{"jobId": a.submit("sleep 2; exit 1")}])
    found = a.wait(second)
    equal(found["status"], "FAILED", "status")
    equal(found.get("attempts", []), [], "attempts")
    must("ependent" in (found.get("statusReason") or ""), f"statusReason {found.get('statusReason')!r}")


@behaviour(D, "SEQUENTIAL: the children of an array run one after the other", USER + "example_array_job.html")
def array_is_sequential(a: Account) -> None:
    job = a.submit("sleep 1", arrayProperties={"size": 3}, dependsOn=[{"type": "SEQUENTIAL"}])
    equal(a.wait(job)["status"], "SUCCEEDED", "status")
    children = [a.job(f"{job}:{index}") for index in range(3)]
    for one, two in itertools.pairwise(children):
        must(two["startedAt"] >= one["stoppedAt"], "a child started before the end of the one before it")


@behaviour(D, "N_TO_N: a child waits for the child of its index alone", ARRAYS)
def arrays_go_side_by_side(a: Account) -> None:
    first = a.submit('[ "$AWS_BATCH_JOB_ARRAY_INDEX" = 0 ] || sleep 8', arrayProperties={"size": 2})
    second = a.submit(arrayProperties={"size": 2}, dependsOn=[{"jobId": first, "type": "N_TO_N"}])
    a.until(lambda: a.job(f"{second}:0").get("status") == "SUCCEEDED", "the child of index 0 has succeeded")
    must(a.job(f"{first}:1")["status"] not in ("SUCCEEDED", "FAILED"), "it waited for both")
    equal(a.wait(second)["status"], "SUCCEEDED", "status")


@behaviour(D, "children know their index and the size by variables", USER + "job_env_vars.html")
def children_know_their_index(a: Account) -> None:
    job = a.submit('echo "$AWS_BATCH_JOB_ARRAY_INDEX of $AWS_BATCH_JOB_ARRAY_SIZE"', arrayProperties={"size": 2})
    equal(a.wait(job)["status"], "SUCCEEDED", "status")
    for index in range(2):
        a.written(a.job(f"{job}:{index}"), f"{index} of 2")


@behaviour(D, "an array counts its children by status", API + "API_ArrayPropertiesDetail.html")
def array_counts_its_children(a: Account) -> None:
    found = a.wait(a.submit(arrayProperties={"size": 3}))
    equal(found["arrayProperties"].get("statusSummary", {}).get("SUCCEEDED"), 3, "statusSummary.SUCCEEDED")


@behaviour(D, "an array fails where a child does, after all have ended", ARRAYS)
def array_fails_with_a_child(a: Account) -> None:
    job = a.submit('exit "$AWS_BATCH_JOB_ARRAY_INDEX"', arrayProperties={"size": 2})
    found = a.wait(job)
    equal(found["status"], "FAILED", "status")
    equal([a.job(f"{job}:{index}")["status"] for index in range(2)], ["SUCCEEDED", "FAILED"], "children")


@behaviour(D, "ListJobs lists the children of an array", API + "API_ListJobs.html")
def children_are_listed(a: Account) -> None:
    job = a.submit(arrayProperties={"size": 2})
    a.wait(job)
    found = a.batch.list_jobs(arrayJobId=job, jobStatus="SUCCEEDED")["jobSummaryList"]
    equal({one["jobId"] for one in found}, {f"{job}:0", f"{job}:1"}, "children")


@behaviour(D, "to terminate an array is to terminate its children", API + "API_TerminateJob.html")
def array_is_terminated(a: Account) -> None:
    job = a.submit("sleep 60", arrayProperties={"size": 2})
    a.until(lambda: a.job(f"{job}:0").get("status") == "RUNNING", "a child runs")
    a.batch.terminate_job(jobId=job, reason="not needed")
    equal(a.wait(job, seconds=45)["status"], "FAILED", "status")
    equal([a.job(f"{job}:{index}")["status"] for index in range(2)], ["FAILED", "FAILED"], "children")


@behaviour(C, "no more run at once than maxvCpus have room for", USER + "compute_environment_parameters.html")
def capacity_is_a_limit(a: Account) -> None:
    queue = a.queue(a.environment(1))
    jobs = [a.submit("sleep 2", queue=queue) for _ in range(2)]
    one, two = sorted((a.wait(job) for job in jobs), key=lambda job: int(job["startedAt"]))
    must(two["startedAt"] >= one["stoppedAt"], "both ran at once")


@behaviour(C, "a job that is larger than any environment stays RUNNABLE", STUCK := USER + "job_stuck_in_runnable.html")
def larger_than_all_waits(a: Account) -> None:
    queue = a.queue(a.environment(1))
    needs = [{"type": "VCPU", "value": "2"}, {"type": "MEMORY", "value": "128"}]
    job = a.submit(queue=queue, containerOverrides={"resourceRequirements": needs})
    time.sleep(4)
    equal(a.job(job)["status"], "RUNNABLE", "status")


@behaviour(C, "why it waits is in its statusReason", STUCK)
def waiting_says_why(a: Account) -> None:
    queue = a.queue(a.environment(1))
    needs = [{"type": "VCPU", "value": "2"}, {"type": "MEMORY", "value": "128"}]
    job = a.submit(queue=queue, containerOverrides={"resourceRequirements": needs})
    a.until(lambda: "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE" in (a.job(job).get("statusReason") or ""),
            "the reason is MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE", 10,
            lambda: f"it is {a.job(job).get('statusReason')!r}")  # fmt: skip


@behaviour(C, "jobs of an environment that is DISABLED wait", API + "API_CreateComputeEnvironment.html")
def disabled_environment_starts_nothing(a: Account) -> None:
    environment = a.environment()
    queue = a.queue(environment)
    a.batch.update_compute_environment(computeEnvironment=environment, state="DISABLED")
    a.until(lambda: a.described_environment(environment)["state"] == "DISABLED", "it is DISABLED", 10)
    job = a.submit(queue=queue)
    time.sleep(4)
    equal(a.job(job)["status"], "RUNNABLE", "status")


@behaviour(C, "of two queues on one environment the one of higher priority goes first", API + "API_CreateJobQueue.html")
def higher_priority_goes_first(a: Account) -> None:
    environment = a.environment(1)
    low, high = a.queue(environment, 1), a.queue(environment, 10)
    busy = a.submit("sleep 4", queue=low)
    a.wait(busy, "RUNNING")
    later = a.submit("sleep 1", queue=low)
    time.sleep(0.5)
    first = a.submit("sleep 1", queue=high)
    started_in_order(a, busy, first, later)


@behaviour(C, "a queue without a policy is first in, first out", USER + "job_scheduling.html")
def first_in_first_out(a: Account) -> None:
    queue = a.queue(a.environment(1))
    jobs = []
    for _ in range(4):
        jobs.append(a.submit("sleep 0.3", queue=queue))
        time.sleep(0.05)
    started_in_order(a, *jobs)


@behaviour(C, "a queue with a policy lets a share that has used less go first", USER + "job_scheduling.html")
def shares_are_fair(a: Account) -> None:
    policy = {"shareDecaySeconds": 600, "shareDistribution": [
        {"shareIdentifier": "A", "weightFactor": 1.0}, {"shareIdentifier": "B", "weightFactor": 1.0}]}  # fmt: skip
    arn = a.batch.create_scheduling_policy(name=a.name("policy"), fairsharePolicy=policy)["arn"]
    queue = a.queue(a.environment(1), schedulingPolicyArn=arn)
    name = a.definition("sleep 2", schedulingPriority=1)
    first = a.submit(queue=queue, definition=name, shareIdentifier="A")
    a.wait(first, "RUNNING")
    of_a = a.submit(queue=queue, definition=name, shareIdentifier="A")
    time.sleep(0.3)
    of_b = a.submit(queue=queue, definition=name, shareIdentifier="B")
    started_in_order(a, first, of_b, of_a)


@behaviour(C, "GetJobQueueSnapshot names the jobs at the front", API + "API_GetJobQueueSnapshot.html")
def front_of_a_queue(a: Account) -> None:
    queue = a.queue(a.environment(1))
    busy = a.submit("sleep 20", queue=queue)
    a.wait(busy, "RUNNING")
    job = a.submit(queue=queue)
    arn = a.job(job)["jobArn"]
    try:
        look = lambda: a.batch.get_job_queue_snapshot(jobQueue=queue)["frontOfQueue"]["jobs"]  # noqa: E731
        a.until(lambda: [one["jobArn"] for one in look()] == [arn], "the job is at the front", 10)
    finally:
        with contextlib.suppress(Exception):
            a.batch.terminate_job(jobId=busy, reason="enough")


@behaviour(C, "a job waits for a consumable resource that another holds", API + "API_CreateConsumableResource.html")
def consumable_resources_are_held(a: Account) -> None:
    name = a.name("licence")
    a.batch.create_consumable_resource(consumableResourceName=name, totalQuantity=1, resourceType="REPLENISHABLE")
    needs = {"consumableResourceList": [{"consumableResource": name, "quantity": 1}]}
    definition = a.definition("sleep 2", consumableResourceProperties=needs)
    jobs = [a.submit(definition=definition) for _ in range(2)]
    one, two = sorted((a.wait(job) for job in jobs), key=lambda job: int(job["startedAt"]))
    must(two["startedAt"] >= one["stoppedAt"], "both ran at once")


@behaviour(N, "a job of two nodes: each knows its index, and the main one's", NODES)
def nodes_know_each_other(a: Account) -> None:
    name = a.name("nodes")
    script = (
        'echo "$AWS_BATCH_JOB_NODE_INDEX of $AWS_BATCH_JOB_NUM_NODES, main $AWS_BATCH_JOB_MAIN_NODE_INDEX"; sleep 1'
    )
    a.batch.register_job_definition(
        jobDefinitionName=name, type="multinode",
        nodeProperties={"numNodes": 2, "mainNode": 0, "nodeRangeProperties": [
            {"targetNodes": "0:1", "container": a.container(script)}]},
    )  # fmt: skip
    job = a.submit(definition=name)
    equal(a.wait(job)["status"], "SUCCEEDED", "status")
    for index in range(2):
        a.written(a.job(f"{job}#{index}"), f"{index} of 2, main 0")


@behaviour(N, "ListJobs lists the nodes of a job", API + "API_ListJobs.html")
def nodes_are_listed(a: Account) -> None:
    name = a.name("nodes")
    ranges = [{"targetNodes": "0:1", "container": a.container("sleep 1")}]
    a.batch.register_job_definition(
        jobDefinitionName=name, type="multinode",
        nodeProperties={"numNodes": 2, "mainNode": 0, "nodeRangeProperties": ranges},
    )  # fmt: skip
    job = a.submit(definition=name)
    a.wait(job)
    found = a.batch.list_jobs(multiNodeJobId=job, jobStatus="SUCCEEDED")["jobSummaryList"]
    must(f"{job}#0" in {one["jobId"] for one in found}, f"it lists {[one['jobId'] for one in found]}")


@behaviour(N, "a task of two containers: one waits for the other's success", API + "API_TaskContainerDependency.html")
def containers_wait_for_each_other(a: Account) -> None:
    name = a.name("several")
    first = a.container("sleep 1; echo first") | {"name": "first", "essential": False}
    after = [{"containerName": "first", "condition": "SUCCESS"}]
    second = a.container("echo second") | {"name": "second", "essential": True, "dependsOn": after}
    a.batch.register_job_definition(
        jobDefinitionName=name, type="container", ecsProperties={"taskProperties": [{"containers": [first, second]}]}
    )
    found = a.wait(a.submit(definition=name))
    equal(found["status"], "SUCCEEDED", "status")
    containers = found["ecsProperties"]["taskProperties"][0]["containers"]
    equal([one.get("exitCode") for one in containers], [0, 0], "exit codes")
