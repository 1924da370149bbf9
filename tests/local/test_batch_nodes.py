"""Multi-node parallel jobs: a main node, others that start once it runs and are stopped when it ends."""

from __future__ import annotations

import socket
from typing import Any

from batch_support import LocalBatch, refused

from local_batch import lifecycle


def properties(aws: LocalBatch, *commands: str, main: int = 0, nodes: int | None = None, **more: Any) -> dict[str, Any]:
    """Return node properties with a group of one node for each command."""
    count = nodes or len(commands)
    ranges = [
        {"targetNodes": f"{n}:{n}" if n < len(commands) - 1 else f"{n}:", "container": container(aws, command, **more)}
        for n, command in enumerate(commands)
    ]
    return {"numNodes": count, "mainNode": main, "nodeRangeProperties": ranges}


def container(aws: LocalBatch, command: str, vcpu: str = "1", **more: Any) -> dict[str, Any]:
    sizes = [{"type": "VCPU", "value": vcpu}, {"type": "MEMORY", "value": "128"}]
    return {"image": aws.image, "command": ["sh", "-c", command], "resourceRequirements": sizes, **more}


def define(aws: LocalBatch, nodes: dict[str, Any], **more: Any) -> str:
    name = aws.name("mnp")
    aws.batch.register_job_definition(jobDefinitionName=name, type="multinode", nodeProperties=nodes, **more)
    return name


SHOW = (
    "echo $AWS_BATCH_JOB_NODE_INDEX of $AWS_BATCH_JOB_NUM_NODES main $AWS_BATCH_JOB_MAIN_NODE_INDEX "
    "at ${AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS:-none} id $AWS_BATCH_JOB_ID attempt $AWS_BATCH_JOB_ATTEMPT"
)


def node(aws: LocalBatch, job: str, index: int, *states: str) -> dict[str, Any]:
    return aws.wait(f"{job}#{index}", *states)


SERVE = """
import http.server, sys, time
server = http.server.HTTPServer(("", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler)
for _ in range(int(sys.argv[2])): server.handle_request()
time.sleep(1)
"""
FETCH = """
import os, sys, time, urllib.request
url = "http://%s:%s/" % (os.environ["AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS"], sys.argv[1])
while True:
    try: print(urllib.request.urlopen(url, timeout=10).status); break
    except OSError: time.sleep(0.1)
"""


