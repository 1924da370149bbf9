"""An AWS account behind an address, as a behaviour uses it: clients, and what jobs need, made with AWS's own calls.

Nothing here knows which implementation answers.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

WAIT_SECONDS = 30.0
"""How long a job that does nothing may take to its end, and a compute environment to become VALID."""
LOOK_SECONDS = 0.2
ENDED = ("SUCCEEDED", "FAILED")
Json = dict[str, Any]


class Account:
    """One account and region. ``image`` is what jobs run in: it has a shell (``sh``) and ``sleep``."""

    def __init__(
        self, endpoint_url: str, image: str, region: str = "us-east-1", keys: tuple[str, str] = ("", ""), mark: str = ""
    ):
        self.image = image
        self.region = region
        self._endpoint_url = endpoint_url
        self._keys = keys
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._mark = mark or uuid.uuid4().hex[:6]
        self._queue = ""
        self._place: Json | None = None

    def client(self, service: str) -> Any:
        """Return boto3's client of a service."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self.client_with(service, *self._keys)
            return self._clients[service]

    def client_with(self, service: str, key: str, secret: str) -> Any:
        """Return a client that signs with other keys."""
        config = Config(
            retries={"total_max_attempts": 1}, read_timeout=40, connect_timeout=5, max_pool_connections=50, proxies={}
        )
        session: Any = boto3.session.Session()
        return session.client(
            service, endpoint_url=self._endpoint_url, region_name=self.region,
            aws_access_key_id=key, aws_secret_access_key=secret, config=config,
        )  # fmt: skip

    @property
    def batch(self) -> Any:
        """The client of AWS Batch."""
        return self.client("batch")

    def name(self, of: str = "x") -> str:
        """Return a name that nothing has."""
        return f"{of}-{self._mark}-{next(self._numbers)}"

    # What jobs need.

    def place(self) -> Json:
        """Return subnets, security groups, an instance profile and a role, made or found once."""
        with self._lock:
            if self._place is not None:
                return self._place
        ec2, iam = self.client("ec2"), self.client("iam")
        found: Json = {"subnets": ["subnet-12345678"], "securityGroupIds": ["sg-12345678"], "role": "", "profile": ""}
        with contextlib.suppress(Exception):
            found["subnets"] = [one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]][:1] or found["subnets"]
            groups = ec2.describe_security_groups()["SecurityGroups"]
            found["securityGroupIds"] = [one["GroupId"] for one in groups][:1] or found["securityGroupIds"]
        role = profile = self.name("emulated")
        services = [f"{one}.amazonaws.com" for one in ("batch", "ec2", "ecs-tasks", "events", "scheduler", "states")]
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": services}}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        found["role"] = f"arn:aws:iam::123456789012:role/{role}"
        found["profile"] = f"arn:aws:iam::123456789012:instance-profile/{profile}"
        with contextlib.suppress(Exception):
            found["role"] = iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
            made = iam.create_instance_profile(InstanceProfileName=profile)
            found["profile"] = made["InstanceProfile"]["Arn"]
            iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=role)
        with self._lock:
            self._place = self._place or found
            return self._place

    def environment(self, vcpus: int = 16, kind: str = "EC2", **more: Any) -> str:
        """Make a compute environment and wait until it is VALID; return its name."""
        name = self.name("env")
        self.batch.create_compute_environment(**self.environment_request(name, vcpus, kind) | more)
        self.until(lambda: self.described_environment(name).get("status") == "VALID", f"{name} is VALID")
        return name

    def environment_request(self, name: str, vcpus: int = 16, kind: str = "EC2") -> Json:
        """Return CreateComputeEnvironment's request for a managed environment."""
        place = self.place()
        resources: Json = {
            "type": kind, "maxvCpus": vcpus, "subnets": place["subnets"], "securityGroupIds": place["securityGroupIds"],
        }  # fmt: skip
        if kind == "EC2":
            resources |= {"minvCpus": 0, "instanceTypes": ["optimal"], "instanceRole": place["profile"]}
            # AWS's advice; under its default, BEST_FIT, no instance may go beyond maxvCpus, which is 1 in some rows.
            resources["allocationStrategy"] = "BEST_FIT_PROGRESSIVE"
        return {
            "computeEnvironmentName": name, "type": "MANAGED", "state": "ENABLED",
            "computeResources": resources, "serviceRole": place["role"],
        }  # fmt: skip

    def described_environment(self, name: str) -> Json:
        """Return what is said of a compute environment, {} where there is none."""
        found = self.batch.describe_compute_environments(computeEnvironments=[name])["computeEnvironments"]
        return dict(found[0]) if found else {}

    def queue(self, environment: str = "", priority: int = 1, **more: Any) -> str:
        """Make a job queue and wait until it is VALID; return its name."""
        name = self.name("queue")
        order = [{"order": 1, "computeEnvironment": environment or self.environment()}]
        self.batch.create_job_queue(
            jobQueueName=name, state="ENABLED", priority=priority, computeEnvironmentOrder=order, **more
        )
        self.until(lambda: self.described_queue(name).get("status") == "VALID", f"{name} is VALID")
        return name

    def described_queue(self, name: str) -> Json:
        """Return what is said of a queue, {} where there is none."""
        found = self.batch.describe_job_queues(jobQueues=[name])["jobQueues"]
        return dict(found[0]) if found else {}

    def shared_queue(self) -> str:
        """Return a queue that many behaviours share."""
        with self._lock:
            if self._queue:
                return self._queue
        made = self.queue()
        with self._lock:
            self._queue = self._queue or made
            return self._queue

    def container(self, script: str | list[str] = "true", **more: Any) -> Json:
        """Return container properties: a shell's script, or the words of a command."""
        return {
            "image": self.image,
            "command": ["sh", "-c", script] if isinstance(script, str) else script,
            "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "128"}],
        } | more

    def definition(self, script: str | list[str] = "true", *, properties: Json | None = None, **more: Any) -> str:
        """Register a definition; return its name."""
        name = more.pop("jobDefinitionName", "") or self.name("definition")
        self.batch.register_job_definition(
            jobDefinitionName=name, type="container", containerProperties=properties or self.container(script), **more
        )
        return str(name)

    def submit(self, script: str | list[str] = "true", *, queue: str = "", definition: str = "", **more: Any) -> str:
        """Submit a job; return its id."""
        request = {
            "jobName": self.name("job"),
            "jobQueue": queue or self.shared_queue(),
            "jobDefinition": definition or self.definition(script),
        } | more
        return str(self.batch.submit_job(**request)["jobId"])

    # What became of it.

    def job(self, job: str) -> Json:
        """Return what DescribeJobs says of a job, {} where nothing."""
        found = self.batch.describe_jobs(jobs=[job])["jobs"]
        return dict(found[0]) if found else {}

    def wait(self, job: str, *states: str, seconds: float = WAIT_SECONDS) -> Json:
        """Wait until a job is in one of ``states`` (default: ended); return what is said of it."""
        wanted = states or ENDED
        found: Json = {}

        def there() -> bool:
            found.clear()
            found.update(self.job(job))
            return found.get("status") in wanted or (found.get("status") in ENDED)

        self.until(there, f"a job is {' or '.join(wanted)}", seconds, lambda: f"it is {found.get('status')}")
        status, why = found.get("status"), found.get("statusReason") or ""
        must(status in wanted, f"the job is {status} ({why})")
        return found

    def run(self, script: str | list[str] = "true", **more: Any) -> Json:
        """Submit a job and wait for its end."""
        return self.wait(self.submit(script, **more))

    def lines(self, job: Json) -> list[str]:
        """Return what a job has written, as CloudWatch Logs has it."""
        stream = job["container"]["logStreamName"]
        read = self.client("logs").get_log_events(
            logGroupName="/aws/batch/job", logStreamName=stream, startFromHead=True
        )
        return [event["message"].rstrip("\r\n") for event in read["events"]]

    def written(self, job: Json, *wanted: str) -> list[str]:
        """Return a job's lines once they hold ``wanted``: logs may come after the end."""
        found: list[str] = []

        def there() -> bool:
            found[:] = self.lines(job)
            return set(wanted) <= set(found)

        self.until(there, f"the log has {', '.join(wanted)}", 10, lambda: f"it has {found}")
        return found

    def until(
        self, holds: Callable[[], bool], what: str, seconds: float = WAIT_SECONDS, but: Callable[[], str] = lambda: ""
    ) -> None:
        """Wait for something. Raises AssertionError."""
        deadline = time.monotonic() + seconds
        while True:
            if holds():
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds:g} s: {what}; {but()}".rstrip("; "))
            time.sleep(LOOK_SECONDS)


def refused(call: Callable[[], object], *codes: str) -> str:
    """Hold that a call is refused with one of ``codes`` (default: ClientException); return the message."""
    wanted = codes or ("ClientException",)
    try:
        answer = call()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code not in wanted:
            raise
        return str(error.response["Error"].get("Message", ""))
    del answer
    raise AssertionError("it is taken")


def equal(found: object, wanted: object, what: str) -> None:
    """Hold that something is what it should be."""
    must(found == wanted, f"{what}: {found!r}")


def must(holds: object, what: str) -> None:
    """Hold something; ``what`` says what is the case instead."""
    if not holds:
        raise AssertionError(what)
