"""What a job's container is told of itself, as on ECS: the task metadata endpoint, version 4, and credentials."""

from __future__ import annotations

import http.client
import json
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from batch_support import LocalBatch

ASK = """
import json, os, sys, urllib.request as u
uri = os.environ["ECS_CONTAINER_METADATA_URI_V4"]
found = {part: json.load(u.urlopen(uri + part, timeout=20)) for part in ["", *sys.argv[1:]]}
print(json.dumps([uri, found]))
"""


def told(aws: LocalBatch, *parts: str, **more: Any) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """Return a job, the address of its metadata, and what that answered, by itself and under each path."""
    job = aws.run("python3", "-c", ASK, *parts, **more)
    assert job["status"] == "SUCCEEDED", aws.lines(job)
    uri, found = json.loads(aws.lines(job)[-1])
    return job, uri, found


@pytest.mark.parametrize("fargate", [False, True], ids=["EC2", "Fargate"])
def test_a_job_knows_where_it_runs(aws: LocalBatch, fargate: bool) -> None:
    size = {"vcpu": "0.25", "memory": "512"} if fargate else {}
    job = aws.run("printenv", "AWS_EXECUTION_ENV", fargate=fargate, **size)
    assert aws.lines(job) == ["AWS_ECS_FARGATE" if fargate else "AWS_ECS_EC2"]


def test_a_container_reads_its_metadata(aws: LocalBatch) -> None:
    job, _, found = told(aws)
    container = found[""]
    definition, revision = job["jobDefinition"].rpartition("/")[2].split(":")
    assert container["Name"] == "default"
    assert container["Image"] == aws.image
    assert container["KnownStatus"] == container["DesiredStatus"] == "RUNNING"
    assert container["Limits"] == {"CPU": 1024, "Memory": 128}
    assert container["Type"] == "NORMAL"
    labels = {name.removeprefix("com.amazonaws.ecs."): value for name, value in container["Labels"].items()}
    assert labels["task-arn"] == job["container"]["taskArn"]
    assert (labels["task-definition-family"], labels["task-definition-version"]) == (definition, revision)
    # What Metaflow reads before it does anything else.
    assert container["LogDriver"] == "awslogs"
    assert container["LogOptions"] == {
        "awslogs-group": "/aws/batch/job",
        "awslogs-region": "ap-northeast-1",
        "awslogs-stream": job["container"]["logStreamName"],
    }
    assert all(container[name] for name in ("DockerId", "DockerName", "ImageID"))
    assert container["CreatedAt"] <= container["StartedAt"]
    (network,) = container["Networks"]
    assert network["NetworkMode"] == ("bridge" if aws.runner == "docker" else "host")
    assert len(network["IPv4Addresses"]) == 1


def test_a_container_reads_its_tasks_metadata(aws: LocalBatch) -> None:
    job, _, found = told(aws, "/task", fargate=True, vcpu="0.25", memory="512")
    task = found["/task"]
    assert task["TaskARN"] == job["container"]["taskArn"]
    assert ":cluster/AWSBatch-" in task["Cluster"]
    assert (task["LaunchType"], task["Limits"]) == ("FARGATE", {"CPU": 0.25, "Memory": 512})
    assert task["AvailabilityZone"].startswith("ap-northeast-1")
    assert task["Containers"] == [found[""]]


def test_a_container_reads_what_it_uses(aws: LocalBatch) -> None:
    _, _, found = told(aws, "/stats", "/task/stats")
    stats = found["/stats"]
    assert stats["memory_stats"]["usage"] > 1 << 20
    assert stats["pids_stats"]["current"] >= 1
    assert stats["cpu_stats"]["cpu_usage"]["total_usage"] >= stats["precpu_stats"]["cpu_usage"]["total_usage"] > 0
    assert stats["cpu_stats"]["system_cpu_usage"] > stats["precpu_stats"]["system_cpu_usage"]
    assert stats["read"] > stats["preread"]
    assert found["/task/stats"].keys() == {found[""]["DockerId"]}


