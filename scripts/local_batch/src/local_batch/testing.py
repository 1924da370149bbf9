"""A local AWS Batch in the hands of a test: clients, jobs, what they wrote, and what seldom happens."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from local_batch import lifecycle
from local_batch.addresses import own_hosts
from local_batch.arns import DEFAULT_REGION
from local_batch.errors import UsageError
from local_batch.options import EC2_QUEUE, FARGATE_QUEUE, PROCESS_REGISTRY, RUNNERS
from local_batch.runners.process_images import machine_image

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pytest

    from local_batch.state import ServerInfo

DOCKER_IMAGE = "busybox"
"""What `BatchForTests.submit` runs in Docker unless it is told; an image that is here is not pulled."""
OPTIONS = ("--queues", "default", "--stop-seconds", "2")
"""What a server for tests is started with, before the options of the project."""
ENDED = ("SUCCEEDED", "FAILED")
WAIT_SECONDS = 60.0
_LOOK_SECONDS = 0.02


class BatchForTests:
    """One running local AWS. Its queues ``queue`` (EC2) and ``fargate_queue`` are there in every region."""

    queue = EC2_QUEUE
    fargate_queue = FARGATE_QUEUE

    def __init__(self, server: ServerInfo, state_dir: Path, image: str, region: str = DEFAULT_REGION) -> None:
        self.server = server
        self.state_dir = state_dir
        self.region = region
        self.image = machine_image(PROCESS_REGISTRY) if server.runner == "process" else image
        """What `submit` runs jobs in unless it is told: as processes, this machine's own commands."""
        self._clients: dict[tuple[str, str], Any] = {}

    @property
    def endpoint_url(self) -> str:
        """The address of every service."""
        return self.server.endpoint_url

    def client(self, service: str, region: str = "") -> Any:
        """Return boto3's client of a service. Clients are made once: that takes longer than a call."""
        place = (service, region or self.region)
        if place not in self._clients:
            keys = self.server.keys
            session: Any = boto3.session.Session()  # its types know services by their names only
            self._clients[place] = session.client(
                service,
                endpoint_url=self.endpoint_url,
                region_name=place[1],
                aws_access_key_id=keys.access_key_id if keys else None,
                aws_secret_access_key=keys.secret_access_key if keys else None,
                config=Config(retries={"total_max_attempts": 1}, proxies={}),
            )
        return self._clients[place]

    def variables(self) -> dict[str, str]:
        """Return the environment variables that lead an AWS client here."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            **(self.server.keys.variables() if self.server.keys else {}),
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }

    def direct_clients(self, patch: pytest.MonkeyPatch) -> None:
        """Lead every AWS client that is made from now on here, and none to an account, until the patch is undone."""
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in self.variables().items():
            patch.setenv(name, value)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            patch.setenv(name, os.devnull)
        for name in ("NO_PROXY", "no_proxy"):  # a company's proxy does not reach this machine's own addresses
            patch.setenv(name, ",".join(filter(None, (os.environ.get(name), *own_hosts(self.server.endpoint_url)))))
        patch.setattr(boto3, "DEFAULT_SESSION", None)  # it would keep the keys that it found first

    # -- jobs ---------------------------------------------------------------------------------------------------

    def submit(
        self,
        *command: str,
        queue: str = "",
        image: str = "",
        vcpu: str = "",
        memory: str = "",
        environment: dict[str, str] | None = None,
        **more: Any,
    ) -> str:
        """Submit a job that runs a command, on a definition of its own; return its id.

        ``queue`` is the EC2 queue unless given; ``more`` are SubmitJob's own parameters (``arrayProperties``,
        ``dependsOn``, ``retryStrategy``, …).
        """
        queue = queue or self.queue
        fargate = queue == self.fargate_queue
        container: dict[str, Any] = {
            "image": image or self.image,
            "command": list(command),
            "resourceRequirements": [
                {"type": "VCPU", "value": vcpu or ("0.25" if fargate else "1")},
                {"type": "MEMORY", "value": memory or ("512" if fargate else "128")},
            ],
            "environment": [{"name": name, "value": value} for name, value in (environment or {}).items()],
        }
        if fargate:
            container["executionRoleArn"] = "arn:aws:iam::123456789012:role/execution"
        batch = self.client("batch")
        definition = batch.register_job_definition(
            jobDefinitionName="test",
            type="container",
            containerProperties=container,
            platformCapabilities=["FARGATE" if fargate else "EC2"],
        )["jobDefinitionArn"]
        asked = {"jobName": "test", **more}
        return str(batch.submit_job(jobQueue=queue, jobDefinition=definition, **asked)["jobId"])

    def job(self, job_id: str) -> dict[str, Any]:
        """Return what DescribeJobs says of a job. Raises AssertionError where it is not there."""
        found = self.client("batch").describe_jobs(jobs=[job_id])["jobs"]
        if not found:
            raise AssertionError(f"There is no job {job_id}.")
        return dict(found[0])

    def wait(self, job_id: str, *states: str, seconds: float = WAIT_SECONDS) -> dict[str, Any]:
        """Wait for a job to be in one of the states, by itself until it has ended; return what DescribeJobs says.

        Raises AssertionError, with the job's reason and its last lines, where it ends in another state or is not there
        within ``seconds``.
        """
        wanted = states or ENDED
        deadline = time.monotonic() + seconds
        while True:
            found = self.job(job_id)
            if found["status"] in wanted:
                return found
            if found["status"] in ENDED or time.monotonic() > deadline:
                reason = found.get("statusReason", "no reason given")
                lines = "".join(f"\n  {line}" for line in self.lines(job_id)[-20:])
                raise AssertionError(f"Job {job_id} is {found['status']}, not {' or '.join(wanted)}: {reason}{lines}")
            time.sleep(_LOOK_SECONDS)

    def lines(self, job_id: str) -> list[str]:
        """Return the lines that a job's last attempt has written until now."""
        stream = (self.job(job_id).get("container") or {}).get("logStreamName")
        if not stream:
            return []
        logs = self.client("logs")
        asked = {"logGroupName": "/aws/batch/job", "logStreamName": stream, "startFromHead": True}
        lines: list[str] = []
        page = logs.get_log_events(**asked)
        while page["events"]:
            lines += [str(event["message"]) for event in page["events"]]
            page = logs.get_log_events(**asked, nextToken=page["nextForwardToken"])
        return lines

    # -- what seldom happens ------------------------------------------------------------------------------------

    def reclaim(self, job_id: str) -> list[str]:
        """Take the host of a running job away, as a Spot interruption does; return the jobs that ran there."""
        return lifecycle.reclaim(self.server, job_id)

    def starve(self, environment: str = EC2_QUEUE) -> None:
        """Have a compute environment get no instances, as where AWS has no capacity."""
        lifecycle.set_capacity(self.server, environment, available=False)

    def feed(self, environment: str = EC2_QUEUE) -> None:
        """Have a compute environment get instances again."""
        lifecycle.set_capacity(self.server, environment, available=True)

    def set_time_scale(self, scale: float) -> None:
        """Have Batch's minutes pass so many times as fast, for what begins from now on, until the next reset."""
        lifecycle.set_time_scale(self.server, scale)

    def reset(self) -> None:
        """End every job and forget every object of every service."""
        lifecycle.reset(self.server)


@contextlib.contextmanager
def started(
    state_dir: Path, runner: str = "auto", options: Sequence[str] = (), image: str = DOCKER_IMAGE
) -> Iterator[BatchForTests]:
    """Start a server for tests and stop it, with its jobs, at the end; ``image`` is that of its jobs in Docker.

    Raises UsageError for a runner that there is not, ToolError where the server does not come up.
    """
    if runner not in RUNNERS:
        raise UsageError(f"{runner} is no runner.", fix=f"There are {', '.join(RUNNERS)}.")
    server = lifecycle.start(state_dir, runner, options=[*OPTIONS, *options])
    try:
        yield BatchForTests(server, state_dir, image)
    finally:
        lifecycle.stop(state_dir)
        shutil.rmtree(state_dir, ignore_errors=True)
