"""The image of aws-batch-local: what the package's README shows of it is run, on a real engine."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError

import local_batch
from awa_batch.errors import UsageError
from awa_batch.images.base_images import BaseImageUnavailableError
from awa_batch.images.base_names import base_names
from awa_batch.images.build import build_image
from awa_batch.images.docker_engine import BuilderUnavailableError, Engine
from awa_batch.images.registry_api import RegistryApi
from scripts import publish_local_batch
from tests.image.conftest import ROOT
from tests.needs import missing

README = (ROOT / "scripts/local_batch/README.md").read_text()
SECTION = README.partition("## As a container")[2].partition("\n## ")[0]
NAME = f"aws-batch-local:{local_batch.__version__}"
"""What the README calls the image, and `make local-batch-image` tags it."""
STATE_LABEL, JOB_LABEL = "aws-batch-local.state", "aws-batch-local.job"

Docker = Callable[..., str]


@pytest.fixture(scope="module")
def docker(engine: Engine) -> Docker:
    def run(*words: str, check: bool = True, both: bool = False) -> str:
        done = subprocess.run([str(engine.command), *words], capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout + done.stderr if both else done.stdout.strip()

    return run


@pytest.fixture(scope="module")
def image(engine: Engine, state: Path) -> str:
    """The image as the pipeline builds it, by the name of its commit."""
    try:
        built = build_image("aws-batch-local", root=ROOT, engine=engine, state_dir=state, say=print)
    except (BaseImageUnavailableError, BuilderUnavailableError) as error:
        missing(error.what)
    return built.reference


@pytest.fixture(scope="module")
def job_image(image: str, docker: Docker) -> str:
    """An image that jobs run in, and that is here: the one that ours is built on, or its stand-in."""
    assert image
    base = base_names(ROOT)["PYTHON_IMAGE"]
    return base.reference if docker("image", "ls", "--quiet", base.reference) else base.tagged


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", SECTION, re.DOTALL)


class Server:
    """A container that was started as the README shows, under names and on a port of this test's own."""

    def __init__(self, docker: Docker, name: str, port: int) -> None:
        self.docker, self.name, self.port = docker, name, port

    def variables(self) -> dict[str, str]:
        """What `env` in the container prints, which the README has evaluated on the host."""
        printed = self.docker("exec", self.name, "aws-batch-local", "env")
        return {name: shlex.split(value)[0] for name, value in re.findall(r"^export (AWS_\w+)=(.*)$", printed, re.M)}

    def wait(self) -> None:
        until(lambda: "ready at" in logs(self.docker, self.name), f"{self.name} answers")

    def client(self, service: str, host: str = "127.0.0.1", keys: tuple[str, str] | None = None) -> Any:
        told = self.variables()
        return boto3.session.Session().client(  # type: ignore[call-overload]
            service,
            endpoint_url=f"http://{host}:{self.port}",
            region_name="us-east-1",
            aws_access_key_id=keys[0] if keys else told["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys[1] if keys else told["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )

    def run_job(self, image: str, *command: str, **more: Any) -> tuple[dict[str, Any], list[str]]:
        """Run a job on the queue that is there from the start; return what describes it and what it wrote."""
        batch = self.client("batch")
        job = submit(batch, image, *command, **more)
        until(lambda: described(batch, job)["status"] in {"SUCCEEDED", "FAILED"}, "the job ends")
        found = described(batch, job)
        stream = found["container"]["logStreamName"]
        read = self.client("logs").get_log_events(logGroupName="/aws/batch/job", logStreamName=stream)
        return found, [event["message"] for event in read["events"]]


def logs(docker: Docker, name: str) -> str:
    return docker("logs", name, both=True)


def submit(batch: Any, image: str, *command: str, **more: Any) -> str:
    name = f"job-{uuid.uuid4().hex[:8]}"
    needs = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "128"}]
    properties = {"image": image, "command": list(command), "resourceRequirements": needs, **more}
    batch.register_job_definition(jobDefinitionName=name, type="container", containerProperties=properties)
    return str(batch.submit_job(jobName=name, jobQueue="default", jobDefinition=name)["jobId"])


def described(batch: Any, job: str) -> dict[str, Any]:
    return dict(batch.describe_jobs(jobs=[job])["jobs"][0])


