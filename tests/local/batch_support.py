"""A small hand for the tests of the local Batch: clients of a really started server, and queues made for one test."""

from __future__ import annotations

import base64
import itertools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local_batch import lifecycle
from local_batch.options import PROCESS_REGISTRY
from local_batch.state import PROCESS_IMAGES, ServerInfo

REGION = "ap-northeast-1"
DIGEST = "ab" * 32
IMAGES = {"process": f"{PROCESS_REGISTRY}/test@sha256:{DIGEST}", "docker": "python:3.13-slim-trixie"}
TIME_SCALE = 200.0
"""Batch's 60 s are 0.3 s in these tests."""
OPTIONS = ("--time-scale", f"{TIME_SCALE:g}", "--stop-seconds", "1", "--max-vcpus", "16")
ENDED = ("SUCCEEDED", "FAILED")

READ_KEYS = """
import json, os, urllib.request
uri = os.environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
found = json.load(urllib.request.urlopen(uri, timeout=10)) if uri else {}
key = found.get("AccessKeyId") or os.environ["AWS_ACCESS_KEY_ID"]
secret = found.get("SecretAccessKey") or os.environ["AWS_SECRET_ACCESS_KEY"]
"""
"""Python without an SDK: a job's key pair, wherever its runner put it."""

_numbers = itertools.count(1)


def make_process_image(state_dir: Path, command: Sequence[str] = ("echo", "from the image")) -> None:
    folder = state_dir / PROCESS_IMAGES / DIGEST
    (folder / "app").mkdir(parents=True, exist_ok=True)
    details = {"name": "test", "digest": f"sha256:{DIGEST}", "env": {}, "command": list(command), "working_dir": "app"}
    (folder / "image.json").write_text(json.dumps(details))


def signed(service: str, key: str) -> str:
    """Return an Authorization header of any access key for a service."""
    scope = f"{key}/20260101/{REGION}/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


