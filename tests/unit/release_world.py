"""An environment to release to, in memory: Terraform, AWS Batch and S3 as far as a release sees them, and kills."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from awa_batch.batch.stored_json import StoredJson
from awa_batch.contract import Contract
from awa_batch.files import write_whole
from awa_batch.image_release import changing, session, slots
from awa_batch.image_release.record import KEY, Record
from awa_batch.image_release.session import Session
from awa_batch.release import Slots, read_slots, release_path, write_slots

if TYPE_CHECKING:
    import pytest

REPOSITORY = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/awa-batch-dev/latest"
BUCKET = "awa-batch-dev-data-123456789012"
ARN = "arn:aws:batch:ap-northeast-1:123456789012"
PLATFORMS = ("ec2", "fargate")


def image(number: int) -> str:
    """Return an image by digest."""
    return f"{REPOSITORY}@sha256:{number:064x}"


class KilledError(BaseException):
    """The process is gone: nothing of it runs after this."""


@dataclass
class World:
    """``folder`` is the environment's root module. ``kill_in`` counts what changes something down to a kill."""

    folder: Path
    definitions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    jobs: list[dict[str, str]] = field(default_factory=list)
    objects: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    share: int = 0
    kill_in: int | None = None
    dead: bool = False
    answer: bool = True
    others: list[str] = field(default_factory=list)
    applies: int = 0
    versions: int = 0

    def acts(self) -> None:
        """Count something that changes the world; the process may be killed just before it."""
        if self.kill_in is not None:
            self.kill_in -= 1
            if self.kill_in < 0:
                self.dead = True
        if self.dead:
            raise KilledError

    # ------------------------------------------------------------ Terraform
    def wanted(self) -> dict[str, str]:
        slots = read_slots(self.folder).get("latest", Slots())
        found = {}
        for platform in PLATFORMS:
            if slots.blue:
                found[f"{platform}-sample"] = slots.blue
            if slots.green:
                found[f"{platform}-sample-green"] = slots.green
        return found

    def running(self) -> dict[str, str]:
        return {name: revisions[-1]["image"] for name, revisions in self.definitions.items() if revisions[-1]["active"]}

    def changed(self) -> bool:
        return self.wanted() != self.running() or read_slots(self.folder).get("latest", Slots()).share != self.share

    def apply(self) -> None:
        """Register and deregister as the provider does, one after the other: a kill may come in between."""
        self.applies += 1
        wanted = self.wanted()
        for name, reference in wanted.items():
            if self.running().get(name) != reference:
                self.acts()
                revisions = self.definitions.setdefault(name, [])
                revisions.append({"number": len(revisions) + 1, "image": reference, "active": True})
        for name in sorted(set(self.running()) - set(wanted)):
            self.acts()
            for revision in self.definitions[name]:
                revision["active"] = False
        self.share = read_slots(self.folder).get("latest", Slots()).share

    # ------------------------------------------------------------ the contract
    def contract(self) -> Contract:
        definitions = {
            name: {
                "name": f"awa-batch-dev-{name}",
                "arn": f"{ARN}:job-definition/awa-batch-dev-{name}:{self.definitions[name][-1]['number']}",
                "platform": "EC2" if name.startswith("ec2") else "FARGATE",
                "image": reference,
                "slot": "green" if name.endswith("-green") else "blue",
                "vcpu": 1,
                "memory": 512,
                "log_group": "/l",
                "share": self.share if name.endswith("-green") else 0,
            }
            for name, reference in self.running().items()
        }
        queues = {
            f"{platform}-high-priority": {
                "name": f"q-{platform}", "arn": f"{ARN}:job-queue/q-{platform}", "platform": platform.upper(),
                "priority": 1, "scheduling": "FIFO", "max_vcpus": 16, "capacity": "ON_DEMAND",
            }
            for platform in PLATFORMS
        }  # fmt: skip
        return Contract.checked(
            {
                "schema_version": 1, "project": "awa-batch", "environment": "dev", "region": "ap-northeast-1",
                "account_id": "123456789012", "prefix": "awa-batch-dev", "queues": queues,
                "job_definitions": definitions, "repositories": {},
                "data_bucket": {"name": BUCKET, "arn": f"arn:aws:s3:::{BUCKET}"},
            }
        )  # fmt: skip

    def clients(self) -> Any:
        return SimpleNamespace(contract=self.contract(), batch=Batch(self), make=lambda _service: S3(self))

    # ------------------------------------------------------------ jobs
    def submit(self, logical: str) -> dict[str, str]:
        """Have a job wait on the revision that is the newest now."""
        number = self.definitions[logical][-1]["number"]
        queue = f"{ARN}:job-queue/q-{logical.partition('-')[0]}"
        name = f"{ARN}:job-definition/awa-batch-dev-{logical}:{number}"
        self.jobs.append({"definition": name, "queue": queue, "status": "RUNNABLE"})
        return self.jobs[-1]

    def is_active(self, arn: str) -> bool:
        logical, _, number = arn.rsplit("/", 1)[-1].removeprefix("awa-batch-dev-").rpartition(":")
        return bool(self.definitions[logical][int(number) - 1]["active"])

    # ------------------------------------------------------------ a command
    @contextmanager
    def command(self) -> Iterator[Session]:
        """Give the session of a new process."""
        self.dead = False
        clients = self.clients()
        record = Record.read(StoredJson(clients.make("s3"), BUCKET, KEY))
        held = SimpleNamespace(check=lambda: None)
        made = Session(
            cast("Any", Environment(self)), "latest", clients, record, cast("Any", held), lambda _: None,
            self.agree, lambda _: None,
        )  # fmt: skip
        yield made

    def agree(self, _question: str) -> None:
        if not self.answer:
            from awa_batch.errors import UsageError

            raise UsageError("Not confirmed: nothing was changed.", fix="Answer y.")