def until(holds: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(HTTPClientError, EndpointConnectionError):
            if holds():
                return
        time.sleep(0.1)
    pytest.fail(f"{what}: not within {seconds:g} s")


def of_state(docker: Docker, volume: str) -> list[str]:
    """The containers that a server with this volume started: its label has the id of the host's folder."""
    from local_batch.runners.ownership import state_id

    mark = state_id(Path(docker("volume", "inspect", "--format", "{{.Mountpoint}}", volume)))
    return docker("ps", "--all", "--quiet", "--filter", f"label={STATE_LABEL}={mark}").split()


@contextlib.contextmanager
def started(docker: Docker, image: str, line: str, *options: str, **variables: str) -> Iterator[Server]:
    """Run a `docker run` line of the README with this image, on a free port, under a name of its own."""
    name, port = f"awa-batch-test-{uuid.uuid4().hex[:8]}", free_port()
    line = line.replace("\\\n", " ").replace(NAME, image).replace("127.0.0.1:4566:", f"127.0.0.1:{port}:")
    line = line.replace("--name aws-batch-local", f"--name {name}").replace("aws-batch-local:/var", f"{name}:/var")
    given = " ".join(f"--env {variable}={value}" for variable, value in variables.items())
    line = line.replace("docker run", f"docker run {given}") + " " + " ".join(options)
    try:
        subprocess.run(["sh", "-euc", line], check=True, capture_output=True, timeout=60)
        server = Server(docker, name, port)
        server.wait()
        yield server
    finally:
        docker("rm", "--force", "--volumes", name, check=False)
        if f"{name}:/var" in line:
            for left in of_state(docker, name):
                docker("rm", "--force", left, check=False)
            docker("volume", "rm", name, check=False)


def run_lines() -> tuple[str, str]:
    """The README's two `docker run` lines: without the engine's socket, and with it."""
    found = re.findall(r"^docker run(?:[^\n]*\\\n)*[^\n]*$", "\n".join(blocks("")), re.MULTILINE)
    with_socket, without = found
    assert "docker.sock" not in without
    assert "docker.sock" in with_socket
    return without, with_socket


def machine_image(server: Server) -> str:
    """What the log names for jobs of the container's own commands."""
    (found,) = re.findall(r"this machine's commands: (\S+)", logs(server.docker, server.name))
    return str(found)


def test_the_run_line_of_the_readme_without_a_socket(docker: Docker, image: str) -> None:
    with started(docker, image, run_lines()[0]) as server:
        assert server.variables()["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
        found, lines = server.run_job(machine_image(server), "sh", "-c", "echo hello; id -u; echo $AWS_ENDPOINT_URL")
        assert found["status"] == "SUCCEEDED", found
        assert lines == ["hello", "10001", "http://127.0.0.1:4566"]
        until(lambda: docker("inspect", "--format", "{{.State.Health.Status}}", server.name) == "healthy", "healthy")
        job = submit(server.client("batch"), machine_image(server), "sh", "-c", "trap '' TERM; sleep 100; sleep 100")
        until(lambda: described(server.client("batch"), job)["status"] == "RUNNING", "a job runs")
        began = time.monotonic()
        docker("stop", server.name)
        assert time.monotonic() - began < 10, "the engine would have killed it"
        assert docker("inspect", "--format", "{{.State.ExitCode}}", server.name) == "0"


def test_a_container_image_does_not_run_without_a_socket_and_the_job_says_so(docker: Docker, image: str) -> None:
    with started(docker, image, run_lines()[0]) as server:
        batch = server.client("batch")
        job = submit(batch, "busybox", "true")
        until(lambda: described(batch, job)["status"] == "FAILED", "it fails")
        assert "runs jobs as processes" in described(batch, job)["container"]["reason"]


def test_the_run_line_of_the_readme_with_the_socket(docker: Docker, image: str, job_image: str) -> None:
    with started(docker, image, run_lines()[1]) as server:
        ask = "import os, urllib.request as r; print(r.urlopen(os.environ['ECS_CONTAINER_METADATA_URI_V4']).status)"
        script = f'echo hello; id -u; python3 -c "{ask}"; echo $AWS_ENDPOINT_URL'
        found, lines = server.run_job(job_image, "sh", "-c", script)
        assert found["status"] == "SUCCEEDED", (found, lines)
        # root of an image of its own, not this container's user; and it reaches the server by the server's name.
        assert lines == ["hello", "0", "200", "http://aws-batch-local:4566"]
        batch = server.client("batch")
        stubborn = submit(batch, job_image, "sh", "-c", "trap '' TERM; sleep 100; sleep 100")
        until(lambda: described(batch, stubborn)["status"] == "RUNNING", "a job runs")
        jobs = docker("ps", "--quiet", "--filter", f"label={JOB_LABEL}={stubborn}").split()
        assert len(jobs) == 1
        assert set(jobs) < set(of_state(docker, server.name))
        began = time.monotonic()
        docker("stop", server.name)
        assert time.monotonic() - began < 10, "the engine would have killed it"
        assert docker("inspect", "--format", "{{.State.ExitCode}}", server.name) == "0"
        assert of_state(docker, server.name) == []


def test_jobs_beside_it_share_a_file_system_that_lies_in_its_volume(docker: Docker, image: str, job_image: str) -> None:
    efs = {"volumes": [{"name": "v", "efsVolumeConfiguration": {"fileSystemId": "fs-12345678"}}],
           "mountPoints": [{"sourceVolume": "v", "containerPath": "/efs"}]}  # fmt: skip
    here = {"volumes": [{"name": "v", "host": {"sourcePath": "/etc"}}],
            "mountPoints": [{"sourceVolume": "v", "containerPath": "/x"}]}  # fmt: skip
    with started(docker, image, run_lines()[1], "--host-mounts", "/etc") as server:
        for wanted in (["one"], ["one", "one"]):
            found, lines = server.run_job(job_image, "sh", "-c", "echo one >>/efs/file; cat /efs/file", **efs)
            assert (found["status"], lines) == ("SUCCEEDED", wanted)
        # /etc of the container is not /etc of the engine's host, which it would be if the path went to the engine.
        batch = server.client("batch")
        job = submit(batch, job_image, "true", **here)
        until(lambda: described(batch, job)["status"] == "FAILED", "it fails")
        assert "/etc is in the container of the local AWS alone" in described(batch, job)["container"]["reason"]


def test_what_a_killed_one_left_ends_with_the_next_on_its_volume_and_no_others(
    docker: Docker, image: str, job_image: str
) -> None:
    line = run_lines()[1]
    with started(docker, image, line) as other, started(docker, image, line) as server:
        for one in (other, server):
            batch = one.client("batch")
            job = submit(batch, job_image, "sleep", "100")
            until(lambda batch=batch, job=job: described(batch, job)["status"] == "RUNNING", "a job runs")  # type: ignore[misc]
        theirs = set(of_state(docker, other.name))
        left = set(of_state(docker, server.name))
        docker("kill", server.name)
        assert set(of_state(docker, server.name)) == left != set()
        docker("start", server.name)
        until(lambda: not left & set(of_state(docker, server.name)), "what was left is ended")
        assert set(of_state(docker, other.name)) == theirs


def test_only_names_that_the_owner_gave_and_only_keys_that_it_has(docker: Docker, image: str) -> None:
    keys = ("AKIALOCALTEAM0001", "known-to-the-team")
    given = {"AWS_BATCH_LOCAL_ACCESS_KEY_ID": keys[0], "AWS_BATCH_LOCAL_SECRET_ACCESS_KEY": keys[1]}
    with started(docker, image, run_lines()[0], "--host-names", "batch,aws.test", **given) as server:
        assert server.client("batch", keys=keys).describe_job_queues()["jobQueues"]
        told = server.variables()
        assert (told["AWS_ACCESS_KEY_ID"], told["AWS_SECRET_ACCESS_KEY"]) == keys
        with pytest.raises(ClientError, match="security token"):
            server.client("batch", keys=("AKIALOCALTEAM0002", keys[1])).describe_job_queues()
        code = (
            "import sys, http.client as h\n"
            "c = h.HTTPConnection('127.0.0.1', 4566); c.putrequest('POST', '/v1/describejobqueues', skip_host=True)\n"
            "c.putheader('Host', sys.argv[1]); c.putheader('Content-Length', '2')\n"
            f"scope = '{keys[0]}/20260101/us-east-1/batch/aws4_request'\n"
            "c.putheader('Authorization', f'AWS4-HMAC-SHA256 Credential={scope}')\n"
            "c.endheaders(b'{}'); print(c.getresponse().status)"
        )
        answers = {
            host: docker("exec", server.name, "python", "-c", code, host)
            for host in ("batch:4566", "aws.test", "localhost:1", "evil.example:4566", "aws-batch-local:4566")
        }
        # The last is refused too: names that are given take the place of the image's own.
        assert list(answers.values()) == ["200", "200", "200", "403", "403"]


def test_it_says_why_it_does_not_start(docker: Docker, image: str, engine: Engine) -> None:
    def said(*words: str) -> tuple[int, str]:
        done = subprocess.run(
            [str(engine.command), "run", "--rm", *words], capture_output=True, text=True, check=False, timeout=60
        )
        return done.returncode, done.stderr

    code, why = said(image, "--runner", "docker")
    assert (code, "no Docker engine answers" in why) == (1, True), why
    code, why = said("--volume", "/var/run/docker.sock:/var/run/docker.sock", image, "--runner", "docker")
    assert (code, "--group-add" in why) == (1, True), why
    code, why = said("--env", "AWS_BATCH_LOCAL_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE",
                     "--env", "AWS_BATCH_LOCAL_SECRET_ACCESS_KEY=wJalrXUtnFEMI", image)  # fmt: skip
    assert (code, "looks like an access key of a real account" in why) == (2, True), why
    assert "wJalr" not in why
    code, why = said(image, "--time-scale", "0")
    assert (code, "--time-scale 0" in why) == (2, True), why
    assert docker("version")


def _runs(*words: str) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return subprocess.run(words, capture_output=True, check=False).returncode == 0
    return False


def test_the_compose_file_of_the_readme(docker: Docker, image: str, job_image: str, tmp_path: Path) -> None:
    compose = next((words for words in (["docker", "compose"], ["docker-compose"]) if _runs(*words, "version")), None)
    if compose is None:
        missing("no docker compose")
    (text,) = blocks("yaml")
    file = tmp_path / "compose.yaml"
    port = free_port()
    file.write_text(text.replace(NAME, image).replace("127.0.0.1:4566:", f"127.0.0.1:{port}:"))
    told = yaml.safe_load(text)["services"]["aws-batch-local"]["environment"]
    # Another service of the network, which knows no more than the file says: address and keys.
    code = (
        "import boto3, time\n"
        "batch = boto3.client('batch')\n"
        "needs = [{'type': 'VCPU', 'value': '1'}, {'type': 'MEMORY', 'value': '128'}]\n"
        "script = 'import os, urllib.request as r; print(r.urlopen(os.environ[\"URL\"]).read().decode())'\n"
        "s3 = boto3.client('s3')\n"
        "s3.create_bucket(Bucket='shared')\n"
        "s3.put_object(Bucket='shared', Key='k', Body=b'signed')\n"
        "url = s3.generate_presigned_url('get_object', Params={'Bucket': 'shared', 'Key': 'k'})\n"
        f"properties = dict(image={job_image!r}, command=['python3', '-c', script], resourceRequirements=needs,\n"
        "                  environment=[{'name': 'URL', 'value': url}])\n"
        "batch.register_job_definition(jobDefinitionName='d', type='container', containerProperties=properties)\n"
        "job = batch.submit_job(jobName='j', jobQueue='default', jobDefinition='d')['jobId']\n"
        "find = lambda: batch.describe_jobs(jobs=[job])['jobs'][0]\n"
        "while find()['status'] not in ('SUCCEEDED', 'FAILED'): time.sleep(0.2)\n"
        "stream = find()['container']['logStreamName']\n"
        "events = boto3.client('logs').get_log_events(logGroupName='/aws/batch/job', logStreamName=stream)['events']\n"
        "print(find()['status'], [event['message'] for event in events])\n"
    )
    app = {
        "image": image,
        "entrypoint": ["python", "-c", code.replace("$", "$$")],
        "depends_on": {"aws-batch-local": {"condition": "service_healthy"}},
        "environment": {
            "AWS_ENDPOINT_URL": "http://aws-batch-local:4566",
            "AWS_ACCESS_KEY_ID": told["AWS_BATCH_LOCAL_ACCESS_KEY_ID"],
            "AWS_SECRET_ACCESS_KEY": told["AWS_BATCH_LOCAL_SECRET_ACCESS_KEY"],
            "AWS_DEFAULT_REGION": "us-east-1",
        },
    }
    more = tmp_path / "app.yaml"
    more.write_text(json.dumps({"services": {"app": app}}))
    project = [*compose, "--project-name", f"awa{uuid.uuid4().hex[:8]}", "--file", str(file), "--file", str(more)]
    group = subprocess.run(["stat", "-c", "%g", "/var/run/docker.sock"], capture_output=True, text=True, check=True)
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path), "DOCKER_GROUP": group.stdout.strip()}
    try:
        done = subprocess.run(
            [*project, "up", "--detach"], env=env, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
        identity = subprocess.run([*project, "ps", "-q", "app"], env=env, capture_output=True, text=True, check=True)
        container = identity.stdout.strip()
        until(lambda: docker("inspect", "--format", "{{.State.Status}}", container) == "exited", "the app ends", 90)
        assert logs(docker, container).splitlines() == ["SUCCEEDED ['signed']"]
        keys = (told["AWS_BATCH_LOCAL_ACCESS_KEY_ID"], told["AWS_BATCH_LOCAL_SECRET_ACCESS_KEY"])
        server = Server(docker, "", port)
        server.variables = lambda: {"AWS_ACCESS_KEY_ID": keys[0], "AWS_SECRET_ACCESS_KEY": keys[1]}  # type: ignore[method-assign]
        assert server.client("batch").list_jobs(jobQueue="default", jobStatus="SUCCEEDED")["jobSummaryList"]
    finally:
        subprocess.run([*project, "down", "--volumes"], env=env, capture_output=True, check=False, timeout=120)


def test_it_says_what_it_is_and_runs_as_nobody_special(docker: Docker, image: str, job_image: str) -> None:
    (found,) = json.loads(docker("image", "inspect", image))
    config = found["Config"]
    assert config["User"] == "10001:10001"
    assert config["Healthcheck"]["Test"][0] == "CMD"
    assert config["Labels"]["org.opencontainers.image.version"] == local_batch.__version__
    assert config["Labels"]["org.opencontainers.image.revision"]
    (base,) = json.loads(docker("image", "inspect", job_image))
    assert found["Size"] - base["Size"] < 125_000_000, "bytes on top of the base image"
    lock = (ROOT / "container/aws-batch-local/requirements.lock").read_text()
    code = (
        "import importlib.metadata as m, re\n"
        "for d in m.distributions(): print(re.sub('[-_.]+', '-', d.name.lower()), d.version)"
    )
    packages = docker("run", "--rm", "--entrypoint", "python", image, "-I", "-c", code)
    installed = {tuple(line.split()) for line in packages.splitlines()}
    locked = re.findall(r"^([a-z0-9.-]+)==(\S+)(?: ; (.*?))? \\$", lock, re.MULTILINE)
    assert installed == {(name, version) for name, version, where in locked if "win32" not in where}


def test_a_version_is_published_once_for_every_processor(
    docker: Docker, image: str, engine: Engine, address: str, monkeypatch: pytest.MonkeyPatch, state: Path
) -> None:
    repository = f"{address}/{uuid.uuid4().hex[:8]}/aws-batch-local"
    monkeypatch.setattr(publish_local_batch, "state_dir", lambda: state)
    own = f"{local_batch.__version__}-{engine.architecture}"
    pushed = publish_local_batch.publish_image(repository, local_batch.__version__, None, print)
    api = RegistryApi(repository)
    assert pushed == f"{repository}@{api.digest(own)}"
    with pytest.raises(UsageError, match="is not there"):
        publish_local_batch.publish_index(repository, local_batch.__version__, None)
    (other,) = {"amd64", "arm64"} - {engine.architecture}
    docker("tag", image, f"{repository}:{local_batch.__version__}-{other}")  # what another machine would push
    docker("push", f"{repository}:{local_batch.__version__}-{other}")
    index = publish_local_batch.publish_index(repository, local_batch.__version__, None)
    content, _ = api.manifest(local_batch.__version__)
    assert index == f"{repository}@{api.digest(local_batch.__version__)}"
    described = {one["platform"]["architecture"]: one["digest"] for one in json.loads(content)["manifests"]}
    assert described == {one: api.digest(f"{local_batch.__version__}-{one}") for one in ("amd64", "arm64")}
    with pytest.raises(UsageError, match="never moved"):
        publish_local_batch.publish_index(repository, local_batch.__version__, None)
    for name in docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", repository).split():
        docker("image", "rm", name)


@pytest.mark.parametrize(
    ("words", "variables", "said"),
    [
        ([], {}, "usage: "),
        (["image"], {}, "IMAGE_REPOSITORY names no repository"),
        (["index"], {"IMAGE_REPOSITORY": "ghcr.io/team/x", "RELEASE": "v9.9.9"}, "The release is v9.9.9"),
    ],
)
def test_nothing_is_published_that_is_not_named(
    words: list[str], variables: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    for name in ("IMAGE_REPOSITORY", "RELEASE", "REGISTRY_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert publish_local_batch.main(words) == 2
    assert said in capsys.readouterr().err


def test_it_needs_no_file_system_to_write_to_but_its_two_volumes(docker: Docker, image: str) -> None:
    hardened = "docker run --read-only --cap-drop ALL --security-opt no-new-privileges"
    with started(docker, image, run_lines()[0].replace("docker run", hardened)) as server:
        found, lines = server.run_job(machine_image(server), "echo", "hello")
        assert (found["status"], lines) == ("SUCCEEDED", ["hello"])