def test_containers_of_a_task_see_each_other_in_its_metadata(aws: LocalBatch) -> None:
    ask = "import time; time.sleep(0.5)\n" + ASK
    resources = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "128"}]
    containers = [
        {"name": "main", "image": aws.image, "command": ["python3", "-c", ask, "/task"], "essential": True,
         "resourceRequirements": resources, "dependsOn": [{"containerName": "side", "condition": "START"}]},
        {"name": "side", "image": aws.image, "command": ["sleep", "60"], "essential": False,
         "resourceRequirements": resources},
    ]  # fmt: skip
    name = aws.name("jd")
    properties = {"taskProperties": [{"containers": containers}]}
    aws.batch.register_job_definition(jobDefinitionName=name, type="container", ecsProperties=properties)
    job = aws.wait(aws.submit(aws.queue(), name))
    streams = {one["name"]: one["logStreamName"] for one in job["ecsProperties"]["taskProperties"][0]["containers"]}
    _, found = json.loads(aws.lines({"container": {"logStreamName": streams["main"]}})[-1])
    assert {one["Name"]: one["KnownStatus"] for one in found["/task"]["Containers"]} == {
        "main": "RUNNING",
        "side": "RUNNING",
    }


def get(aws: LocalBatch, uri: str, method: str = "GET", **headers: str) -> int:
    server = urlsplit(aws.server.endpoint_url)
    connection = http.client.HTTPConnection(str(server.hostname), server.port, timeout=10)
    connection.request(method, urlsplit(uri).path, headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_metadata_is_for_who_knows_its_address_while_the_container_runs(aws: LocalBatch) -> None:
    script = f"{ASK}import time; time.sleep(60)"
    job_id = aws.submit(aws.queue(), aws.definition("python3", "-u", "-c", script))
    aws.wait(job_id, "RUNNING")
    aws.until(lambda: bool(aws.lines(aws.job(job_id))))
    uri = json.loads(aws.lines(aws.job(job_id))[0])[0]
    assert get(aws, uri) == 200
    # An id that nobody was given, a path beside it, another method, a page in a browser: as any request without a key.
    assert {get(aws, uri[:-4] + "0000"), get(aws, uri + "/other"), get(aws, uri, "POST")} == {403}
    assert get(aws, uri, Origin="http://evil.example") == 403
    assert get(aws, uri, Host="evil.example") == 403
    aws.batch.terminate_job(jobId=job_id, reason="the test is over")
    aws.wait(job_id, "FAILED")
    assert get(aws, uri) == 403


def test_sdks_find_a_processs_credentials_as_on_ecs(process_aws: LocalBatch) -> None:
    code = (
        "import boto3, os; session = boto3.Session(); found = session.get_credentials()\n"
        "print(found.method, os.environ.get('AWS_ACCESS_KEY_ID'), found.access_key)\n"
        "print(session.client('sts').get_caller_identity()['Account'])"
    )
    job = process_aws.run(sys.executable, "-c", code)
    assert process_aws.lines(job) == [f"container-role None {process_aws.keys.access_key_id}", "123456789012"]


CALLER = """
import json, os, re, urllib.request as u
uri = os.environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
found = json.load(u.urlopen(uri, timeout=20)) if uri else {}
key = found.get("AccessKeyId") or os.environ["AWS_ACCESS_KEY_ID"]
token = found.get("Token") or os.environ.get("AWS_SESSION_TOKEN", "")
head = f"AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0"
body = b"Action=GetCallerIdentity&Version=2011-06-15"
asked = u.Request(os.environ["AWS_ENDPOINT_URL"], body, {"Authorization": head})
print(re.search("<Arn>(.*)</Arn>", u.urlopen(asked, timeout=20).read().decode())[1], key, len(token))
"""


def test_a_job_is_its_role_to_sts(aws: LocalBatch) -> None:
    name = aws.name("job")
    role = aws.role(name)
    job = aws.run("python3", "-c", CALLER, properties={"jobRoleArn": role})
    arn, key, token = aws.lines(job)[0].split()
    task = job["container"]["taskArn"].rpartition("/")[2]
    assert arn == f"arn:aws:sts::123456789012:assumed-role/{name}/{task}"
    assert key != aws.keys.access_key_id
    assert int(token) > 100


def test_a_job_whose_role_is_not_there_has_the_servers_keys(aws: LocalBatch) -> None:
    none = "arn:aws:iam::123456789012:role/not-there"
    _, key, _ = aws.lines(aws.run("python3", "-c", CALLER, properties={"jobRoleArn": none}))[0].split()
    assert key == aws.keys.access_key_id


def test_a_container_has_its_keys_in_variables(docker_aws: LocalBatch) -> None:
    job = docker_aws.run("sh", "-c", 'echo "$AWS_ACCESS_KEY_ID $AWS_CONTAINER_CREDENTIALS_FULL_URI"')
    assert [line.strip() for line in docker_aws.lines(job)] == [docker_aws.keys.access_key_id]