class LocalBatch:
    """One running server. What it makes has names of its own, so tests share a server without meeting."""

    def __init__(self, server: ServerInfo, state_dir: Path) -> None:
        self.server = server
        assert server.keys is not None
        self.keys = server.keys
        self.state_dir = state_dir
        self.runner = server.runner
        self.image = IMAGES[server.runner]
        self.batch = self.client("batch")
        self.logs = self.client("logs")

    def client(self, service: str, region: str = REGION, **config: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.server.endpoint_url,
            region_name=region,
            aws_access_key_id=self.keys.access_key_id,
            aws_secret_access_key=self.keys.secret_access_key,
            config=Config(retries={"total_max_attempts": 1}, **config),
        )

    def signed(self, service: str) -> str:
        """Return an Authorization header as SDKs make it; the local AWS computes no signature."""
        return signed(service, self.keys.access_key_id)

    def own_call(self) -> dict[str, str]:
        """Return the headers of a call of the server's own (``/_batch/``)."""
        pair = f"{self.keys.access_key_id}:{self.keys.secret_access_key}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    @staticmethod
    def name(stem: str = "it") -> str:
        return f"{stem}-{next(_numbers)}"

    def network(self) -> dict[str, list[str]]:
        """Return a subnet and a security group that are there: of the region's default VPC."""
        ec2 = self.client("ec2")
        subnet = ec2.describe_subnets()["Subnets"][0]
        of_vpc = [{"Name": "vpc-id", "Values": [subnet["VpcId"]]}]
        group = ec2.describe_security_groups(Filters=of_vpc)["SecurityGroups"][0]
        return {"subnets": [subnet["SubnetId"]], "securityGroupIds": [group["GroupId"]]}

    def instance_profile(self, name: str = "ecsInstanceRole") -> str:
        """Return the name of an instance profile that is there, made where it was not."""
        iam = self.client("iam")
        with suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_instance_profile(InstanceProfileName=name)
        return name

    def role(self, name: str) -> str:
        """Return the ARN of a role that is there, made where it was not."""
        iam = self.client("iam")
        with suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")
        return str(iam.get_role(RoleName=name)["Role"]["Arn"])

    def environment(self, *, kind: str = "EC2", vcpus: int = 16, wait: bool = True, **more: Any) -> str:
        name = self.name("ce")
        resources: dict[str, Any] = {
            "type": kind,
            "maxvCpus": vcpus,
            **self.network(),
        }
        if not kind.startswith("FARGATE"):
            resources |= {"minvCpus": 0, "instanceTypes": ["optimal"], "instanceRole": self.instance_profile()}
            resources["allocationStrategy"] = "BEST_FIT_PROGRESSIVE" if kind == "EC2" else "SPOT_CAPACITY_OPTIMIZED"
        self.batch.create_compute_environment(
            computeEnvironmentName=name, type="MANAGED", computeResources={**resources, **more}
        )
        if wait:
            self.until(lambda: self.environment_detail(name)["status"] == "VALID")
        return name

    def environment_detail(self, name: str) -> dict[str, Any]:
        found = self.batch.describe_compute_environments(computeEnvironments=[name])["computeEnvironments"]
        return found[0] if found else {}

    def queue(self, *environments: str, kind: str = "EC2", vcpus: int = 16, priority: int = 1, **more: Any) -> str:
        name = self.name("jq")
        names = environments or (self.environment(kind=kind, vcpus=vcpus),)
        self.batch.create_job_queue(
            jobQueueName=name,
            priority=priority,
            computeEnvironmentOrder=[{"order": n, "computeEnvironment": one} for n, one in enumerate(names, 1)],
            **more,
        )
        self.until(lambda: self.queue_detail(name)["status"] == "VALID")
        return name

    def update_environment(self, name: str, **changes: Any) -> None:
        """Change a compute environment and wait until it may be changed again."""
        self.batch.update_compute_environment(computeEnvironment=name, **changes)
        self.until(lambda: self.environment_detail(name)["status"] == "VALID")

    def update_queue(self, name: str, **changes: Any) -> None:
        """Change a job queue and wait until it may be changed again."""
        self.batch.update_job_queue(jobQueue=name, **changes)
        self.until(lambda: self.queue_detail(name)["status"] == "VALID")

    def queue_detail(self, name: str) -> dict[str, Any]:
        found = self.batch.describe_job_queues(jobQueues=[name])["jobQueues"]
        return found[0] if found else {}

    def definition(
        self,
        *command: str,
        vcpu: str = "1",
        memory: str = "128",
        fargate: bool = False,
        properties: dict[str, Any] | None = None,
        **more: Any,
    ) -> str:
        name = self.name("jd")
        # As Terraform's module job_definition: a job on a fair-share queue needs one. None leaves it out.
        more.setdefault("schedulingPriority", 1)
        more = {member: value for member, value in more.items() if value is not None}
        container: dict[str, Any] = {
            "image": self.image,
            "resourceRequirements": [{"type": "VCPU", "value": vcpu}, {"type": "MEMORY", "value": memory}],
            **(properties or {}),
        }
        if command:
            container["command"] = list(command)
        if fargate:
            container.setdefault("executionRoleArn", "arn:aws:iam::123456789012:role/execution")
            more["platformCapabilities"] = ["FARGATE"]
        self.batch.register_job_definition(
            jobDefinitionName=name, type="container", containerProperties=container, **more
        )
        return name

    def submit(
        self,
        queue: str,
        definition: str,
        *,
        command: Sequence[str] = (),
        env: dict[str, str] | None = None,
        vcpu: str | None = None,
        **more: Any,
    ) -> str:
        overrides: dict[str, Any] = {}
        if command:
            overrides["command"] = list(command)
        if env:
            overrides["environment"] = [{"name": key, "value": value} for key, value in env.items()]
        if vcpu:
            overrides["resourceRequirements"] = [{"type": "VCPU", "value": vcpu}]
        if overrides:
            more["containerOverrides"] = overrides
        more.setdefault("jobName", "test")
        return str(self.batch.submit_job(jobQueue=queue, jobDefinition=definition, **more)["jobId"])

    def job(self, job_id: str) -> dict[str, Any]:
        found = self.batch.describe_jobs(jobs=[job_id])["jobs"]
        assert found, f"job {job_id} is not there"
        return dict(found[0])

    def state(self, job_id: str) -> str:
        return str(self.job(job_id)["status"])

    def wait(self, job_id: str, *states: str, seconds: float = 30) -> dict[str, Any]:
        wanted = states or ENDED
        last: dict[str, Any] = {}

        def there() -> bool:
            nonlocal last
            last = self.job(job_id)
            if last["status"] in ENDED and last["status"] not in wanted:
                raise AssertionError(f"{job_id} is {last['status']}: {last.get('statusReason')} {last['attempts']}")
            return last["status"] in wanted

        self.until(there, seconds, lambda: f"{job_id} is {last.get('status')}, not {wanted}")
        return last

    @staticmethod
    def until(
        test: Callable[[], bool], seconds: float = 30, words: Callable[[], str] = lambda: "it did not come true"
    ) -> None:
        deadline = time.monotonic() + seconds
        while not test():
            assert time.monotonic() < deadline, words()
            time.sleep(0.01)

    def lines(self, job: dict[str, Any], group: str = "/aws/batch/job") -> list[str]:
        found = self.logs.get_log_events(
            logGroupName=group, logStreamName=job["container"]["logStreamName"], startFromHead=True
        )
        return [event["message"] for event in found["events"]]

    def run(self, *command: str, **more: Any) -> dict[str, Any]:
        """Run one command as a job on a queue of its own, to its end."""
        definition = self.definition(*command, **more)
        return self.wait(self.submit(self.queue(kind="FARGATE" if more.get("fargate") else "EC2"), definition))

    def statuses(self, queue: str) -> dict[str, list[str]]:
        """Return the ids of a queue's jobs by state."""
        found: dict[str, list[str]] = {}
        for state in ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", *ENDED):
            for job in self.batch.list_jobs(jobQueue=queue, jobStatus=state)["jobSummaryList"]:
                found.setdefault(state, []).append(job["jobId"])
        return found


@contextmanager
def refused(*words: str, code: str = "ClientException") -> Iterator[None]:
    """Expect AWS's refusal with these words in its message."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    for word in words:
        assert word.lower() in error["Message"].lower(), error


@contextmanager
def started(state_dir: Path, runner: str, *options: str) -> Iterator[LocalBatch]:
    """Start a server for one test or session and stop it afterwards."""
    make_process_image(state_dir)
    server = lifecycle.start(state_dir, runner, options=options or OPTIONS)
    try:
        yield LocalBatch(server, state_dir)
    finally:
        lifecycle.stop(state_dir)
