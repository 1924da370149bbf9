"""What only containers have: limits, users, file systems, out of memory."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batch_support import LocalBatch  # noqa: TC002 - as in the other tests

from local_batch.runners import pause_image
from local_batch.runners.docker_runner import connect

SIZE_OF = "df -m %s | tail -1 | tr -s ' ' | cut -d' ' -f2"


@pytest.fixture
def aws(docker_aws: LocalBatch) -> LocalBatch:
    return docker_aws


def output(aws: LocalBatch, script: str, **more: Any) -> list[str]:
    job = aws.run("sh", "-c", script, **more)
    assert job["status"] == "SUCCEEDED", (job["statusReason"], job["attempts"])
    return aws.lines(job)


def limits(aws: LocalBatch, job_id: str) -> dict[str, Any]:
    """Return what the engine was told of a running job's container."""
    from local_batch.runners.docker_runner import JOB_LABEL

    client = connect()
    (container,) = client.containers(filters={"label": f"{JOB_LABEL}={job_id}"})
    found: dict[str, Any] = client.inspect_container(container["Id"])
    return found


def test_cpu_and_memory_are_limited(aws: LocalBatch) -> None:
    job = aws.submit(aws.queue(kind="FARGATE"), aws.definition("sleep", "60", fargate=True, vcpu="0.5", memory="1024"))
    aws.wait(job, "RUNNING")
    host = limits(aws, job)["HostConfig"]
    assert host["NanoCpus"] == 500_000_000
    assert host["Memory"] == host["MemorySwap"] == 1024 << 20
    aws.batch.terminate_job(jobId=job, reason="seen")
    aws.wait(job)


def test_out_of_memory_is_reported_as_aws_does(aws: LocalBatch) -> None:
    job = aws.run("python3", "-c", "x = bytearray(300 << 20); print(len(x))", memory="64")
    assert job["status"] == "FAILED"
    (attempt,) = job["attempts"]
    assert attempt["container"]["exitCode"] == 137
    assert attempt["container"]["reason"] == "OutOfMemoryError: Container killed due to memory usage"


def test_out_of_memory_is_told_of_a_job_that_gets_over_it(aws: LocalBatch) -> None:
    job = aws.run("sh", "-c", "python3 -c 'print(len(bytearray(300 << 20)))'; exit 0", memory="64")
    assert (job["status"], job["container"]["exitCode"]) == ("SUCCEEDED", 0)
    assert job["container"]["reason"] == "OutOfMemoryError: Container killed due to memory usage"


def test_out_of_memory_can_be_matched_by_its_reason(aws: LocalBatch) -> None:
    rules = [{"onReason": "OutOfMemoryError*", "action": "EXIT"}]
    definition = aws.definition(
        "python3", "-c", "bytearray(300 << 20)", memory="64",
        retryStrategy={"attempts": 3, "evaluateOnExit": rules},
    )  # fmt: skip
    assert len(aws.wait(aws.submit(aws.queue(), definition))["attempts"]) == 1


def test_the_user_is_the_definitions(aws: LocalBatch) -> None:
    assert output(aws, "id -u; id -g", properties={"user": "1234:4321"}) == ["1234", "4321"]


def test_a_read_only_root_with_tmpfs_and_a_volume(aws: LocalBatch) -> None:
    properties = {
        "readonlyRootFilesystem": True,
        "linuxParameters": {"tmpfs": [{"containerPath": "/scratch", "size": 8, "mountOptions": ["noexec"]}]},
        "volumes": [{"name": "vol"}],
        "mountPoints": [{"sourceVolume": "vol", "containerPath": "/vol"}],
    }
    script = "touch /x 2>/dev/null || echo no; touch /vol/x && echo yes; touch /scratch/x && " + SIZE_OF % "/scratch"
    assert output(aws, script, properties=properties) == ["no", "yes", "8"]


def test_a_host_volume_is_mounted(aws: LocalBatch) -> None:
    folder = aws.state_dir / "mounted"
    folder.mkdir()
    (folder / "in.txt").write_text("from the host\n")
    properties = {
        "volumes": [{"name": "host", "host": {"sourcePath": str(folder)}}],
        "mountPoints": [{"sourceVolume": "host", "containerPath": "/data", "readOnly": True}],
    }
    assert output(aws, "cat /data/in.txt; touch /data/y 2>/dev/null || echo no", properties=properties) == [
        "from the host",
        "no",
    ]


def test_a_file_system_is_shared_by_jobs(aws: LocalBatch) -> None:
    properties = {
        "volumes": [{"name": "efs", "efsVolumeConfiguration": {"fileSystemId": "fs-12345678", "rootDirectory": "/a"}}],
        "mountPoints": [{"sourceVolume": "efs", "containerPath": "/efs"}],
    }
    output(aws, "echo shared > /efs/f", properties=properties)
    assert output(aws, "cat /efs/f", properties=properties) == ["shared"]