def test_nodes_know_and_reach_each_other_and_the_main_node_decides(aws: LocalBatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    queue = aws.queue()
    # The main node ends after both others have reached it.
    main = container(aws, f"{SHOW}; python3 -c '{SERVE}' {port} 2 2>/dev/null")
    other = container(aws, f"{SHOW}; python3 -c '{FETCH}' {port}; exit 4")
    ranges = [{"targetNodes": "1", "container": main}, {"targetNodes": "0:", "container": other}]
    job = aws.submit(queue, define(aws, {"numNodes": 3, "mainNode": 1, "nodeRangeProperties": ranges}))
    whole = aws.wait(job, "SUCCEEDED", seconds=60)
    assert whole["jobId"] == job
    assert "container" not in whole
    assert whole["nodeProperties"]["numNodes"] == 3
    assert whole["attempts"][0]["container"]["exitCode"] == 0
    addresses = set()
    for index in range(3):
        is_main = index == 1
        found = node(aws, job, index, "SUCCEEDED" if is_main else "FAILED")
        assert found["nodeDetails"] == {"nodeIndex": index, "isMainNode": is_main}
        line, *answer = aws.lines(found)
        assert answer == ([] if is_main else ["200"])
        words, _, rest = line.partition(" at ")
        address, _, after = rest.partition(" id ")
        assert words == f"{index} of 3 main 1"
        assert after == f"{job}#{index} attempt 1"
        assert (address == "none") == is_main
        addresses.add(address)
        assert found["attempts"][0]["container"]["exitCode"] == (0 if is_main else 4)
        assert found["container"]["exitCode"] == (0 if is_main else 4)
    assert len(addresses) == 2
    assert node(aws, job, 1)["startedAt"] == whole["startedAt"]
    listed = aws.batch.list_jobs(multiNodeJobId=job, jobStatus="FAILED")["jobSummaryList"]
    assert [one["jobId"] for one in listed] == [f"{job}#0", f"{job}#2"]
    assert listed[1]["nodeProperties"] == {"isMainNode": False, "numNodes": 3, "nodeIndex": 2}
    (summary,) = aws.batch.list_jobs(jobQueue=queue, jobStatus="SUCCEEDED")["jobSummaryList"]
    assert (summary["jobId"], summary["nodeProperties"]) == (job, {"numNodes": 3})


def test_the_end_of_the_main_node_stops_the_others(aws: LocalBatch) -> None:
    job = aws.submit(aws.queue(), define(aws, properties(aws, "sleep 0.5; exit 3", "sleep 60", nodes=2)))
    whole = aws.wait(job, "FAILED")
    assert (whole["attempts"][0]["container"]["exitCode"], len(whole["attempts"])) == (3, 1)
    stopped = node(aws, job, 1, "FAILED")
    assert "main node" in stopped["statusReason"]
    assert stopped["stoppedAt"] <= whole["stoppedAt"]


def test_a_failed_main_node_is_retried_with_all_others(aws: LocalBatch) -> None:
    main = 'sleep 0.3; test "$AWS_BATCH_JOB_ATTEMPT" = 2'
    definition = define(aws, properties(aws, main, "sleep 60", nodes=2), retryStrategy={"attempts": 3})
    job = aws.submit(aws.queue(), definition)
    whole = aws.wait(job, "SUCCEEDED")
    assert [one["container"]["exitCode"] for one in whole["attempts"]] == [1, 0]
    assert len(node(aws, job, 1, "FAILED")["attempts"]) == 2


def test_terminating_a_multi_node_job_ends_all_nodes_and_one_node_itself(aws: LocalBatch) -> None:
    queue, definition = aws.queue(), define(aws, properties(aws, "sleep 60", "sleep 60", nodes=3))
    job = aws.submit(queue, definition)
    for index in range(3):
        node(aws, job, index, "RUNNING")
    aws.batch.terminate_job(jobId=f"{job}#2", reason="one")
    assert node(aws, job, 2, "FAILED")["statusReason"] == "one"
    assert aws.state(job) == aws.state(f"{job}#1") == "RUNNING"
    aws.batch.terminate_job(jobId=job, reason="all")
    assert aws.wait(job, "FAILED")["statusReason"] == "all"
    assert node(aws, job, 1, "FAILED")["statusReason"] == "all"
    waiting = aws.submit(queue, definition, dependsOn=[{"jobId": aws.submit(queue, aws.definition("sleep", "60"))}])
    aws.wait(waiting, "PENDING")
    assert aws.state(f"{waiting}#1") == "PENDING"
    aws.batch.terminate_job(jobId=waiting, reason="before")
    assert node(aws, waiting, 1, "FAILED")["statusReason"] == "before"


def test_the_timeout_is_of_the_whole_multi_node_job(process_aws: LocalBatch) -> None:
    aws = process_aws
    definition = define(aws, properties(aws, "sleep 60", "sleep 60", nodes=2), timeout={"attemptDurationSeconds": 60})
    job = aws.submit(aws.queue(), definition)
    assert aws.wait(job, "FAILED")["statusReason"] == "Job attempt duration exceeded timeout"
    assert node(aws, job, 1)["statusReason"] == "Job attempt duration exceeded timeout"


def test_a_multi_node_job_is_placed_as_a_whole(process_aws: LocalBatch) -> None:
    aws = process_aws
    queue = aws.queue(vcpus=6)  # each node has an instance of two vCPUs to itself
    first = aws.submit(queue, aws.definition("sleep", "60", vcpu="2"))
    aws.wait(first, "RUNNING")
    job = aws.submit(queue, define(aws, properties(aws, "true", "true", nodes=3)))
    aws.wait(job, "RUNNABLE")
    assert aws.state(f"{job}#0") == aws.state(f"{job}#2") == "RUNNABLE"
    aws.batch.terminate_job(jobId=first, reason="room")
    aws.wait(job, "SUCCEEDED")


def test_nodes_that_have_no_instance_each_wait_with_the_reason(process_aws: LocalBatch) -> None:
    aws = process_aws
    queue = aws.queue(vcpus=4)
    job = aws.submit(queue, define(aws, properties(aws, "true", "true", nodes=3)))
    reason = "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT"
    aws.until(lambda: str(aws.job(job).get("statusReason", "")).startswith(reason))
    assert aws.state(job) == "RUNNABLE"
    aws.batch.terminate_job(jobId=job, reason="seen")


def test_a_node_whose_host_is_reclaimed_ends_alone(process_aws: LocalBatch) -> None:
    aws = process_aws
    job = aws.submit(aws.queue(kind="SPOT"), define(aws, properties(aws, "sleep 60", "sleep 60", nodes=2)))
    node(aws, job, 1, "RUNNING")
    lifecycle.reclaim(aws.server, f"{job}#1")
    lost = node(aws, job, 1, "FAILED")
    assert lost["statusReason"].startswith("Host EC2")
    assert aws.state(job) == "RUNNING"
    aws.batch.terminate_job(jobId=job, reason="seen")


def test_a_job_its_nodes_and_children_are_known_by_its_arn_too(process_aws: LocalBatch) -> None:
    aws = process_aws
    queue = aws.queue()
    several = aws.submit(queue, define(aws, properties(aws, "sleep 60", "sleep 60")))
    array = aws.submit(queue, aws.definition("sleep", "60"), arrayProperties={"size": 2})
    for job, part in (several, "#1"), (array, ":1"):
        arn = aws.job(job)["jobArn"]
        assert arn == f"arn:aws:batch:ap-northeast-1:123456789012:job/{job}"
        assert [aws.job(named)["jobId"] for named in (arn, arn + part)] == [job, job + part]
        aws.batch.terminate_job(jobId=arn, reason="by its ARN")
        assert aws.wait(job)["status"] == "FAILED"


def test_node_overrides(process_aws: LocalBatch) -> None:
    aws = process_aws
    show = "echo $WHO; sleep 2"  # the main node ends after the others have said it
    nodes = properties(aws, show, show, nodes=2, environment=[{"name": "WHO", "value": "nobody"}])
    definition, queue = define(aws, nodes), aws.queue()

    def override(target: str, who: str) -> dict[str, Any]:
        return {"targetNodes": target, "containerOverrides": {"environment": [{"name": "WHO", "value": who}]}}

    overrides = {"numNodes": 4, "nodePropertyOverrides": [override(":", "all"), override("2:3", "late")]}
    job = aws.submit(queue, definition, nodeOverrides=overrides)
    whole = aws.wait(job, "SUCCEEDED")
    assert whole["nodeProperties"]["numNodes"] == 4
    said = [aws.lines(node(aws, job, index))[0] for index in range(4)]
    assert said == ["all", "all", "late", "late"]
    closed = properties(aws, show, show, nodes=2)
    closed["nodeRangeProperties"][1]["targetNodes"] = "1:1"
    for words, name, asked in (
        ("open upper boundary", define(aws, closed), {"numNodes": 3}),
        ("lower boundary", define(aws, properties(aws, show, show, show, nodes=3)), {"numNodes": 2}),
        ("mainNode", define(aws, properties(aws, show, nodes=3, main=2)), {"numNodes": 2}),
        ("up to 8 nodes", definition, {"numNodes": 9}),
        ("must lie within", definition, {"nodePropertyOverrides": [override("1:5", "x")]}),
        ("AWS_BATCH", definition, {"nodePropertyOverrides": [
            {"targetNodes": "0", "containerOverrides": {"environment": [{"name": "AWS_BATCH_X", "value": ""}]}}
        ]}),
    ):  # fmt: skip
        with refused(words):
            aws.submit(queue, name, nodeOverrides=asked)
    with refused("containerOverrides does not fit"):
        aws.submit(queue, definition, command=["true"])
    with refused("array"):
        aws.submit(queue, definition, arrayProperties={"size": 2})
    with refused("nodeOverrides does not fit"):
        aws.submit(queue, aws.definition("true"), nodeOverrides={"numNodes": 2})


def test_refused_node_properties(process_aws: LocalBatch) -> None:
    aws = process_aws
    good = properties(aws, "true", "true", nodes=3)
    first, last = good["nodeRangeProperties"]
    for words, change in (
        ("numNodes", {"numNodes": 0}),
        ("mainNode", {"mainNode": 3}),
        ("mainNode", {"mainNode": -1}),
        ("between 1 and 5 elements", {"nodeRangeProperties": []}),
        ("between 1 and 5 elements", {"nodeRangeProperties": [first] * 5 + [last]}),
        ("no node range", {"nodeRangeProperties": [first]}),
        ("not a range", {"nodeRangeProperties": [{**last, "targetNodes": "a:b"}]}),
        ("must lie within", {"nodeRangeProperties": [{**last, "targetNodes": "0:3"}]}),
        ("must lie within", {"nodeRangeProperties": [{**last, "targetNodes": "2:1"}]}),
        ("must have a container", {"nodeRangeProperties": [{"targetNodes": "0:"}]}),
        ("one element", {"nodeRangeProperties": [{**last, "targetNodes": ":", "instanceTypes": ["a", "b"]}]}),
        ("MEMORY", {"nodeRangeProperties": [
            {"targetNodes": ":", "container": {"image": "i", "resourceRequirements": [{"type": "VCPU", "value": "1"}]}}
        ]}),
    ):  # fmt: skip
        with refused(words):
            define(aws, {**good, **change})
    with refused("Fargate"):
        define(aws, good, platformCapabilities=["FARGATE"])
    with refused("platform capabilities"):
        aws.submit(aws.queue(kind="FARGATE"), define(aws, good))
    nested = {**good, "nodeRangeProperties": [{**last, "targetNodes": "0:"}, {**first, "targetNodes": "1:1"}]}
    definition = define(aws, nested)
    (shown,) = aws.batch.describe_job_definitions(jobDefinitionName=definition)["jobDefinitions"]
    assert shown["type"] == "multinode"
    assert shown["nodeProperties"]["nodeRangeProperties"][1]["targetNodes"] == "1:1"
    several = {"targetNodes": "0:", "ecsProperties": {"taskProperties": [{"containers": [container(aws, "true")]}]}}
    with refused("not there"):
        aws.submit(aws.queue(), define(aws, {**good, "nodeRangeProperties": [several]}))


def test_ecs_has_a_task_and_an_instance_for_each_node(process_aws: LocalBatch) -> None:
    aws, ecs = process_aws, process_aws.client("ecs")
    name = aws.environment()
    cluster = aws.environment_detail(name)["ecsClusterArn"]
    job = aws.submit(aws.queue(name), define(aws, properties(aws, "sleep 60", "sleep 60", nodes=3)))
    arns = {node(aws, job, index, "RUNNING")["container"]["taskArn"] for index in range(3)}
    assert set(ecs.list_tasks(cluster=cluster)["taskArns"]) == arns
    assert len(ecs.list_container_instances(cluster=cluster)["containerInstanceArns"]) == 3
    (found,) = ecs.describe_clusters(clusters=[cluster])["clusters"]
    assert found["runningTasksCount"] == 3
    task = ecs.describe_tasks(cluster=cluster, tasks=sorted(arns)[:1])["tasks"][0]
    assert ecs.describe_task_definition(taskDefinition=task["taskDefinitionArn"])["taskDefinition"]["family"]
    with refused("child job"):
        aws.batch.list_tags_for_resource(resourceArn=aws.job(f"{job}#1")["jobArn"])
    aws.batch.terminate_job(jobId=job, reason="seen")
