"""Why: each cause that AWS and the local AWS have words for is recognised, and the next step named."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from observe_support import attempt, detail

from awa_batch.cli.words import FlagWords
from awa_batch.explain import explain
from awa_batch.explain.ended import failure
from awa_batch.explain.exits import exit_text, meaning
from awa_batch.explain.laptop import laptop_step
from awa_batch.explain.waiting import Queued, waiting
from awa_batch.observe.queue_state import ComputeEnvironment, QueueState
from awa_batch.target import target_of

SAY = FlagWords().say
NOW = 1_700_000_000 + 600


def failed(
    said: str = "", *, code: int | None = None, reason: str = "", fargate: bool = False, **more: Any
) -> dict[str, Any]:
    resources = more.pop("resources", None)
    container: dict[str, Any] = {
        "resourceRequirements": resources or [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "2048"}]
    }
    if code is not None:
        container["exitCode"] = code
    if reason:
        container["reason"] = reason
    attempts = [attempt("s/1", code, reason or None)] if code is not None or reason else []
    platforms = ["FARGATE"] if fargate else ["EC2"]
    return detail(
        "j", "FAILED", statusReason=said, container=container, attempts=attempts, platformCapabilities=platforms, **more
    )


EXITED = "Essential container in task exited"
PULL = "CannotPullContainerError: "
CASES: list[tuple[dict[str, Any], str, str, str]] = [
    (failed(EXITED, code=3), "EXIT_CODE", "exit code 3", "awa-batch logs j"),
    (failed(EXITED, code=1), "EXIT_CODE", "the program's own word for an error", "awa-batch retry j"),
    (failed(EXITED, code=127), "EXIT_CODE", "the command was not found", "awa-batch logs j"),
    (failed(EXITED, code=139), "EXIT_CODE", "139 (SIGSEGV): it used memory that is not its own", "awa-batch logs j"),
    (failed(EXITED, code=137), "KILLED", "137 (SIGKILL)", "awa-batch retry j --memory x2"),
    (
        failed(EXITED, code=137, reason="OutOfMemoryError: Container killed due to memory usage"),
        "OUT_OF_MEMORY",
        "more than its memory of 2048 MiB",
        "awa-batch retry j --memory x2",
    ),
    (
        failed(EXITED, code=137, reason="OutOfMemoryError: container killed due to memory usage", fargate=True),
        "OUT_OF_MEMORY",
        "2048 MiB",
        "1 vCPU with 4096 MiB",
    ),
    (
        failed("Host EC2 (instance i-0123456789abcdef0) terminated."),
        "SPOT_RECLAIMED",
        "Spot capacity back",
        "--attempts 5",
    ),
    (failed("Your Spot Task was interrupted."), "SPOT_RECLAIMED", "Spot capacity back", "--retry-on spot"),
    (
        failed("Job attempt duration exceeded timeout", code=143, timeout={"attemptDurationSeconds": 60}),
        "TIMED_OUT",
        "after 1 min 00 s",
        "--timeout 120",
    ),
    (
        failed("Dependent Job failed", dependsOn=[{"jobId": "d-1"}]),
        "DEPENDENCY_FAILED",
        "never ran",
        "awa-batch why d-1",
    ),
    (
        failed("Cancelled by ada@host with Ctrl-C"),
        "CANCELLED",
        "It was cancelled by ada@host with Ctrl-C.",
        "CloudTrail",
    ),
    (failed("not needed", isTerminated=True), "CANCELLED", "terminated, with the reason 'not needed'", "CloudTrail"),
    (failed(EXITED, code=3, isCancelled=True), "EXIT_CODE", "exit code 3", "awa-batch logs j"),
    (
        failed("Dependent Job failed", dependsOn=[{"jobId": "p", "type": "N_TO_N"}], arrayProperties={"index": 4}),
        "DEPENDENCY_FAILED",
        "never ran",
        "awa-batch why p:4",
    ),
    (
        failed(
            EXITED,
            code=137,
            reason="OutOfMemoryError: container killed",
            fargate=True,
            resources=[{"type": "VCPU", "value": "32"}, {"type": "MEMORY", "value": "249856"}],
        ),
        "OUT_OF_MEMORY",
        "249856 MiB",
        "Fargate has no size with twice as much",
    ),
    (failed("not needed", isCancelled=True), "CANCELLED", "cancelled before it started", "CloudTrail"),
    (
        failed(
            "Canceled by JobStateTimeLimit action due to reason: CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
            isCancelled=True,
        ),
        "GIVEN_UP",
        "EC2 has no instances of the types",
        "another queue",
    ),
    (
        failed("Task failed to start", reason=PULL + "i/o timeout"),
        "IMAGE_NETWORK",
        "could not be reached",
        "NAT gateway",
    ),
    (
        failed("Task failed to start", reason=PULL + "repo@sha256:12: not found"),
        "IMAGE_NOT_FOUND",
        "no image of that name and digest",
        "awa-batch push",
    ),
    (
        failed(
            "Task failed to start",
            reason=PULL + "p/latest@sha256:12: not found: there is no such process image: /s/image.json: [Errno 2] No "
            "such file or directory",
        ),
        "IMAGE_NOT_FOUND",
        "process image that the job definition names is not",
        "make up",
    ),
    (
        failed("Task failed to start", reason=PULL + "pull access denied, 403 Forbidden"),
        "IMAGE_PERMISSION",
        "did not let the execution role",
        "ecr:BatchGetImage",
    ),
    (failed(PULL + "toomanyrequests"), "IMAGE_RATE_LIMIT", "no more pulls", "awa-batch push"),
    (
        failed("ResourceInitializationError: unable to pull secrets or registry auth: AccessDeniedException"),
        "START_PERMISSION",
        "execution role may not read",
        "secretsmanager:GetSecretValue",
    ),
    (
        failed(
            "ResourceInitializationError: failed to validate logger args: The task cannot find the Amazon CloudWatch "
            "log group"
        ),
        "START_LOGS",
        "log group",
        "logs:CreateLogStream",
    ),
    (
        failed(
            "Task failed to start", reason='CannotStartContainerError: exec: "nope": executable file not found in $PATH'
        ),
        "COMMAND_NOT_FOUND",
        "no such command",
        "--dry-run",
    ),
    (
        failed("Container Overrides length must be at most 8192"),
        "OVERRIDES_TOO_LARGE",
        "8192 characters",
        "--config",
    ),
    (failed(""), "UNKNOWN_CAUSE", "AWS does not say why", "awa-batch logs j"),
    (failed("something new"), "UNKNOWN_CAUSE", "AWS says no more than this", "awa-batch retry j"),
]


@pytest.mark.parametrize(("job", "verdict", "what", "step"), CASES, ids=lambda value: str(value)[:30])
def test_why_it_failed(job: dict[str, Any], verdict: str, what: str, step: str) -> None:
    found = failure(job)
    assert found.verdict == verdict
    assert what in found.what
    assert any(step in SAY(one) for one in found.next), found.next
    if job.get("statusReason"):
        assert job["statusReason"] in found.evidence


STOPPED: list[tuple[str, str, str, bool]] = [
    # (statusReason, the container's reason, verdict, worth a retry): Amazon ECS Developer Guide, "Stopped tasks error
    # codes", "Viewing Amazon ECS stopped task errors"; Amazon ECS API Reference, Task.stopCode
    ("Task failed to start", "", "CONTAINER_START", True),
    ("TaskFailedToStart: InternalError: unexpected", "", "AWS_ERROR", True),
    ("InternalError: something inside", "", "AWS_ERROR", True),
    ("Task failed to start", "ResourceInitializationError: failed to initialize", "START_RESOURCES", True),
    ("ResourceInitializationError: failed to configure ENI: failed to setup regular ENI", "", "START_NETWORK", True),
    ("ResourceInitializationError: failed to download env files: file download command", "",
     "START_ENVIRONMENT_FILE", False),
    ("ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes", "", "START_VOLUME",
     False),
    ("ResourceNotFoundException: The task can't retrieve the secret with ARN 'arn:x' from AWS Secrets Manager. Check "
     "whether the secret exists in the specified Region.", "", "START_SECRET", False),
    ("ResourceNotFoundException: Fetching secret data from AWS Secrets Manager in region x", "", "START_SECRET", False),
    ("ResourceNotFoundException: something else", "", "START_RESOURCES", False),
    ("ECS was unable to assume the role 'arn:aws:iam::111122223333:role/job' that was provided for this task.", "",
     "START_ROLE", False),
    ("Timeout waiting for network interface provisioning to complete.", "", "START_NETWORK", True),
    ("Timeout waiting for EphemeralStorage provisioning to complete.", "", "START_STORAGE", True),
    ("Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-1': "
     "InsufficientFreeAddressesInSubnet", "", "START_NETWORK", True),
    ("Unexpected EC2 error while attempting to tag", "", "START_NETWORK", True),
    ("Capacity is unavailable at this time. Please try again later or in a different availability zone", "",
     "NO_CAPACITY", True),
    ("SpotInterruptionError: Your Spot Task was interrupted.", "", "SPOT_RECLAIMED", True),
    ("Task failed to start", "CannotStartContainerError: failed to get container status: x", "CONTAINER_START", True),
    ("Task failed to start", "CannotCreateContainerError: API error (500)", "CONTAINER_START", True),
    ("Task failed to start", "CannotCreateVolumeError: unable to create volume", "START_VOLUME", False),
    (EXITED, "CannotStopContainerError: failed sending SIGTERM to container: x", "CONTAINER_STOP", True),
    (EXITED, "ContainerRuntimeError: failed to create container runtime task", "CONTAINER_START", True),
    ("Task failed to start", "ContainerRuntimeTimeoutError: Could not transition to running; timed out after waiting "
     "1m", "CONTAINER_START", True),
    ("Task failed to start", "DockerTimeoutError: Could not transition to created; timed out after waiting 4m0s",
     "CONTAINER_START", True),
    (EXITED, "OutOfMemoryError: container killed due to memory usage", "OUT_OF_MEMORY", False),
    ("ECS is performing maintenance on the underlying infrastructure hosting the task", "", "HOST_LOST", True),
    ("Task failed container health checks", "", "UNHEALTHY", False),
    ("Task stopped by user", "", "STOPPED_IN_ECS", True),
    ("Scaling activity initiated by (deployment ecs-svc/1)", "", "STOPPED_IN_ECS", True),
    ("Task failed to start", PULL + "pull image manifest has been retried 5 time(s): failed to resolve ref x@sha256:"
     "403403", "IMAGE_PULL", True),
    ("Task failed to start", PULL + "The task can't pull the image. Check that the role has the permissions to pull "
     "images from the registry", "IMAGE_PERMISSION", False),
    ("Task failed to start", PULL + "There is a connection issue between the task and Amazon ECR. Check your task "
     "network configuration.", "IMAGE_NETWORK", True),
    ("Task failed to start", PULL + "context canceled", "IMAGE_NETWORK", True),
    ("Task failed to start", PULL + "write /var/lib/docker/tmp/GetImageBlob1: no space left on device",
     "IMAGE_NO_SPACE", False),
    ("Task failed to start", PULL + "invalid reference format", "IMAGE_NAME", False),
    ("Task failed to start", PULL + "image Manifest does not contain descriptor matching platform 'linux/arm64'",
     "IMAGE_PLATFORM", False),
]  # fmt: skip


@pytest.mark.parametrize(("said", "reason", "verdict", "worth"), STOPPED, ids=lambda value: str(value)[:40])
def test_each_error_of_ecs_is_known_with_its_worth_of_a_retry(
    said: str, reason: str, verdict: str, worth: bool
) -> None:
    found = failure(failed(said, reason=reason))
    assert (found.verdict, found.worth_retry) == (verdict, worth)
    assert found.evidence[: 2 if reason else 1] == tuple(text for text in (said, reason) if text)
    assert any("awa-batch retry j" in SAY(step) for step in found.next) or not worth or verdict == "SPOT_RECLAIMED"


def test_a_container_that_ecs_lost_sight_of_failed_though_its_exit_code_is_0() -> None:
    found = failure(failed(EXITED, code=0, reason="CannotInspectContainerError: Could not transition to stopped"))
    assert (found.verdict, found.worth_retry) == ("CONTAINER_LOST", True)
    assert "its work may be done" in found.what


def test_what_the_last_attempt_alone_says_is_evidence_too() -> None:
    job = failed("Essential container in task exited")
    job["attempts"] = [{**attempt("s/1", None, None), "statusReason": "Timeout waiting for network interface "
                        "provisioning to complete."}]  # fmt: skip
    found = failure(job)
    assert found.verdict == "START_NETWORK"
    assert found.evidence[-1].startswith("Timeout waiting")
    assert any("--retry-on start" in SAY(step) for step in found.next)


def queue(**changes: Any) -> QueueState:
    environment = {"name": "ce", "kind": "EC2", "state": "ENABLED", "status": "VALID", "reason": "", "max_vcpus": 8}
    own = {key.removeprefix("ce_"): value for key, value in changes.items() if key.startswith("ce_")}
    value = {
        "name": "q", "state": "ENABLED", "status": "VALID", "reason": "", "priority": 1, "scheduling": "FIFO",
        "jobs": {"RUNNABLE": 5}, "more": (), "vcpus_in_use": 0.0,
    }  # fmt: skip
    value |= {key: change for key, change in changes.items() if not key.startswith("ce_")}
    return QueueState(**value, environments=(ComputeEnvironment(**{**environment, "desired_vcpus": 0, **own}),))  # type: ignore[arg-type]


def runnable(vcpu: str = "2", **more: Any) -> dict[str, Any]:
    return detail("j", "RUNNABLE", container={"resourceRequirements": [{"type": "VCPU", "value": vcpu}]}, **more)


WAITING: list[tuple[dict[str, Any], Queued | None, str, str]] = [
    (runnable(), Queued(queue(vcpus_in_use=7.0), 3), "QUEUE_FULL", "7 of 8 vCPUs are in use, and it asks for 2"),
    (runnable(), Queued(queue(vcpus_in_use=7.0), 3), "QUEUE_FULL", "It is number 3 of the 5 that are ready in q."),
    (runnable(), Queued(queue(), 3), "QUEUED", "It is number 3 of the 5"),
    (runnable(), Queued(queue(jobs={"RUNNABLE": 500}, vcpus_in_use=8.0)), "QUEUE_FULL", "behind the first 100 of"),
    (runnable(), Queued(queue(state="DISABLED", vcpus_in_use=8.0), 1), "QUEUE_FULL", "8 of 8 vCPUs are in use"),
    (runnable(), Queued(queue(ce_status="UPDATING", vcpus_in_use=8.0), 1), "QUEUE_FULL", "8 of 8 vCPUs are in use"),
    (runnable(), Queued(queue(jobs={"RUNNABLE": 3}, vcpus_in_use=8.0)), "QUEUE_FULL", "It is among the 3 that are"),
    (runnable(), Queued(queue(ce_max_vcpus=0), 1), "QUEUE_TROUBLE", "max_vcpus 0"),
    (runnable(), Queued(queue(status="INVALID", reason="no role"), 1), "QUEUE_TROUBLE", "INVALID: no role"),
    (runnable(), Queued(queue(ce_state="DISABLED"), 1), "QUEUE_TROUBLE", "ce is DISABLED"),
    (runnable(), Queued(queue(ce_status="INVALID", ce_reason="bad subnet"), 1), "QUEUE_TROUBLE", "bad subnet"),
    (runnable(), Queued(queue(jobs={"RUNNABLE": 500})), "QUEUED", "behind the first 100 of the 500"),
    (runnable(), Queued(queue(), 3, on_this_machine=True), "MACHINE_FULL", "as there are cores"),
    (runnable(), Queued(queue(vcpus_in_use=8.0), 3, on_this_machine=True), "QUEUE_FULL", "8 of 8 vCPUs are in use"),
    (runnable("9"), Queued(queue(), 1), "MAX_VCPUS_TOO_LOW", "It asks for 9 vCPUs; the largest"),
    (runnable(), Queued(queue(), 1), "NO_INSTANCE_YET", "has come for it yet. It has waited 10 min 00 s."),
    (
        runnable(statusReason="MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement "
                 "(vCPU/memory/GPU) is higher than that can be met by the CE(s) attached to the job queue."),
        Queued(queue(), 1), "TOO_LARGE_FOR_INSTANCES", "No instance type",
    ),
    (
        runnable(shareIdentifier="b"),
        Queued(queue(vcpus_in_use=8.0, shares={"a": 6.0, "b": 2.0}), 2),
        "QUEUE_FULL",
        "Its share is b; vCPUs in use by share: a 6, b 2.",
    ),
    (runnable(), None, "RUNNABLE", "waits for a place"),
    (detail("j", "STARTING", createdAt=(NOW - 5) * 1000), None, "STARTING", "its container is being made"),
    (detail("j", "STARTING"), None, "STARTING", "That takes long"),
    (detail("j", "SUBMITTED"), None, "BEING_QUEUED", "has not queued it yet"),
]  # fmt: skip


BLOCKED = [
    # AWS Batch User Guide, "Jobs stuck in a RUNNABLE status"
    ("CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested for instance type [x]",
     "NO_CAPACITY"),
    ("MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - CE(s) associated with the job queue cannot meet the CPU "
     "requirement of the job.", "MAX_VCPUS_TOO_LOW"),
    ("MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement (vCPU/memory/GPU) is higher",
     "TOO_LARGE_FOR_INSTANCES"),
    ("MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED - x", "INSTANCE_CONFIGURATION"),
    ("MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS - Batch service role has a permission issue.", "SERVICE_ROLE"),
    ("ACTION_REQUIRED - CE(s) associated with the job queue are invalid.", "COMPUTE_ENVIRONMENT_INVALID"),
    ("UNDETERMINED - Batch job is blocked, root cause is undetermined.", "BLOCKED"),
    ("MISCONFIGURATION:NEWER_THAN_THIS - x", "BLOCKED"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "verdict"), BLOCKED)
def test_each_reason_of_a_blocked_queue_is_known(said: str, verdict: str) -> None:
    found = waiting(runnable(statusReason=said), Queued(queue(), 1), [], NOW)
    assert (found.verdict, found.evidence) == (verdict, (said,))
    assert found.next


@pytest.mark.parametrize(("job", "queued", "verdict", "what"), WAITING, ids=lambda value: str(value)[:30])
def test_why_it_waits(job: dict[str, Any], queued: Queued | None, verdict: str, what: str) -> None:
    found = waiting(job, queued, [], NOW)
    assert (found.verdict, what in found.what) == (verdict, True), found.what


def test_what_it_waits_for() -> None:
    job = detail("j", "PENDING", dependsOn=[{"jobId": "a"}, {"jobId": "b"}, {"jobId": "c"}, {"type": "SEQUENTIAL"}])
    found = waiting(job, None, [detail("a", "SUCCEEDED"), detail("b", "RUNNING")], NOW)
    assert found.what == "It waits for 2 of the 3 jobs that it depends on."
    assert found.evidence == ("b: RUNNING", "c: UNKNOWN to AWS")
    assert [SAY(step) for step in found.next] == ["awa-batch why b", "awa-batch why c"]


@pytest.mark.parametrize(
    ("code", "text"),
    [(0, "exit code 0"), (137, "exit code 137 (SIGKILL)"), (128, "exit code 128"), (255, "exit code 255")],
)
def test_exit_codes(code: int, text: str) -> None:
    assert exit_text(code) == text
    assert meaning(42) == ""


@pytest.mark.parametrize("status", ["SUBMITTED", "STARTING", "RUNNING", "SUCCEEDED", "FAILED"])
def test_what_aws_says_is_evidence_in_any_state(status: str) -> None:
    class Batch:
        def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
            return {"jobs": [detail("j", status, statusReason="words that nobody knows") for _ in jobs]}

    class Clients:
        batch = Batch()
        contract = SimpleNamespace(target=target_of("dev"))

    assert explain(Clients(), "j", log_lines=0).evidence == ("words that nobody knows",)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "newest", "told"), [("FAILED", 4, True), ("FAILED", 3, False), ("RUNNING", 4, False)]
)
def test_a_newer_revision_comes_first_in_what_to_do(status: str, newest: int, told: bool) -> None:
    arn = "arn:aws:batch:ap-northeast-1:123456789012:job-definition/sample"

    class Batch:
        def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
            job = failed(EXITED, code=1) if status == "FAILED" else detail("j", status)
            return {"jobs": [{**job, "jobDefinition": f"{arn}:3"} for _ in jobs]}

        def describe_job_definitions(self, jobDefinitions: list[str]) -> dict[str, Any]:  # noqa: N803
            return {"jobDefinitions": [revision(3)] if jobDefinitions == [f"{arn}:3"] else []}

        def get_paginator(self, name: str) -> Any:
            assert name == "describe_job_definitions"
            return SimpleNamespace(paginate=lambda **_: [{"jobDefinitions": [revision(3), revision(newest)]}])

    def revision(number: int) -> dict[str, Any]:
        container = {"image": f"r@sha256:{number:064x}"}
        return {
            "jobDefinitionArn": f"{arn}:{number}", "jobDefinitionName": "sample", "revision": number,
            "containerProperties": container,
        }  # fmt: skip

    class Clients:
        batch = Batch()
        contract = SimpleNamespace(target=target_of("dev"))

    found = explain(Clients(), "j", log_lines=0)  # type: ignore[arg-type]
    steps = [SAY(step) for step in found.next]
    assert (found.newer is not None) is told
    assert ("awa-batch retry j --latest" in steps) is told
    if told:
        assert str(found.newer) == "sample:4, which changes the image (000000000000 to 000000000000)"
        assert steps.index("awa-batch retry j --latest") < steps.index("awa-batch retry j")


def test_the_command_for_a_laptop_is_of_that_very_job() -> None:
    container = {
        "command": ["python", "run_batch.py", "mine", "--x", "a b"],
        "environment": [
            {"name": "AWA_BATCH_MANIFEST", "value": "s3://b/rows.jsonl"},
            {"name": "DB_PASSWORD", "value": "hunter2"},
            {"name": "CONFIG_JSON", "value": '{"a": 1}'},
            {"name": "AWS_BATCH_JOB_ID", "value": "x"},
        ],
    }
    job: Any = detail("j:7", "FAILED", container=container, arrayProperties={"index": 7})
    line = (
        "AWA_BATCH_MANIFEST=s3://b/rows.jsonl CONFIG_JSON='{\"a\": 1}' AWS_BATCH_JOB_ARRAY_INDEX=7 "
        ".venv/bin/python container/latest/run_batch.py mine --x 'a b'"
    )
    assert SAY(laptop_step(job, target_of("dev"))) == f"On a laptop, with DB_PASSWORD set: {line}"  # type: ignore[arg-type]
    local = SAY(laptop_step(job, target_of("local")))  # type: ignore[arg-type]
    assert local.endswith(f"and with the variables of `awa-batch local env`: {line}")
    assert laptop_step(detail("j", "FAILED", container={"command": ["sh", "-c", "exit 1"]}), target_of("dev")) is None  # type: ignore[arg-type]


def test_a_job_that_the_image_did_not_hold_is_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("awa_batch.explain.gather.missing_job", lambda *_: "mine")

    class Batch:
        def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
            return {"jobs": [failed(EXITED, code=2) for _ in jobs]}

    class Clients:
        batch = Batch()
        contract = SimpleNamespace(target=target_of("local"))

    found = explain(Clients(), "j", log_lines=0)  # type: ignore[arg-type]
    assert found.verdict == "JOB_NOT_IN_IMAGE"
    assert found.what.startswith(
        "The image that it ran does not hold the job mine. Its container ended with exit code 2"
    )
    assert [SAY(step) for step in found.next] == ["`make up` puts it there; then:", "awa-batch retry j --latest"]