def test_an_init_process_runs_first_where_asked(aws: LocalBatch) -> None:
    script = "tr '\\0' ' ' < /proc/1/cmdline"
    with_init = output(aws, script, properties={"linuxParameters": {"initProcessEnabled": True}})
    assert "init" in with_init[0]
    assert "init" not in output(aws, script)[0].split("/proc/1")[0]


def test_ulimits_and_shared_memory(aws: LocalBatch) -> None:
    properties = {
        "ulimits": [{"name": "nofile", "softLimit": 123, "hardLimit": 456}],
        "linuxParameters": {"sharedMemorySize": 5},
    }
    script = "ulimit -Sn; ulimit -Hn; " + SIZE_OF % "/dev/shm"
    assert output(aws, script, properties=properties) == ["123", "456", "5"]


def test_a_job_uses_s3_of_the_local_aws(aws: LocalBatch) -> None:
    bucket = aws.name("bucket")
    aws.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    code = (
        "import os, urllib.request as u\n"
        "key = os.environ['AWS_ACCESS_KEY_ID']\n"
        f"url = os.environ['AWS_ENDPOINT_URL'] + '/{bucket}/out.txt'\n"
        "signed = f'AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/s3/aws4_request, Signature=0'\n"
        "head = {'Content-Type': 'text/plain', 'Authorization': signed}\n"
        "u.urlopen(u.Request(url, b'made in a container', head, method='PUT'), timeout=10)"
    )
    assert aws.run("python3", "-c", code)["status"] == "SUCCEEDED"
    assert aws.client("s3").get_object(Bucket=bucket, Key="out.txt")["Body"].read() == b"made in a container"


def test_a_url_that_was_signed_on_one_side_is_read_on_the_other(docker_aws: LocalBatch) -> None:
    aws = docker_aws
    s3, bucket = aws.client("s3"), aws.name("bucket")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    s3.put_object(Bucket=bucket, Key="from-host", Body=b"made on the host")
    url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "from-host"})
    # What a job makes of its own variables, as its SDK would: the key is all that is looked at.
    signed = "?AWSAccessKeyId={}&Signature=x&Expires=4102444800"
    code = (
        "import os, sys, urllib.request as u\n"
        "print(u.urlopen(sys.argv[1], timeout=10).read().decode())\n"
        "url = os.environ['AWS_ENDPOINT_URL'] + sys.argv[2] + sys.argv[3].format(os.environ['AWS_ACCESS_KEY_ID'])\n"
        "kind = {'Content-Type': 'text/plain'}\n"
        "u.urlopen(u.Request(url, b'made in a container', kind, method='PUT'), timeout=10)\n"
        "print(url)"
    )
    job = aws.run("python3", "-c", code, url, f"/{bucket}/from-job", signed)
    assert job["status"] == "SUCCEEDED", aws.lines(job)
    read, made = aws.lines(job)
    assert read == "made on the host"
    assert urllib.request.urlopen(made, timeout=10).read() == b"made in a container"
    # And addresses that services give, such as a queue's.
    queue = aws.client("sqs").create_queue(QueueName=aws.name("queue"))["QueueUrl"]
    status = "import sys, urllib.request as u, urllib.error\ntry: u.urlopen(sys.argv[1], timeout=10)\n"
    ask = status + "except urllib.error.HTTPError as error: print(error.code)"
    assert aws.lines(aws.run("python3", "-c", ask, queue)) == ["403"]  # it is there, and wants a key


def test_the_server_answers_on_loopback_too(docker_aws: LocalBatch) -> None:
    address = f"http://127.0.0.1:{docker_aws.server.port}/_batch/health"
    answer = urllib.request.urlopen(urllib.request.Request(address, headers=docker_aws.own_call()), timeout=10)
    assert json.loads(answer.read())["endpoint_url"] == docker_aws.server.endpoint_url


