"""Jobs of several containers (``ecsProperties``): their order, who decides, how they are stopped and shown."""

from __future__ import annotations

from typing import Any

from batch_support import LocalBatch, refused


def container(aws: LocalBatch, name: str, script: str = "true", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "image": aws.image,
        "command": ["sh", "-c", script],
        "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "64"}],
        **more,
    }


def define(aws: LocalBatch, *containers: dict[str, Any], task: dict[str, Any] | None = None, **more: Any) -> str:
    name = aws.name("jd")
    aws.batch.register_job_definition(
        jobDefinitionName=name,
        type="container",
        ecsProperties={"taskProperties": [{**(task or {}), "containers": list(containers)}]},
        **{"schedulingPriority": 1, **more},
    )
    return name


def run(aws: LocalBatch, *containers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return aws.wait(aws.submit(aws.queue(), define(aws, *containers, **more)))


def ends(job: dict[str, Any]) -> dict[str, int | None]:
    """Return each container's exit code in the last attempt."""
    (task,) = job["attempts"][-1]["taskProperties"]
    return {one["name"]: one.get("exitCode") for one in task["containers"]}


def lines(aws: LocalBatch, job: dict[str, Any], name: str) -> list[str]:
    (task,) = job["ecsProperties"]["taskProperties"]
    (one,) = (one for one in task["containers"] if one["name"] == name)
    return aws.lines({"container": one})


def after(name: str, condition: str) -> list[dict[str, str]]:
    return [{"containerName": name, "condition": condition}]


def test_containers_start_in_the_order_of_their_dependencies(aws: LocalBatch) -> None:
    job = run(
        aws,
        container(aws, "main", "echo main; date +%s%N", dependsOn=after("prepare", "SUCCESS")),
        container(aws, "prepare", "sleep 0.3; echo ready; date +%s%N", essential=False),
    )
    assert job["status"] == "SUCCEEDED", (job["statusReason"], job["attempts"])
    assert ends(job) == {"main": 0, "prepare": 0}
    prepared, started = lines(aws, job, "prepare"), lines(aws, job, "main")
    assert prepared[0] == "ready"
    assert int(prepared[1]) < int(started[1])


def test_a_job_of_several_containers_is_described_as_aws_does(aws: LocalBatch) -> None:
    job = run(aws, container(aws, "main", "echo $AWS_BATCH_JOB_ID"), container(aws, "side", essential=False))
    assert job["container"] == {}
    (task,) = job["ecsProperties"]["taskProperties"]
    assert ":task/" in task["taskArn"]
    main = task["containers"][0]
    assert (main["name"], main["exitCode"]) == ("main", 0)
    assert main["logStreamName"].split("/")[1] == "main"
    assert lines(aws, job, "main") == [job["jobId"]]
    (attempt,) = job["attempts"]
    assert attempt["container"] == {}
    assert attempt["taskProperties"][0]["taskArn"] == task["taskArn"]


def test_an_essential_container_that_ends_stops_the_others(aws: LocalBatch) -> None:
    stopped = "trap 'echo stopped; exit 3' TERM; echo up; while :; do sleep 0.05; done"
    job = run(
        aws,
        container(aws, "main", "sleep 0.3; exit 7", dependsOn=after("side", "START")),
        container(aws, "side", stopped, essential=False, stopTimeout=20),
    )
    assert job["status"] == "FAILED"
    assert ends(job) == {"main": 7, "side": 3}
    assert lines(aws, job, "side") == ["up", "stopped"]
    assert job["statusReason"] == "Essential container in task exited"


def test_the_end_of_a_container_that_is_not_essential_changes_nothing(aws: LocalBatch) -> None:
    job = run(
        aws,
        container(aws, "main", "echo went on", dependsOn=after("side", "COMPLETE")),
        container(aws, "side", "exit 9", essential=False),
    )
    assert job["status"] == "SUCCEEDED"
    assert ends(job) == {"main": 0, "side": 9}


def test_what_waits_for_a_success_does_not_start_without_it(aws: LocalBatch) -> None:
    job = run(
        aws,
        container(aws, "main", "echo never", dependsOn=after("prepare", "SUCCESS")),
        container(aws, "prepare", "exit 4", essential=False),
    )
    assert job["status"] == "FAILED"
    assert job["statusReason"] == "Task failed to start"
    assert ends(job) == {"main": None, "prepare": 4}
    (task,) = job["attempts"][0]["taskProperties"]
    assert "prepare" in task["containers"][0]["reason"]


def test_a_start_timeout_bounds_the_wait_for_a_dependency(aws: LocalBatch) -> None:
    job = run(
        aws,
        container(aws, "main", "echo never", dependsOn=after("prepare", "COMPLETE"), startTimeout=2),
        container(aws, "prepare", "sleep 60", essential=False, stopTimeout=2),
    )
    assert job["status"] == "FAILED"
    (task,) = job["attempts"][0]["taskProperties"]
    assert "startTimeout" in task["containers"][0]["reason"]


def test_terminating_stops_in_the_reverse_order_and_kills_after_the_stop_timeout(aws: LocalBatch) -> None:
    told = "trap 'date +%s%N; exit 0' TERM; echo up; while :; do sleep 0.05; done"
    deaf = "trap '' TERM; echo up; while :; do sleep 0.05; done"
    names = define(
        aws,
        container(aws, "main", deaf, dependsOn=after("side", "START"), stopTimeout=2),
        container(aws, "side", told, essential=False),
    )
    job_id = aws.submit(aws.queue(), names)
    job = aws.wait(job_id, "RUNNING")
    aws.until(lambda: lines(aws, job, "main") == ["up"] == lines(aws, job, "side"))
    aws.batch.terminate_job(jobId=job_id, reason="enough")
    job = aws.wait(job_id)
    assert job["statusReason"] == "enough"
    assert ends(job) == {"main": 137, "side": 0}
    (attempt,) = job["attempts"]
    told_at = int(lines(aws, job, "side")[1]) // 1_000_000
    assert attempt["stoppedAt"] >= told_at >= attempt["startedAt"] + 1900, "side was stopped before main was gone"


def test_overrides_name_their_container(aws: LocalBatch) -> None:
    definition = define(
        aws,
        container(aws, "main", "echo old $A $B", environment=[{"name": "A", "value": "a"}]),
        container(aws, "side", "echo ${A-none}", essential=False),
    )
    change = {
        "name": "main",
        "command": ["sh", "-c", "echo new $A $B"],
        "environment": [{"name": "B", "value": "b"}],
        "resourceRequirements": [{"type": "MEMORY", "value": "128"}],
    }
    override = {"taskProperties": [{"containers": [change]}]}
    job = aws.wait(aws.submit(aws.queue(), definition, ecsPropertiesOverride=override))
    assert lines(aws, job, "main") == ["new a b"]
    (task,) = job["ecsProperties"]["taskProperties"]
    assert {"type": "MEMORY", "value": "128"} in task["containers"][0]["resourceRequirements"]
    for bad, word in (
        ({"taskProperties": [{"containers": [{**change, "name": "other"}]}]}, "other"),
        ({"taskProperties": [{"containers": [change, change]}]}, "more than once"),
    ):
        with refused(word):
            aws.submit(aws.queue(), definition, ecsPropertiesOverride=bad)
    with refused("containerOverrides does not fit"):
        aws.submit(aws.queue(), definition, command=["true"])
    with refused("ecsPropertiesOverride does not fit"):
        aws.submit(aws.queue(), aws.definition("true"), ecsPropertiesOverride=override)


def test_a_job_of_several_containers_is_retried_by_the_exit_code_that_decides(aws: LocalBatch) -> None:
    rules = [{"onExitCode": "7", "action": "RETRY"}, {"onReason": "*", "action": "EXIT"}]
    job = run(
        aws,
        container(aws, "main", "exit 7", dependsOn=after("side", "START")),
        container(aws, "side", "exit 5", essential=False),
        retryStrategy={"attempts": 2, "evaluateOnExit": rules},
    )
    assert len(job["attempts"]) == 2
    streams = {one["taskProperties"][0]["containers"][0]["logStreamName"] for one in job["attempts"]}
    assert len(streams) == 2


def test_containers_of_a_task_share_their_network_and_volumes(docker_aws: LocalBatch) -> None:
    aws = docker_aws
    shared = {"mountPoints": [{"sourceVolume": "work", "containerPath": "/work"}]}
    listen = (
        "import http.server as h; open('/work/here', 'w').write('x');"
        "h.HTTPServer(('127.0.0.1', 8123), h.SimpleHTTPRequestHandler).serve_forever()"
    )
    ask = (
        "import time, urllib.request as u\n"
        "for _ in range(200):\n"
        "    try:\n"
        "        print(u.urlopen('http://localhost:8123/').status, open('/work/here').read()); break\n"
        "    except OSError: time.sleep(0.05)\n"
    )
    job = run(
        aws,
        container(aws, "main", "", dependsOn=after("prepare", "COMPLETE"), **shared)
        | {"command": ["python3", "-c", ask]},
        container(aws, "server", "", essential=False, **shared) | {"command": ["python3", "-c", listen]},
        container(aws, "prepare", "true", essential=False),
        task={"volumes": [{"name": "work", "host": {}}]},
    )
    assert lines(aws, job, "main") == ["200 x"], job
    from local_batch.runners.docker_runner import JOB_LABEL, connect

    client = connect()
    found = {"label": f"{JOB_LABEL}={job['jobId']}"}
    aws.until(lambda: not client.containers(all=True, filters=found))
    assert not [one for one in client.volumes()["Volumes"] or () if one["Name"].endswith("-work")]


def test_refused_tasks(aws: LocalBatch) -> None:
    one = container(aws, "one")
    cases: list[tuple[str, tuple[dict[str, Any], ...]]] = [
        ("unique", (one, one)),
        ("essential", ({**one, "essential": False},)),
        ("number of containers", tuple(container(aws, f"c{number}") for number in range(11))),
        ("not in the task", ({**one, "dependsOn": after("other", "START")},)),
        ("condition", (one, container(aws, "two", dependsOn=after("one", "HEALTHY")))),
        ("cannot be set on the essential", (one, container(aws, "two", dependsOn=after("one", "SUCCESS")))),
        (
            "circular",
            ({**one, "dependsOn": after("two", "START")}, container(aws, "two", dependsOn=after("one", "START"))),
        ),
        ("must have a name", ({**one, "name": "a b"},)),
        ("stopTimeout must be at least 2", ({**one, "stopTimeout": 1},)),
        ("awsfirelens", ({**one, "logConfiguration": {"logDriver": "awsfirelens"}},)),
        ("firelensConfiguration.type", ({**one, "firelensConfiguration": {"type": "logstash"}},)),
        ("MEMORY must be provided", ({**one, "resourceRequirements": [{"type": "VCPU", "value": "1"}]},)),
    ]
    for words, containers in cases:
        with refused(words):
            define(aws, *containers)
    with refused("exactly one element"):
        aws.batch.register_job_definition(
            jobDefinitionName="jd", type="container", ecsProperties={"taskProperties": [{"containers": [one]}] * 2}
        )
    fargate = {"platformCapabilities": ["FARGATE"], "task": {"executionRoleArn": "arn:aws:iam::123456789012:role/e"}}
    sizes = [{"type": "VCPU", "value": "0.25"}, {"type": "MEMORY", "value": "512"}]
    with refused("(0.50 vCPU, 576 MiB) not valid"):
        small = [{"type": "VCPU", "value": "0.25"}, {"type": "MEMORY", "value": "64"}]
        define(
            aws, {**one, "resourceRequirements": sizes}, container(aws, "two", resourceRequirements=small), **fargate
        )
    with refused("stopTimeout must be between 2 and 120"):
        define(aws, {**one, "resourceRequirements": sizes, "stopTimeout": 121}, **fargate)
    with refused("executionRoleArn is required"):
        define(aws, {**one, "resourceRequirements": sizes}, platformCapabilities=["FARGATE"])
    with refused("is only applicable for Fargate"):
        define(aws, one, task={"networkConfiguration": {"assignPublicIp": "ENABLED"}})
    define(aws, {**one, "resourceRequirements": sizes}, **fargate)