@dataclass
class Environment:
    """The environment as `awa_batch.environment` has it."""

    world: World
    target: Any = field(
        default_factory=lambda: SimpleNamespace(name="dev", has_account=True, is_lasting=True, apply_step="make apply")
    )

    def root(self, _say: object) -> Root:
        return Root(self.world)

    def applied(self, _say: object) -> None: ...


@dataclass
class Root:
    """Terraform on the root module."""

    world: World

    @property
    def path(self) -> Path:
        return self.world.folder

    @property
    def plan_path(self) -> Path:
        return self.world.folder / "awa-batch.tfplan"

    def plan(self, _say: object, *, save: bool, lock_timeout: int) -> bool:
        assert save
        self.world.acts()
        self.plan_path.write_text("a plan")
        return self.world.changed() or bool(self.world.others)

    def saved_plan(self) -> dict[str, Any]:
        changes = [(address, address.split(".")[-2]) for address in self.world.others]
        changes += [("module.platform.aws_batch_job_definition.this", "aws_batch_job_definition")]
        return {
            "resource_changes": [
                {"address": address, "type": kind, "mode": "managed", "change": {"actions": ["update"]}}
                for address, kind in changes
            ]
        }

    def apply(self, _say: object, *, plan_file: bool, lock_timeout: int) -> None:
        assert plan_file
        self.world.apply()
        self.plan_path.unlink()


@dataclass
class S3:
    """Conditional writes, as S3 has them."""

    world: World

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        if Key not in self.world.objects:
            raise refused("NoSuchKey", 404)
        body, version = self.world.objects[Key]
        return {
            "Body": io.BytesIO(body),
            "ETag": version,
            "LastModified": datetime.now(UTC),
            "ResponseMetadata": {"HTTPHeaders": {}},
        }

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, **conditions: str) -> dict[str, str]:  # noqa: N803
        self.world.acts()
        there = self.world.objects.get(Key)
        if ("IfNoneMatch" in conditions and there) or (
            "IfMatch" in conditions and (there or ("", ""))[1] != conditions["IfMatch"]
        ):
            raise refused("PreconditionFailed", 412)
        self.world.versions += 1
        self.world.objects[Key] = (Body, f'"{self.world.versions}"')
        return {"ETag": f'"{self.world.versions}"'}


def refused(code: str, status: int) -> ClientError:
    answer = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(cast("Any", answer), "PutObject")


@dataclass
class Batch:
    """Job definitions and ListJobs."""

    world: World

    def get_paginator(self, name: str) -> Any:
        return SimpleNamespace(paginate=getattr(self, name))

    def describe_job_definitions(self, *, jobDefinitionName: str, status: str | None = None) -> Iterator[Any]:  # noqa: N803
        logical = jobDefinitionName.removeprefix("awa-batch-dev-")
        yield {
            "jobDefinitions": [
                {
                    "jobDefinitionName": jobDefinitionName,
                    "jobDefinitionArn": f"{ARN}:job-definition/{jobDefinitionName}:{one['number']}",
                    "revision": one["number"],
                    "status": "ACTIVE" if one["active"] else "INACTIVE",
                    "containerProperties": {"image": one["image"]},
                }
                for one in self.world.definitions.get(logical, ())
                if status is None or one["active"]
            ]
        }

    def list_jobs(self, *, jobQueue: str, jobStatus: str) -> Iterator[Any]:  # noqa: N803
        yield {
            "jobSummaryList": [
                {"jobId": "1", "jobName": "n", "jobDefinition": job["definition"]}
                for job in self.world.jobs
                if (job["queue"], job["status"]) == (jobQueue, jobStatus)
            ]
        }

    def deregister_job_definition(self, *, jobDefinition: str) -> None:  # noqa: N803
        self.world.acts()
        logical, _, number = jobDefinition.rsplit("/", 1)[-1].removeprefix("awa-batch-dev-").rpartition(":")
        self.world.definitions[logical][int(number) - 1]["active"] = False


def world_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return an environment that runs image 1, and have the toolkit's steps work on it."""
    world = World(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_slots(folder, "latest", Slots(image(1)))
    world.apply()

    def alive(function: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            world.acts()
            return function(*arguments, **named)

        return call

    for module in (changing, slots):
        monkeypatch.setattr(module, "Root", lambda _name: Root(world))
    monkeypatch.setattr(changing, "write_slots", alive(write_slots))
    monkeypatch.setattr(changing, "write_whole", alive(write_whole))
    monkeypatch.setattr(session, "open_clients", lambda _name, say: world.clients())
    assert release_path(folder).is_file()
    return world