@pytest.fixture
def arm_image() -> Iterator[str]:
    """An image of one program, for the architecture that this engine is not of."""
    engine: Any = connect()
    theirs = "arm64" if engine.version(api_version=False)["Arch"] != "arm64" else "amd64"
    layer = archive({"pause": pause_image.program(theirs)})
    config = {
        "architecture": theirs,
        "os": "linux",
        "config": {"Cmd": ["/pause"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
    }
    name = "other-architecture.of-a-test:1"
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    files = {"config.json": json.dumps(config).encode(), "manifest.json": json.dumps(manifest).encode()}
    list(engine.load_image(archive({**files, "layer.tar": layer})))
    yield name
    engine.remove_image(name, force=True)
    engine.close()


def archive(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as opened:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o755
            opened.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def test_an_image_of_another_architecture_is_named_as_such(docker_aws: LocalBatch, arm_image: str) -> None:
    if list(Path("/proc/sys/fs/binfmt_misc").glob("qemu-*")):
        pytest.skip("this engine runs other architectures by emulation")
    job = docker_aws.run("/pause", properties={"image": arm_image})
    assert job["container"]["exitCode"] != 0
    assert re.fullmatch(
        r"exec format error: the image is for linux/(arm64|amd64), and the engine runs linux/\w+",
        job["container"]["reason"],
    )


def test_containers_are_removed_after_their_job(aws: LocalBatch) -> None:
    from local_batch.runners.docker_runner import JOB_LABEL

    client = connect()

    def containers(job_id: str) -> list[Any]:
        return list(client.containers(all=True, filters={"label": f"{JOB_LABEL}={job_id}"}))

    job_id = aws.submit(aws.queue(), aws.definition("sleep", "60"))
    aws.wait(job_id, "RUNNING")
    assert len(containers(job_id)) == 1
    aws.batch.terminate_job(jobId=job_id, reason="seen")
    aws.until(lambda: not containers(job_id), 40)


def holders(aws: LocalBatch) -> list[dict[str, Any]]:
    """Return the containers of a server that hold networks."""
    from local_batch.runners.docker_runner import JOB_LABEL, STATE_LABEL, connect
    from local_batch.runners.ownership import state_id

    found = connect().containers(filters={"label": f"{STATE_LABEL}={state_id(aws.state_dir)}"})
    return [one for one in found if JOB_LABEL not in one["Labels"]]


def test_a_job_has_its_network_to_itself(aws: LocalBatch) -> None:
    listen = "import socket, time; s = socket.create_server(('127.0.0.1', 8123)); time.sleep(60)"
    queue, definition = aws.queue(), aws.definition("python3", "-c", listen)
    jobs = [aws.submit(queue, definition) for _ in range(3)]  # each listens on the same port
    for job in jobs:
        aws.wait(job, "RUNNING")
    assert len(holders(aws)) >= 3
    for job in jobs:
        assert aws.state(job) == "RUNNING"
        aws.batch.terminate_job(jobId=job, reason="seen")
    for job in jobs:
        aws.wait(job, "FAILED")


def test_a_network_is_kept_for_the_next_job(aws: LocalBatch) -> None:
    aws.run("true")
    before = len(holders(aws))
    for _ in range(5):
        aws.run("true")
    assert len(holders(aws)) <= before + 1  # one may not be given back yet when the next job begins


def test_what_a_job_writes_into_the_file_of_hosts_is_not_the_next_ones(aws: LocalBatch) -> None:
    marked = "10.1.2.3 of-another-job"
    queue = aws.queue(vcpus=1)
    write = aws.definition("sh", "-c", f"echo {marked} >> /etc/hosts; cat /etc/hosts")
    assert marked in aws.lines(aws.wait(aws.submit(queue, write)))
    for _ in range(3):
        assert marked not in aws.lines(aws.wait(aws.submit(queue, aws.definition("cat", "/etc/hosts"))))


def test_what_somebody_took_away_between_two_jobs_is_made_anew(aws: LocalBatch) -> None:
    from local_batch.runners.docker_runner import connect

    client = connect()
    aws.run("true")
    for one in holders(aws):
        client.kill(one["Id"])
    assert aws.run("true")["status"] == "SUCCEEDED"
    image = "aws-batch-local-test-of-its-own:1"
    client.tag(aws.image, *image.split(":"))
    assert aws.run("true", properties={"image": image})["status"] == "SUCCEEDED"
    client.remove_image(image)
    job = aws.run("true", properties={"image": image})
    assert job["attempts"][0]["container"]["reason"].startswith("CannotPullContainerError: ")


def test_tags_reach_the_container_where_propagated(aws: LocalBatch) -> None:
    definition = aws.definition("sleep", "60", tags={"team": "a"})
    job = aws.submit(aws.queue(), definition, tags={"run": "7"}, propagateTags=True)
    aws.wait(job, "RUNNING")
    labels = limits(aws, job)["Config"]["Labels"]
    assert (labels["team"], labels["run"]) == ("a", "7")
    aws.batch.terminate_job(jobId=job, reason="seen")


def test_health_says_how_jobs_run(aws: LocalBatch) -> None:
    found = json.loads((aws.state_dir / "server.json").read_text())
    assert (found["runner"], found["runner_reason"]) == ("docker", "asked for")
